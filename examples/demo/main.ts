// The demo: the built function answers AdmissionReviews for examples/ behind a local Function URL.

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { admit, createRequest, patched } from '../../cli/preview/admission.ts';
import { simulateControllers } from '../../cli/preview/controllers.ts';
import { readManifests } from '../../cli/preview/manifest-files.ts';
import { type Manifest, ManifestReader } from '../../cli/preview/manifest-reader.ts';
import { renderDiff } from '../../cli/preview/render.ts';
import { renderSources } from '../../cli/preview/render-sources.ts';
import { packageFile } from '../../lib/common/package-root.ts';
import type { PatchOperation } from '../../lib/injection/inject.ts';
import { parseMutateSettings } from '../../lib/settings/webhook-config.ts';
import { createTestAuthority } from '../../testing/certificates.ts';
import { createManifestApi } from './manifest-api.ts';

interface Answer {
  readonly patch: PatchOperation[];
  readonly warnings: readonly string[];
  readonly milliseconds: number;
}

const folder = mkdtempSync(join(tmpdir(), 'cwii-demo-'));
const servers: Server[] = [];
try {
  await demo();
} finally {
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true });
}

async function demo(): Promise<void> {
  const settings = parseMutateSettings({});
  const manifests = await readManifests(
    [packageFile('examples', 'guide-pod.yaml'), packageFile('examples', 'deployment.yaml')],
    { namespace: 'default' },
  );
  const { pods, owners } = simulateControllers(manifests, settings.ownerKinds);
  const cluster = [...manifests.map(({ manifest }) => manifest), ...owners];
  const webhook = await startWebhook(cluster);

  print(
    'The built function is behind a local Function URL and reads the objects of examples/ from a local Kubernetes API.',
  );
  for (const pod of pods) {
    const previewed = await admit(pod, settings, new ManifestReader(cluster));
    const { patch, warnings, milliseconds } = await webhook.admit(pod.manifest);
    process.stdout.write(`\n${renderDiff({ ...previewed, after: patched(pod.manifest, patch) })}`);
    process.stdout.write(`\nThe source of each value:\n${renderSources(previewed)}`);
    for (const warning of warnings) process.stdout.write(`Warning: ${warning}\n`);
    process.stdout.write(`Answered in ${milliseconds.toFixed(1)} ms over HTTPS.\n`);
  }
  const again: number[] = [];
  for (let round = 0; round < 50; round++) {
    for (const { manifest } of pods) again.push((await webhook.admit(manifest)).milliseconds);
  }
  again.sort((a, b) => a - b);
  print(`Once warm, ${again.length} more answers took ${again[again.length >> 1]?.toFixed(2)} ms each (median).`);
  webhook.close();

  print(`Next steps:
  npm run -s cwii -- preview -f YOUR.yaml -o diff       the same for your own manifests
  npm run -s cwii -- preview -f YOUR.yaml -o explain    where each value comes from
  docs/serving.md                                       the webhook in front of a real API server`);
}

/** Runs `cwii serve` with a local Kubernetes API for the manifests. */
async function startWebhook(cluster: readonly Manifest[]) {
  const authority = await createTestAuthority();
  const { certPem: cert, keyPem: key } = await authority.issue();
  const [callerToken, clusterToken] = [randomBytes(32).toString('base64url'), randomBytes(32).toString('base64url')];
  const file = (name: string, content: string) => {
    writeFileSync(join(folder, name), content, { mode: 0o600 });
    return join(folder, name);
  };
  const api = createManifestApi(cluster, { cert, key, token: clusterToken });
  servers.push(api);
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));

  const options = ['--port', '0', '--tls-cert', file('tls.crt', cert), '--tls-key', file('tls.key', key)];
  const serve = spawn(process.execPath, [packageFile('cli', 'main.ts'), 'serve', ...options], {
    env: {
      PATH: process.env['PATH'],
      CWII_CALLER_TOKEN_SHA256: createHash('sha256').update(callerToken).digest('hex'),
      CWII_KUBE_API_URL: `https://127.0.0.1:${(api.address() as AddressInfo).port}`,
      CWII_KUBE_CA: authority.certPem,
      CWII_KUBE_CREDENTIAL: `file:${file('token', clusterToken)}`,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  process.once('exit', () => serve.kill());
  const url = await addressOf(serve);
  const agent = new Agent({ keepAlive: true, ca: authority.certPem });
  return {
    admit: (pod: Manifest) => post(url, agent, callerToken, pod),
    close: () => {
      agent.destroy();
      serve.kill();
    },
  };
}

/** The URL that `cwii serve` prints. */
async function addressOf(serve: ChildProcessByStdio<null, null, Readable>): Promise<string> {
  let output = '';
  for await (const chunk of serve.stderr) {
    output += chunk;
    const url = /https:\S+/.exec(output)?.[0];
    if (url) return url;
  }
  throw new Error(`cwii serve ended: ${output}`);
}

async function post(url: string, agent: Agent, token: string, pod: Manifest): Promise<Answer> {
  const body = JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: createRequest(pod, crypto.randomUUID()),
  });
  const began = performance.now();
  const answer = await new Promise<{ status: number; body: string }>((resolve, reject) => {
    const call = request(
      `${url}?timeout=5s`,
      { method: 'POST', agent, headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` } },
      (response) =>
        text(response).then((received) => resolve({ status: response.statusCode ?? 0, body: received }), reject),
    );
    call.once('error', reject);
    call.end(body);
  });
  const milliseconds = performance.now() - began;
  if (answer.status !== 200) throw new Error(`the webhook answered ${answer.status}: ${answer.body}`);
  const { response } = JSON.parse(answer.body);
  return {
    patch: response.patch ? JSON.parse(Buffer.from(response.patch, 'base64').toString()) : [],
    warnings: response.warnings ?? [],
    milliseconds,
  };
}

function print(message: string): void {
  process.stdout.write(`\n${message}\n`);
}
