// The user's cluster as kubectl knows it: its contexts, client certificates and login plugins are not ours to read.

import { spawnSync } from 'node:child_process';
import { CwiiError } from '../lib/common/errors.ts';

export interface ClusterChoice {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

/** The cluster of the chosen context; no user's credentials. */
export interface KubeconfigCluster {
  readonly context: string;
  readonly server: string;
  /** PEM; undefined: the system's roots. */
  readonly ca: string | undefined;
  /** What kubectl does for this cluster that the function cannot do. */
  readonly differences: readonly string[];
}

/** @throws {CwiiError} `kubectl-missing` or `kubectl-failed`, with kubectl's own words. */
export function currentCluster(choice: ClusterChoice): KubeconfigCluster {
  // The cluster alone: the user's keys and tokens never come to us.
  const view = ['config', 'view', '--raw', '--minify', '--flatten', '-o'];
  const cluster = JSON.parse(kubectl([...view, 'jsonpath={.clusters[0].cluster}'], choice)) as Record<string, unknown>;
  const context = choice.context ?? kubectl(['config', 'current-context'], choice).trim();
  const ca = cluster['certificate-authority-data'];
  const { server, 'tls-server-name': name, 'insecure-skip-tls-verify': insecure, 'proxy-url': proxy } = cluster;
  return {
    context,
    server: String(server ?? ''),
    ca: typeof ca === 'string' ? Buffer.from(ca, 'base64').toString('utf8') : undefined,
    differences: [
      ...(insecure ? ['insecure-skip-tls-verify: the function always verifies; add the CA to api.ca'] : []),
      ...(name
        ? [`tls-server-name ${name}: the function checks the name in api.url; use --api-url with that name`]
        : []),
      ...(proxy ? [`proxy-url ${proxy}: the function uses no proxy`] : []),
    ],
  };
}

/** The issuer in the cluster's own discovery document (OIDC Discovery 1.0, section 4). */
export function discoveredIssuer(choice: ClusterChoice): string {
  const text = ask('/.well-known/openid-configuration', choice, '; the issuer can be named by --issuer as well');
  const { issuer } = JSON.parse(text) as { issuer?: unknown };
  if (typeof issuer !== 'string')
    throw new CwiiError('issuer-unknown', "the cluster's discovery document names no issuer; name it by --issuer");
  return issuer;
}

/** The minor version of the API server, of Kubernetes 1; undefined where it is not told. */
export function minorVersion(choice: ClusterChoice): number | undefined {
  try {
    const { major, minor } = JSON.parse(ask('/version', choice)) as { major?: unknown; minor?: unknown };
    // Some distributions add a plus.
    const found = /^\d+/.exec(String(minor))?.[0];
    return major === '1' && found !== undefined ? Number(found) : undefined;
  } catch {
    // Nothing depends on it but a better default.
    return undefined;
  }
}

function ask(path: string, choice: ClusterChoice, remedy = ''): string {
  return kubectl(['get', '--raw', path, '--request-timeout=15s'], choice, remedy);
}

function kubectl(args: readonly string[], { kubeconfig, context }: ClusterChoice, remedy = ''): string {
  const chosen = [
    ...(kubeconfig === undefined ? [] : [`--kubeconfig=${kubeconfig}`]),
    ...(context === undefined ? [] : [`--context=${context}`]),
  ];
  // A login plugin may ask its user something, so the terminal is theirs; their words come through stderr.
  const { status, stdout, stderr, error } = spawnSync('kubectl', [...args, ...chosen], {
    encoding: 'utf8',
    stdio: ['inherit', 'pipe', 'pipe'],
  });
  if (error) {
    const why =
      (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'is not on the path' : `cannot be run: ${error.message}`;
    throw new CwiiError('kubectl-missing', `kubectl ${why}; cwii init reads your kubeconfig and cluster by it`, {
      cause: error,
    });
  }
  if (status === 0) return stdout;
  const last = stderr.trim().split('\n').at(-1) ?? '';
  throw new CwiiError('kubectl-failed', `kubectl ${args.slice(0, 3).join(' ')} failed: ${last}${remedy}`);
}
