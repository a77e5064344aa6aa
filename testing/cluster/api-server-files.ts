// Writes the files that the API server reads at its start, as JSON, which Kubernetes reads as YAML.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Writes a file that only this user can read. @returns its path. */
export async function writePrivateFile(directory: string, name: string, content: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, content, { mode: 0o600 });
  return path;
}

export interface KubeconfigUser {
  readonly url: string;
  readonly caPem: string;
  readonly token: string;
}

export function writeKubeconfig(directory: string, { url, caPem, token }: KubeconfigUser): Promise<string> {
  const ca = Buffer.from(caPem).toString('base64');
  return writePrivateFile(
    directory,
    'admin.kubeconfig',
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'test', cluster: { server: url, 'certificate-authority-data': ca } }],
      users: [{ name: 'admin', user: { token } }],
      contexts: [{ name: 'admin@test', context: { cluster: 'test', user: 'admin' } }],
      'current-context': 'admin@test',
    }),
  );
}

/** CSV for --token-auth-file: token, user name, uid, groups. */
export function writeTokenFile(directory: string, adminToken: string): Promise<string> {
  return writePrivateFile(directory, 'tokens.csv', `${adminToken},admin,admin,"system:masters"\n`);
}

/**
 * The admission configuration with the bearer token for each webhook host. A user's name is the exact
 * `host:port`, and there is no current-context: with `*` or a context, the API server would send the token to
 * all other webhooks too.
 */
export async function writeWebhookCallers(
  directory: string,
  callers: Readonly<Record<string, string>>,
): Promise<string> {
  const kubeConfigFile = await writePrivateFile(
    directory,
    'webhook-callers.kubeconfig',
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      users: Object.entries(callers).map(([name, token]) => ({ name, user: { token } })),
    }),
  );
  const configuration = {
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'WebhookAdmissionConfiguration',
    kubeConfigFile,
  };
  return writePrivateFile(
    directory,
    'admission.json',
    JSON.stringify({
      apiVersion: 'apiserver.config.k8s.io/v1',
      kind: 'AdmissionConfiguration',
      plugins: [{ name: 'MutatingAdmissionWebhook', configuration }],
    }),
  );
}

/**
 * Logs pods with their bodies, other requests without; one line per request, written before the answer.
 */
export function writeAuditPolicy(directory: string): Promise<string> {
  return writePrivateFile(
    directory,
    'audit-policy.json',
    JSON.stringify({
      apiVersion: 'audit.k8s.io/v1',
      kind: 'Policy',
      omitStages: ['RequestReceived', 'ResponseStarted'],
      rules: [{ level: 'RequestResponse', resources: [{ group: '', resources: ['pods'] }] }, { level: 'Metadata' }],
    }),
  );
}

/** A program `kubectl`, which is a part of the control plane's binary. @returns its folder. */
export async function writeKubectl(directory: string, binary: string): Promise<string> {
  const folder = join(directory, 'bin');
  await mkdir(folder);
  await writeFile(join(folder, 'kubectl'), `#!/bin/sh\nexec '${binary}' kubectl "$@"\n`, { mode: 0o755 });
  return folder;
}
