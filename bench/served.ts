// Over HTTPS on a kept connection, by one client: `cwii serve`, a bare server, and any other webhook, under one load.

import { readFileSync } from 'node:fs';
import { Agent, type RequestOptions, request } from 'node:https';
import { packageFile } from '../cli/package-root.ts';
import { createTestAuthority } from '../test/cluster/harness/certificates.ts';
import type { BenchCluster } from './cluster.ts';
import { CALLER_TOKEN, grownTo, reviewOf } from './event.ts';
import { callerEnv } from './function.ts';
import { byTurns, type Row, ratio, row } from './row.ts';
import { program, scratchFolder, startServer } from './run-program.ts';

/** Another webhook that is put under the same load. */
export interface Target {
  readonly url: string;
  /** PEM file of its authority. */
  readonly ca?: string;
  /** Take any certificate. */
  readonly insecure?: boolean;
}

export async function measureServed(
  { pod, near }: BenchCluster,
  rounds: number,
  targets: readonly Target[],
): Promise<Row[]> {
  using folder = scratchFolder();
  const authority = await createTestAuthority();
  const { certPem, keyPem } = await authority.issue();
  const [cert, key] = [folder.write('tls.crt', certPem), folder.write('tls.key', keyPem)];
  const env = { ...callerEnv, ...near.env, CWII_CACHE_SECONDS: '60' };
  const cli = packageFile('cli', 'main.ts');
  using cwii = await startServer([cli, 'serve', '--port', '0', '--tls-cert', cert, '--tls-key', key], env);
  using bare = await startServer([program('bare-server.ts'), cert, key]);

  const review = reviewOf(grownTo(pod, 3000));
  const trusted = { ca: authority.certPem };
  const others = targets.map(({ url, ca, insecure }) => {
    return [url, client(url, review, { ...(ca && { ca: readFileSync(ca) }), rejectUnauthorized: !insecure })] as const;
  });
  const samples = await byTurns(5, rounds, {
    bare: client(`${bare.url}/mutate`, review, trusted),
    cwii: client(`${cwii.url}/mutate`, review, trusted),
    ...Object.fromEntries(others),
  });
  return [
    row('served: a bare HTTPS server', samples.bare),
    row('served: cwii serve', samples.cwii, [ratio('of the bare server', samples.cwii.p50, samples.bare.p50, 1.3)]),
    ...others.map(([url]) => {
      const sample = (samples as Record<string, typeof samples.bare>)[url] ?? samples.bare;
      return row(`served: ${url}`, sample, [ratio('of the bare server', sample.p50, samples.bare.p50, Number.NaN)]);
    }),
  ];
}

/** Posts the review over one kept connection, again and again. */
function client(url: string, review: string, tls: Pick<RequestOptions, 'ca' | 'rejectUnauthorized'>) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ...tls });
  // An idle connection must not keep the bench from ending.
  agent.on('free', (socket) => socket.unref());
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(review),
    authorization: `Bearer ${CALLER_TOKEN}`,
  };
  const target = `${url}${url.includes('?') ? '&' : '?'}timeout=10s`;
  return () =>
    new Promise<void>((resolve, reject) => {
      const sent = request(target, { method: 'POST', agent, headers }, (response) => {
        if (response.statusCode !== 200) reject(new Error(`${url} answered ${response.statusCode}`));
        response.resume().once('end', resolve).once('error', reject);
      });
      sent.once('error', reject);
      sent.end(review);
    });
}
