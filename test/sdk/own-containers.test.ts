// Knows what the scripts of cwii's own containers do in a shell: what they run, what they log, how they end.

import { spawn } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FakeTool, type FakeTools, installTools } from './fake-tools.ts';
import { type AdmittedPod, type FederatedCluster, mountRoot, startFederatedCluster } from './federated-cluster.ts';
import { impersonatedToken } from './gcp-endpoint.ts';
import { asksAws, asksAzure, asksGcp, clientId, gcpProject, googleAccount, roleArn, tenantId } from './trust.ts';

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly tools: FakeTools;
}

let cluster: FederatedCluster;
beforeAll(async () => {
  cluster = await startFederatedCluster();
});
afterAll(() => cluster?.stop());

/** @param path of the system's own tools, behind the clouds'. */
async function run(pod: AdmittedPod, container: string, fakes: FakeTool[], path = ':/usr/bin:/bin'): Promise<Ended> {
  const { env, command } = await pod.start(container);
  const tools = await installTools(pod.root, fakes);
  expect(command.slice(0, 2)).toEqual(['sh', '-c']);
  // The umask that container runtimes give.
  const child = spawn('/bin/sh', ['-c', 'umask 022; exec /bin/sh "$@"', 'sh', ...command.slice(1)], {
    env: { PATH: `${tools.directory}${path}`, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, stdout, stderr, tools };
}

describe.each([
  { id: 'aws', cloud: 'AWS', tool: 'aws', asks: asksAws },
  { id: 'gcp', cloud: 'GCP', tool: 'gcloud', asks: asksGcp },
  { id: 'az', cloud: 'Azure', tool: 'az', asks: asksAzure },
])('the verify container of $cloud', ({ id, cloud, tool, asks }) => {
  const verify = { ...asks, [`cwii.dev/${id}-verify`]: 'true' };
  const enforce = { ...verify, [`cwii.dev/${id}-verify-enforce`]: 'true' };
  const container = `cwii-${id}-verify`;
  const complaint = `cwii: the ${cloud} identity could not be verified; the pod starts anyway\n`;

  test('ends well where the identity works', async () => {
    for (const annotations of [verify, enforce]) {
      const pod = await cluster.admit(annotations);
      expect(await run(pod, container, [{ name: tool }])).toMatchObject({ code: 0, stderr: '' });
    }
  });

  test('ends well where the identity fails, and says so', async () => {
    const pod = await cluster.admit(verify);
    expect(await run(pod, container, [{ name: tool, code: 7 }])).toMatchObject({ code: 0, stderr: complaint });
  });

  test('ends as the tool does where the identity fails and it enforces', async () => {
    const pod = await cluster.admit(enforce);
    expect(await run(pod, container, [{ name: tool, code: 7 }])).toMatchObject({ code: 7, stderr: '' });
  });

  test('fails in an image without the tool, and ends well there unless it enforces', async () => {
    const enforcing = await run(await cluster.admit(enforce), container, [], '');
    expect(enforcing.code).toBe(127);
    const logging = await run(await cluster.admit(verify), container, [], '');
    expect(logging).toMatchObject({ code: 0, stderr: expect.stringContaining(complaint) });
  });
});

describe('the check', () => {
  test('of AWS asks who it is, with the identity of the pod', async () => {
    const inFrankfurt = { ...asksAws, 'cwii.dev/aws-region': 'eu-central-1' };
    const pod = await cluster.admit({ ...inFrankfurt, 'cwii.dev/aws-verify': 'true' });

    const { tools } = await run(pod, 'cwii-aws-verify', [{ name: 'aws' }]);

    const [call, ...more] = await tools.calls();
    expect(call?.slice(0, 3)).toEqual(['aws', 'sts', 'get-caller-identity']);
    expect(more).toEqual([]);
    const env = await tools.env();
    expect(env).toMatchObject({ AWS_ROLE_ARN: roleArn, AWS_REGION: 'eu-central-1' });
    expect(await readFile(env['AWS_WEB_IDENTITY_TOKEN_FILE'] ?? '', 'utf8')).toMatch(/^eyJ/);
  });

  test('of GCP asks for an access token, and keeps it out of the log', async () => {
    const pod = await cluster.admit({ ...asksGcp, 'cwii.dev/gcp-verify': 'true' });

    const { tools, ...printed } = await run(pod, 'cwii-gcp-verify', [{ name: 'gcloud', prints: 'ya29.marker' }]);

    expect(await tools.calls()).toEqual([['gcloud', 'auth', 'application-default', 'print-access-token']]);
    expect(printed).toEqual({ code: 0, stdout: '', stderr: '' });
    const { GOOGLE_APPLICATION_CREDENTIALS: file = '' } = await tools.env();
    expect(JSON.parse(await readFile(file, 'utf8'))).toHaveProperty('type', 'external_account');
  });

  test('of Azure logs in with the token, and then shows the account', async () => {
    const pod = await cluster.admit({ ...asksAzure, 'cwii.dev/az-verify': 'true' });

    const { tools } = await run(pod, 'cwii-az-verify', [{ name: 'az' }]);

    const [login = [], ...more] = await tools.calls();
    expect(login.slice(0, 3)).toEqual(['az', 'login', '--service-principal']);
    const given = (option: string) => login[login.indexOf(option) + 1];
    expect([given('-u'), given('-t')]).toEqual([clientId, tenantId]);
    const { AZURE_FEDERATED_TOKEN_FILE: file = '' } = await tools.env();
    expect(given('--federated-token')).toBe(await readFile(file, 'utf8'));
    expect(more).toEqual([['az', 'account', 'show']]);
  });

  test('of Azure shows no account where the login fails', async () => {
    const pod = await cluster.admit({ ...asksAzure, 'cwii.dev/az-verify': 'true' });
    const { tools } = await run(pod, 'cwii-az-verify', [{ name: 'az', code: 1 }]);
    expect((await tools.calls()).map(([, command]) => command)).toEqual(['login']);
  });
});

describe('the credentials writer', () => {
  const byInitContainer = { ...asksGcp, 'cwii.dev/gcp-delivery': 'init-container' };
  const writer = 'cwii-gcp-creds-writer';
  const fileOf = ({ root }: AdmittedPod) => join(mountRoot(root), 'gcp-creds/credentials.json');

  test('writes the file that the annotation would have, byte for byte, for every user to read', async () => {
    const projected = await cluster.admit(asksGcp);
    const pod = await cluster.admit(byInitContainer);

    expect(await run(pod, writer, [])).toMatchObject({ code: 0, stdout: '', stderr: '' });

    // The paths in it differ, because each pod has its own directory here.
    const annotation = projected.stored.metadata.annotations?.['cwii.dev/gcp-credentials'];
    expect(await readFile(fileOf(pod), 'utf8')).toBe(annotation?.replaceAll(projected.root, pod.root));
    expect((await stat(fileOf(pod))).mode & 0o777).toBe(0o644);
    expect(pod.stored.metadata.annotations).not.toHaveProperty('cwii.dev/gcp-credentials');
  });

  test("writes a file that Google's SDK takes", async () => {
    const pod = await cluster.admit(byInitContainer, ({ spec }) => {
      spec.containers = [{ name: 'app', env: [{ name: 'GOOGLE_CLOUD_PROJECT', value: gcpProject }] }];
    });
    await run(pod, writer, []);
    const { said } = await pod.ask(['gcp']);
    expect(said.gcp.gave).toEqual({ token: impersonatedToken(googleAccount) });
  });
});
