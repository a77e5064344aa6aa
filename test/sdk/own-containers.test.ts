// The scripts of cwii's own containers in a real shell: what they run, what they log, and their exit codes.

import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Ended, run } from '../../testing/run.ts';
import { type FakeTool, type FakeTools, installTools } from './fake-tools.ts';
import { type AdmittedPod, type FederatedCluster, mountRoot, startFederatedCluster } from './federated-cluster.ts';
import { impersonatedToken } from './gcp-endpoint.ts';
import {
  awsAnnotations,
  awsInFrankfurt,
  azureAnnotations,
  clientId,
  gcpAnnotations,
  gcpProject,
  googleAccount,
  roleArn,
  tenantId,
} from './trust.ts';

interface EndedContainer extends Ended {
  readonly tools: FakeTools;
}

let cluster: FederatedCluster;
beforeAll(async () => {
  cluster = await startFederatedCluster();
});
afterAll(() => cluster?.stop());

/** @param path the directories of the system's tools, which follow those of the clouds. */
async function runContainer(
  pod: AdmittedPod,
  container: string,
  fakes: FakeTool[],
  path = ':/usr/bin:/bin',
): Promise<EndedContainer> {
  const { env, command } = await pod.start(container);
  const tools = await installTools(pod.root, fakes);
  expect(command.slice(0, 2)).toEqual(['sh', '-c']);
  // With the umask of container runtimes.
  const ended = await run(['/bin/sh', '-c', 'umask 022; exec /bin/sh "$@"', 'sh', ...command.slice(1)], {
    env: { PATH: `${tools.directory}${path}`, ...env },
  });
  return { ...ended, tools };
}

describe.each([
  { id: 'aws', cloud: 'AWS', tool: 'aws', annotations: awsAnnotations },
  { id: 'gcp', cloud: 'GCP', tool: 'gcloud', annotations: gcpAnnotations },
  { id: 'az', cloud: 'Azure', tool: 'az', annotations: azureAnnotations },
])('the verify container of $cloud', ({ id, cloud, tool, annotations }) => {
  const verify = { ...annotations, [`cwii.dev/${id}-verify`]: 'true' };
  const enforce = { ...verify, [`cwii.dev/${id}-verify-enforce`]: 'true' };
  const container = `cwii-${id}-verify`;
  const message = `cwii: the ${cloud} identity could not be verified; the pod starts anyway\n`;

  test.each([
    { mode: 'verify', toolCode: 0, code: 0, stderr: '' },
    { mode: 'verify', toolCode: 7, code: 0, stderr: message },
    { mode: 'verify-enforce', toolCode: 0, code: 0, stderr: '' },
    { mode: 'verify-enforce', toolCode: 7, code: 7, stderr: '' },
  ])('ends with $code in the mode $mode if the tool ends with $toolCode', async ({ mode, toolCode, ...expected }) => {
    const pod = await cluster.admit(mode === 'verify' ? verify : enforce);

    expect(await runContainer(pod, container, [{ name: tool, code: toolCode }])).toMatchObject(expected);
  });

  test('fails in an image without the tool if it enforces, and succeeds otherwise', async () => {
    const enforcing = await runContainer(await cluster.admit(enforce), container, [], '');
    expect(enforcing.code).toBe(127);
    const logging = await runContainer(await cluster.admit(verify), container, [], '');
    expect(logging).toMatchObject({ code: 0, stderr: expect.stringContaining(message) });
  });
});

describe('the check', () => {
  test('of AWS calls GetCallerIdentity with the identity of the pod', async () => {
    const pod = await cluster.admit({ ...awsInFrankfurt, 'cwii.dev/aws-verify': 'true' });

    const { tools } = await runContainer(pod, 'cwii-aws-verify', [{ name: 'aws' }]);

    const [call, ...more] = await tools.calls();
    expect(call?.slice(0, 3)).toEqual(['aws', 'sts', 'get-caller-identity']);
    expect(more).toEqual([]);
    const env = await tools.env();
    expect(env).toMatchObject({ AWS_ROLE_ARN: roleArn, AWS_REGION: 'eu-central-1' });
    expect(await readFile(env['AWS_WEB_IDENTITY_TOKEN_FILE'] ?? '', 'utf8')).toMatch(/^eyJ/);
  });

  test('of GCP requests an access token and does not print it', async () => {
    const pod = await cluster.admit({ ...gcpAnnotations, 'cwii.dev/gcp-verify': 'true' });

    const { tools, ...ended } = await runContainer(pod, 'cwii-gcp-verify', [{ name: 'gcloud', prints: 'ya29.marker' }]);

    expect(await tools.calls()).toEqual([['gcloud', 'auth', 'application-default', 'print-access-token']]);
    expect(ended).toMatchObject({ code: 0, stdout: '', stderr: '' });
    const { GOOGLE_APPLICATION_CREDENTIALS: file = '' } = await tools.env();
    expect(JSON.parse(await readFile(file, 'utf8'))).toHaveProperty('type', 'external_account');
  });

  test('of Azure logs in with the token and then shows the account', async () => {
    const pod = await cluster.admit({ ...azureAnnotations, 'cwii.dev/az-verify': 'true' });

    const { tools } = await runContainer(pod, 'cwii-az-verify', [{ name: 'az' }]);

    const [login = [], ...more] = await tools.calls();
    expect(login.slice(0, 3)).toEqual(['az', 'login', '--service-principal']);
    const given = (option: string) => login[login.indexOf(option) + 1];
    expect([given('-u'), given('-t')]).toEqual([clientId, tenantId]);
    const { AZURE_FEDERATED_TOKEN_FILE: file = '' } = await tools.env();
    expect(given('--federated-token')).toBe(await readFile(file, 'utf8'));
    expect(more).toEqual([['az', 'account', 'show']]);
  });

  test('of Azure shows no account if the login fails', async () => {
    const pod = await cluster.admit({ ...azureAnnotations, 'cwii.dev/az-verify': 'true' });
    const { tools } = await runContainer(pod, 'cwii-az-verify', [{ name: 'az', code: 1 }]);
    expect((await tools.calls()).map(([, command]) => command)).toEqual(['login']);
  });
});

describe('the credentials writer', () => {
  const byInitContainer = { ...gcpAnnotations, 'cwii.dev/gcp-delivery': 'init-container' };
  const writer = 'cwii-gcp-creds-writer';
  const fileOf = ({ root }: AdmittedPod) => join(mountRoot(root), 'gcp-creds/credentials.json');

  test('writes the same file as the annotation, byte for byte, readable for every user', async () => {
    const projected = await cluster.admit(gcpAnnotations);
    const pod = await cluster.admit(byInitContainer);

    expect(await runContainer(pod, writer, [])).toMatchObject({ code: 0, stdout: '', stderr: '' });

    // The paths in it differ, because each pod has its own directory.
    const annotation = projected.stored.metadata.annotations?.['cwii.dev/gcp-credentials'];
    expect(await readFile(fileOf(pod), 'utf8')).toBe(annotation?.replaceAll(projected.root, pod.root));
    expect((await stat(fileOf(pod))).mode & 0o777).toBe(0o644);
    expect(pod.stored.metadata.annotations).not.toHaveProperty('cwii.dev/gcp-credentials');
  });

  test("writes a file that Google's SDK accepts", async () => {
    const pod = await cluster.admit(byInitContainer, ({ spec }) => {
      spec.containers = [{ name: 'app', env: [{ name: 'GOOGLE_CLOUD_PROJECT', value: gcpProject }] }];
    });
    await runContainer(pod, writer, []);
    const { results } = await pod.runSdks(['gcp']);

    expect(results.gcp.credentials).toEqual({ token: impersonatedToken(googleAccount) });
  });
});
