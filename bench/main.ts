// `npm run bench`: how long an admission takes, side by side in one run. Prints medians; asserts nothing.

import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:https';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageFile } from '../cli/package-root.ts';
import { type ControlPlane, startControlPlane } from '../test/cluster/harness/control-plane.ts';
import { startDelayProxy } from '../test/cluster/harness/delay-proxy.ts';
import { admissionEvent } from './event.ts';

const ROUND_TRIP_MS = 20;

type Handler = (event: object, context: object) => Promise<{ statusCode: number; body: string }>;

interface Row {
  readonly work: string;
  readonly milliseconds: readonly number[];
}

const folder = mkdtempSync(join(tmpdir(), 'cwii-bench-'));
const cluster = await startControlPlane();
try {
  print(await measure(cluster));
} finally {
  await cluster.stop();
  rmSync(folder, { recursive: true });
}

async function measure(controlPlane: ControlPlane): Promise<Row[]> {
  await controlPlane.apply(readFileSync(packageFile('examples', 'cluster', 'rbac.yaml'), 'utf8'));
  await controlPlane.apply(readFileSync(packageFile('examples', 'deployment.yaml'), 'utf8'));
  const token = await controlPlane.serviceAccountToken('cwii-system', 'cwii-reader');
  const pod = await controlPlane.waitFor('a pod of the Deployment', async () => {
    const pods = await controlPlane.api<{ items: object[] }>('GET', '/api/v1/namespaces/shop/pods');
    return pods.items[0];
  });
  const { hostname, port } = new URL(controlPlane.url);
  const far = await startDelayProxy({ targetHost: hostname, targetPort: Number(port), roundTripMs: ROUND_TRIP_MS });
  const farUrl = `https://${far.host}:${far.port}`;
  const tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, token, { mode: 0o600 });
  const access = {
    CWII_KUBE_CA: controlPlane.caPem,
    CWII_KUBE_CREDENTIAL: `file:${tokenFile}`,
    CWII_CACHE_SECONDS: '0',
  };

  const alone = await loadHandler({});
  const near = await loadHandler({ ...access, CWII_KUBE_API_URL: controlPlane.url });
  const distant = await loadHandler({ ...access, CWII_KUBE_API_URL: farUrl });
  const cached = await loadHandler({ ...access, CWII_KUBE_API_URL: farUrl, CWII_CACHE_SECONDS: '60' });
  const agent = new Agent({ keepAlive: true, ca: controlPlane.caPem, maxSockets: 1 });
  const admit = (handler: Handler) => async () => {
    const answer = await handler(admissionEvent(pod), {});
    if (answer.statusCode !== 200) throw new Error(`the handler answered ${answer.statusCode}: ${answer.body}`);
  };
  const rows = [
    await time('handler in process, only the pod is asked', 2000, admit(alone)),
    await time('handler in process, scopes cached', 2000, admit(cached)),
    await time('uncached, API server beside it', 300, admit(near)),
    await time(`one GET of one object, API server ${ROUND_TRIP_MS} ms away`, 100, () => getOnce(farUrl, token, agent)),
    await time(`uncached, API server ${ROUND_TRIP_MS} ms away, warm connection`, 100, admit(distant)),
  ];
  agent.destroy();
  await far.close();
  return rows;
}

/** A copy of the built function of its own, with this configuration. Its log lines go nowhere. */
async function loadHandler(env: Readonly<Record<string, string>>): Promise<Handler> {
  for (const name of Object.keys(process.env)) if (name.startsWith('CWII_')) delete process.env[name];
  const digest = createHash('sha256').update('bench').digest('hex');
  Object.assign(process.env, { CWII_CALLER_TOKEN_SHA256: digest, ...env });
  const copy = createHash('sha256').update(JSON.stringify(env)).digest('hex');
  const { handler } = await import(`${packageFile('dist', 'webhook', 'index.mjs')}?${copy}`);
  return handler;
}

async function time(work: string, count: number, run: () => Promise<void>): Promise<Row> {
  const { write } = process.stdout;
  process.stdout.write = () => true;
  try {
    for (let warmUp = 0; warmUp < Math.min(count, 200); warmUp++) await run();
    const milliseconds: number[] = [];
    for (let round = 0; round < count; round++) {
      const began = performance.now();
      await run();
      milliseconds.push(performance.now() - began);
    }
    return { work, milliseconds: milliseconds.sort((a, b) => a - b) };
  } finally {
    process.stdout.write = write;
  }
}

function getOnce(url: string, token: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${token}`,
      accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
    };
    get(`${url}/api/v1/namespaces/shop`, { agent, headers }, (response) => {
      response.resume().once('end', resolve).once('error', reject);
    }).once('error', reject);
  });
}

function print(rows: readonly Row[]): void {
  const cell = (row: Row, share: number) => {
    const value =
      row.milliseconds[Math.min(row.milliseconds.length - 1, Math.floor(row.milliseconds.length * share))] ??
      Number.NaN;
    return `${value.toFixed(value < 1 ? 3 : 1)} ms`.padStart(10);
  };
  const width = Math.max(...rows.map(({ work }) => work.length));
  const load = loadavg()
    .map((value) => value.toFixed(1))
    .join(' ');
  const table = rows.map((row) => `${row.work.padEnd(width)}  ${cell(row, 0.5)}  ${cell(row, 0.99)}`);
  process.stdout.write(
    `${['', `${''.padEnd(width)}  ${'p50'.padStart(10)}  ${'p99'.padStart(10)}`, ...table].join('\n')}\n\n` +
      `Node ${process.versions.node}, ${cpus().length} cores (${cpus()[0]?.model}), load ${load}\n`,
  );
}
