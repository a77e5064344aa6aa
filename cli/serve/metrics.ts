// The Prometheus metrics of `cwii serve`.

import type { RequestLog } from '../../lib/common/log.ts';
import { providers } from '../../lib/providers/registry.ts';
import type { ServedCertificate } from './certificate.ts';
import type { FunctionUrl } from './function-url.ts';
import type { Handshakes } from './handshakes.ts';
import type { Readiness } from './readiness.ts';
import type { ServerLog } from './server-log.ts';

/** Seconds: from an admission with cached objects to the longest timeout of a webhook. */
const DURATION_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** The parts of the server that the gauges read when they are scraped. */
export interface Observed extends Pick<FunctionUrl, 'connections' | 'bodies'> {
  readonly certificate: ServedCertificate;
  readonly handshakes: Handshakes;
  readonly readiness: Readiness;
  readonly log: ServerLog;
}

export interface Metrics {
  readonly contentType: string;
  /** Counts a request. */
  readonly observe: (entry: RequestLog, readFailed: boolean) => void;
  /** Adds what is read when the metrics are scraped. */
  readonly watch: (observed: Observed) => void;
  /** The text format of Prometheus. */
  readonly text: () => Promise<string>;
}

/** Authors of pods choose the names of tokens, and each value of a label needs memory for ever. */
function labelOf(provider: string): string {
  return providers.some(({ id }) => id === provider) ? provider : 'service';
}

/** Loads the client library, which a server without metrics does not need. */
export async function createMetrics(): Promise<Metrics> {
  const { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } = (await import('prom-client')).default;
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });

  const counter = (name: string, help: string, labelNames: string[] = []) =>
    new Counter({ name, help, labelNames, registers });
  const requests = counter('cwii_requests_total', 'Requests to the webhook, except health checks.', [
    'outcome',
    'code',
  ]);
  const findings = counter('cwii_findings_total', 'Findings in answers, by their code.', ['code']);
  const injections = counter('cwii_injections_total', 'Pods that have an identity of the provider.', ['provider']);
  const reads = counter('cwii_cluster_reads_total', 'Requests to the API server.');
  const failures = counter('cwii_cluster_read_failures_total', 'Requests for which the cluster could not be read.');
  const duration = new Histogram({
    name: 'cwii_request_duration_seconds',
    help: 'From the head of the request to its answer.',
    labelNames: ['outcome'],
    buckets: DURATION_BUCKETS,
    registers,
  });

  const atScrape = (kind: typeof Counter | typeof Gauge, name: string, help: string, read: () => number | undefined) =>
    new kind({
      name,
      help,
      registers,
      collect(this: { reset(): void; inc(value: number): void }) {
        this.reset();
        this.inc(read() ?? 0);
      },
    });

  return {
    contentType: registry.contentType,
    observe: ({ outcome, code = '', milliseconds, ...entry }, readFailed) => {
      requests.inc({ outcome, code });
      duration.observe({ outcome }, milliseconds / 1000);
      if (entry.reads) reads.inc(entry.reads);
      if (readFailed) failures.inc();
      for (const finding of entry.findings ?? []) findings.inc({ code: finding });
      for (const provider of entry.providers ?? []) injections.inc({ provider: labelOf(provider) });
    },
    watch: ({ connections, bodies, certificate, handshakes, readiness, log }) => {
      const gauge = (name: string, help: string, read: () => number | undefined) => atScrape(Gauge, name, help, read);
      const count = (name: string, help: string, read: () => number) => atScrape(Counter, name, help, read);
      gauge(
        'cwii_certificate_expiry_timestamp_seconds',
        'When the served certificate ends, as Unix time.',
        () => certificate.endsAt / 1000,
      );
      gauge(
        'cwii_cluster_token_expiry_timestamp_seconds',
        'When the token in the file for the API server ends, as Unix time; 0 if it is unknown.',
        () => (readiness.tokenEndsAt ?? 0) / 1000,
      );
      gauge('cwii_ready', '1 if the server has read the cluster and is not shutting down.', () =>
        Number(readiness.state === 'ready'),
      );
      gauge('cwii_requests_in_flight', 'Requests that are handled now.', () => connections.requests);
      gauge('cwii_connections', 'Open connections.', () => connections.count);
      gauge('cwii_body_bytes_in_flight', 'Bytes of the bodies in memory.', () => bodies.bytes);
      gauge('cwii_bodies_waiting', 'Requests whose bodies wait for memory.', () => bodies.waiting);
      count(
        'cwii_connections_rejected_total',
        'Connections that were closed because there were too many.',
        () => connections.rejected,
      );
      count('cwii_tls_handshake_failures_total', 'TLS handshakes that failed.', () => handshakes.failed);
      count('cwii_log_lines_dropped_total', 'Log lines that the reader of the log did not take.', () => log.dropped);
    },
    text: () => registry.metrics(),
  };
}
