// Generates the files of `cwii manifests` for a test cluster and uses them as their README says.

import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { expect } from 'vitest';
import { parse } from 'yaml';
import { writePrivateFile } from '../../testing/cluster/api-server-files.ts';
import type { ControlPlane } from '../../testing/cluster/control-plane.ts';
import { cwii } from '../cli/command.ts';
import { sha256 } from './test-cluster.ts';
import type { WebIdentity } from './web-identity-issuer.ts';
import { startWebhook, type WebhookStart, type WebhookUnderTest } from './webhook-under-test.ts';

export const NEW_ISSUER = 'https://oidc.example.com/test';
/** The token that the API server sends to the webhook. */
export const callerToken = 'the-token-of-the-webhook-kubeconfig';
/** The digest of the token that the API server sends to the webhook. */
export const callerDigest = sha256(callerToken);

const arn = (service: string, name: string) => `arn:aws:${service}:123456789012:${name}`;
export const webhookFunction: WebIdentity = {
  audience: 'cwii:test',
  roleArn: arn('iam:', 'role/cwii-test-webhook'),
  functionArn: arn('lambda:eu-central-1', 'function:cwii-test-webhook'),
};
export const issuerFunction: WebIdentity = {
  audience: 'cwii:test',
  roleArn: arn('iam:', 'role/cwii-test-issuer'),
  functionArn: arn('lambda:eu-central-1', 'function:cwii-test-issuer'),
};
const outputs = {
  WebhookRoleArn: webhookFunction.roleArn,
  WebhookFunctionArn: `${webhookFunction.functionArn}:live`,
  IssuerRoleArn: issuerFunction.roleArn,
  IssuerFunctionArn: issuerFunction.functionArn,
};

export interface ManifestsOrder {
  readonly cluster: ControlPlane;
  readonly credential: object;
  readonly args: readonly string[];
  /** Default: the issuer of kubeadm. */
  readonly oldIssuers?: readonly string[];
  readonly apiAudiences?: readonly string[];
  /** Keys of the cluster's entry in cwii.yaml, in place of those that all tests share. */
  readonly entry?: object;
  /** Further outputs of the stack. */
  readonly outputs?: Readonly<Record<string, string>>;
}

/** Generates the files for the cluster and a stack with these two functions. @returns their folder. */
export async function makeManifests(folder: string, order: ManifestsOrder): Promise<string> {
  const { args } = order;
  const { minor } = await order.cluster.api<{ minor: string }>('GET', '/version');
  await writeFile(join(folder, 'cwii.yaml'), clusterFile(order, `1.${Number.parseInt(minor, 10)}`));
  await writeFile(join(folder, 'cdk-outputs.json'), JSON.stringify({ 'cwii-test': { ...outputs, ...order.outputs } }));
  const out = join(folder, 'manifests');
  const ended = await cwii(['manifests', '--out', out, '--distribution', 'kubeadm', ...args], { cwd: folder });
  expect(ended).toMatchObject({ status: 0, stderr: '' });
  return out;
}

function clusterFile(
  { credential, oldIssuers, apiAudiences = [], entry }: ManifestsOrder,
  kubernetesVersion: string,
): string {
  return JSON.stringify({
    clusters: [
      {
        name: 'test',
        // The file cannot have the address of this machine. The tests give it to the functions themselves.
        api: { url: 'https://api.test.example.com:6443' },
        kubernetesVersion,
        issuer: NEW_ISSUER,
        credential,
        callers: { tokenSha256: [callerDigest] },
        settings: { ownerKinds: ['argoproj.io/v1alpha1/rollouts=Rollout'], markPods: true, apiAudiences },
        issuerHosting: {
          certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9',
          oldIssuers,
        },
        ...entry,
      },
    ],
  });
}

/**
 * Copies the files of a control plane node to a directory of the test, as the README says.
 *
 * @returns the API server's flags.
 */
export async function useControlPlaneFiles(folder: string, out: string): Promise<readonly string[]> {
  const there = '/etc/kubernetes/cwii';
  const here = join(folder, 'on-the-node');
  const from = join(out, '2-control-plane');
  const read = async (name: string) => (await readFile(join(from, name), 'utf8')).replaceAll(there, here);
  const files = await readdir(from, { recursive: true, withFileTypes: true });
  for (const file of files.filter((entry) => entry.isFile() && entry.name !== 'kubeadm.yaml')) {
    const path = relative(from, join(file.parentPath, file.name));
    await mkdir(join(here, dirname(path)), { mode: 0o700, recursive: true });
    await writeFile(join(here, path), await read(path), { mode: 0o600 });
  }
  await writeFile(join(here, 'caller-token'), `${callerToken}\n`, { mode: 0o600 });
  const kubeadm = parse(await read('kubeadm.yaml')) as {
    apiServer: { extraArgs: { name: string; value: string }[] };
  };
  return kubeadm.apiServer.extraArgs.map(({ name, value }) => `--${name}=${value}`);
}

export async function applyStep(cluster: ControlPlane, out: string, step: string): Promise<void> {
  const { code, stderr } = await cluster.kubectl(['apply', '-f', join(out, step)]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
}

export async function uidOf(cluster: ControlPlane, path: string): Promise<string> {
  return (await cluster.api<{ metadata: { uid: string } }>('GET', path)).metadata.uid;
}

/** A ServiceAccount token in a Secret. */
export async function legacyToken(cluster: ControlPlane): Promise<string> {
  await cluster.apply(
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: 'legacy',
        namespace: 'default',
        annotations: { 'kubernetes.io/service-account.name': 'default' },
      },
      type: 'kubernetes.io/service-account-token',
    }),
  );
  return cluster.waitFor('the token of a Secret', async () => {
    const path = '/api/v1/namespaces/default/secrets/legacy';
    const { data } = await cluster.api<{ data?: { token?: string } }>('GET', path);
    return data?.token && Buffer.from(data.token, 'base64').toString();
  });
}

export function claimsOf(token: string): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
}

export interface ServedManifests extends Pick<WebhookStart, 'port' | 'certificate' | 'guardian' | 'secrets'> {
  readonly cluster: ControlPlane;
  /** The token with which the function reads the cluster. */
  readonly token: string;
  /** Further CWII_ variables. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs the function whose files are in use. */
export async function serveManifests({ cluster, token, env, ...start }: ServedManifests): Promise<WebhookUnderTest> {
  return startWebhook({
    ...start,
    env: {
      CWII_KUBE_API_URL: cluster.url,
      CWII_KUBE_CA: cluster.caPem,
      CWII_KUBE_CREDENTIAL: `file:${await writePrivateFile(start.guardian.directory, 'reader.token', token)}`,
      ...env,
    },
  });
}

/** The settings of the function in the files that `makeManifests` generates. */
export const servedSettings = { CWII_CALLER_TOKEN_SHA256: callerDigest, CWII_MARK_PODS: 'true' };
