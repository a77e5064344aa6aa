// `cwii serve`: runs the built function behind a local Function URL.

import { Command, InvalidArgumentError } from 'commander';
import { outliveReaders } from './broken-pipe.ts';
import { note } from './report.ts';
import { loadBundle } from './serve/bundle.ts';
import { ServedCertificate } from './serve/certificate.ts';
import { createFunctionUrl } from './serve/function-url.ts';
import { Handshakes } from './serve/handshakes.ts';
import { listen } from './serve/listen.ts';
import { createMetrics } from './serve/metrics.ts';
import { createOperationsServer, readyAnswer } from './serve/operations-server.ts';
import { Readiness } from './serve/readiness.ts';
import { ServerLog } from './serve/server-log.ts';
import { stopOnSignals } from './serve/shutdown.ts';
import { compileEarly } from './serve/v8-options.ts';

interface ServeOptions {
  readonly port: number;
  readonly host: string;
  readonly tlsCert: string;
  readonly tlsKey: string;
  readonly metricsPort?: number;
  readonly metricsHost: string;
}

export function serveCommand(): Command {
  return new Command('serve')
    .description(
      'Serve the built webhook over HTTPS like a Lambda Function URL, with the same bundle and the same events.',
    )
    .requiredOption('--port <number>', 'the port to listen on; 0 chooses a free one (required)', parsePort)
    .option(
      '--host <address>',
      'the address to listen on; with 0.0.0.0 an API server on another machine can connect',
      '127.0.0.1',
    )
    .requiredOption(
      '--tls-cert <file>',
      'the certificate chain in PEM; it must include the host in the webhook configuration (required)',
    )
    .requiredOption('--tls-key <file>', 'the private key of the certificate in PEM (required)')
    .option('--metrics-port <number>', 'serve Prometheus metrics and health checks over HTTP on this port', parsePort)
    .option('--metrics-host <address>', 'the address of the metrics', '127.0.0.1')
    .addHelpText('after', HELP)
    .action(serve);
}

const HELP = `
CWII_ variables configure the function (docs/configuration.md). One of these is required, to authenticate callers:
  CWII_CALLER_TOKEN_SHA256   the SHA-256 of the token in the API server's webhook kubeconfig
  CWII_ALLOW_ANONYMOUS=true  accepts every caller, for experiments on one machine
With these the function reads ServiceAccounts, namespaces and owning workloads:
  CWII_KUBE_API_URL, CWII_KUBE_CA, CWII_KUBE_CREDENTIAL=file:PATH

The webhook is at /mutate, health checks at /healthz and /readyz. Each request is logged to standard output as one
line of JSON. The certificate and the key are read again when the files change, and on SIGHUP. SIGTERM and SIGINT
end the server after the requests in flight.

Example:
  CWII_ALLOW_ANONYMOUS=true cwii serve --port 8443 --tls-cert tls.crt --tls-key tls.key
`;

async function serve({ port, host, metricsPort, metricsHost, ...files }: ServeOptions): Promise<void> {
  outliveReaders();
  compileEarly();
  const log = new ServerLog(process.env['CWII_CLUSTER_NAME']);
  const certificate = new ServedCertificate(files, log);
  const bundle = await loadBundle();
  const readiness = new Readiness(bundle, log);
  const metrics = metricsPort === undefined ? undefined : await createMetrics();
  const { server, connections, bodies } = createFunctionUrl(bundle.handler, certificate.pair, {
    writeLog: log.write,
    ...(metrics && { observe: metrics.observe }),
    ownAnswer: (path) => (path === '/readyz' ? readyAnswer(readiness.state) : undefined),
  });
  const handshakes = new Handshakes(server, log);
  const operations = metrics && createOperationsServer(metrics, readiness, log);
  stopOnSignals({ server, operations, connections, readiness, log });
  process.on('SIGHUP', () => certificate.reload());

  metrics?.watch({ connections, bodies, certificate, handshakes, readiness, log });
  const metricsAddress =
    operations && (await listen(operations, { host: metricsHost, port: metricsPort ?? 0, option: '--metrics-port' }));
  const address = await listen(server, { host, port, option: '--port' }).catch((error: unknown) => {
    operations?.close();
    throw error;
  });
  note(`the webhook is at https://${address}/mutate`);
  if (metricsAddress) note(`the metrics are at http://${metricsAddress}/metrics`);
  certificate.serveOn(server);
  await readiness.start();
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65535) throw new InvalidArgumentError('Expected a number from 0 to 65535.');
  return port;
}
