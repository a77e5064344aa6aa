// Measures `cwii serve`, a bare server and other webhooks over HTTPS, with one client on one open connection.

import { packageFile } from '../lib/common/package-root.ts';
import { createTestAuthority } from '../testing/certificates.ts';
import type { BenchCluster } from './cluster.ts';
import { callerEnv } from './function.ts';
import { byTurns, type Row, ratio, row } from './row.ts';
import { program, scratchFolder, startHttpsServer } from './run-program.ts';
import { type AskedTarget, ask, client, servedReview } from './target.ts';

export async function measureServed(
  { pod, near }: BenchCluster,
  rounds: number,
  targets: readonly AskedTarget[],
): Promise<Row[]> {
  using folder = scratchFolder();
  const authority = await createTestAuthority();
  const { certPem, keyPem } = await authority.issue();
  const [cert, key] = [folder.write('tls.crt', certPem), folder.write('tls.key', keyPem)];
  const env = { ...callerEnv, ...near.env, CWII_CACHE_SECONDS: '60' };
  const cli = packageFile('cli', 'main.ts');
  const options = ['--port', '0', '--tls-cert', cert, '--tls-key', key];
  await using cwii = await startHttpsServer('cwii serve', [cli, 'serve', ...options], env);
  await using bare = await startHttpsServer('the bare server', [program('bare-server.ts'), cert, key]);

  const review = servedReview(pod);
  const trusted = { ca: [authority.certPem] };
  const own = { url: `${cwii.answer}/mutate`, ...trusted };
  const { outcome } = await ask(own, review);
  if (outcome !== 'injects a token') throw new Error(`cwii serve: ${outcome}, so there is nothing to measure`);
  const samples = await byTurns(5, rounds, {
    bare: client({ url: `${bare.answer}/mutate`, ...trusted }, review),
    cwii: client(own, review),
    ...Object.fromEntries(targets.map((target) => [target.url, client(target, review)])),
  });
  return [
    row('served: a bare HTTPS server', samples.bare),
    row('served: cwii serve', samples.cwii, [ratio('the bare server', samples.cwii.p50, samples.bare.p50, 1.3)]),
    ...targets.map(({ url, outcome }) => {
      const sample = (samples as Record<string, typeof samples.bare>)[url] ?? samples.bare;
      return row(`served: ${url}: ${outcome}`, sample, [
        ratio('the bare server', sample.p50, samples.bare.p50, Number.NaN),
      ]);
    }),
  ];
}
