// Reads the kubeconfig and the cluster through kubectl, which handles contexts and login plugins.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { CwiiError } from '../../lib/common/errors.ts';
import { isObject, parseJson } from '../../lib/common/json.ts';

export interface ClusterChoice {
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

/** The cluster of the chosen context, without the user's credentials. */
export interface KubeconfigCluster {
  readonly context: string;
  readonly server: string;
  /** PEM. Undefined for the roots of the system. */
  readonly ca: string | undefined;
  /** The namespace of the context. */
  readonly namespace: string;
  /** Options of the kubeconfig that the function does not support, with remedies. */
  readonly unsupported: readonly string[];
}

/** @throws {CwiiError} `kubectl-missing`, or `kubectl-failed` with the kubeconfig and kubectl's message. */
export function currentCluster(choice: ClusterChoice): KubeconfigCluster {
  // The output has only the cluster, so cwii never gets the user's keys and tokens.
  const view = ['config', 'view', '--raw', '--minify', '--flatten', '-o'];
  // kubectl prints a map as JSON on one line.
  const format = 'jsonpath={.clusters[0].cluster}{"\\n"}{.contexts[0].context.namespace}';
  const output = readConfig([...view, format], choice);
  const [json = '', namespace] = output.split('\n');
  const cluster = parseJson(json);
  if (!isObject(cluster))
    throw new CwiiError(
      'kubectl-failed',
      `the context has no cluster in ${kubeconfigOf(choice).name}; correct it, or ${OTHER_CONTEXT}`,
    );
  const context = choice.context ?? readConfig(['config', 'current-context'], choice).trim();
  const ca = cluster['certificate-authority-data'];
  const { server, 'tls-server-name': name, 'insecure-skip-tls-verify': insecure, 'proxy-url': proxy } = cluster;
  return {
    context,
    server: String(server ?? ''),
    ca: typeof ca === 'string' ? Buffer.from(ca, 'base64').toString('utf8') : undefined,
    namespace: namespace || 'default',
    unsupported: [
      ...(insecure
        ? ['insecure-skip-tls-verify, but the function always verifies the certificate; add the CA to api.ca']
        : []),
      ...(name
        ? [
            `tls-server-name ${name}, but the function verifies the host in api.url; pass a URL with that name with --api-url`,
          ]
        : []),
      ...(proxy
        ? [
            `proxy-url ${proxy}, but the function does not use a proxy; pass an address that needs no proxy with --api-url`,
          ]
        : []),
    ],
  };
}

const OTHER_CONTEXT = 'choose another context with --context; `kubectl config get-contexts` lists them';

/** The kubeconfig as the user named it. */
function kubeconfigOf({ kubeconfig }: ClusterChoice): { readonly name: string; readonly exists: boolean } {
  const fromVariable = process.env['KUBECONFIG'];
  const [files, source] =
    kubeconfig !== undefined
      ? [[kubeconfig], ' (--kubeconfig)']
      : fromVariable
        ? [fromVariable.split(delimiter).filter(Boolean), ' (the variable KUBECONFIG)']
        : [[join(homedir(), '.kube', 'config')], ''];
  const name = `the kubeconfig ${files.join(' or ')}${source}`;
  return { name, exists: files.some((file) => existsSync(file)) };
}

function readConfig(args: readonly string[], choice: ClusterChoice): string {
  const { status, stdout, stderr } = run(args, choice);
  if (status === 0) return stdout;
  // The kubectl of some distributions has another default, so the file is looked at only now.
  const { name, exists } = kubeconfigOf(choice);
  if (!exists) throw new CwiiError('kubectl-failed', `${name} does not exist; name another file with --kubeconfig`);
  const reason = lastLineOf(stderr).replace(/^error: /, '');
  const remedy = reason.startsWith('error loading') ? 'correct the file' : OTHER_CONTEXT;
  throw new CwiiError('kubectl-failed', `kubectl cannot use ${name}: ${reason}; ${remedy}`);
}

/** The issuer in the cluster's discovery document (OIDC Discovery 1.0, section 4). */
export function discoverIssuer(choice: ClusterChoice): string {
  const text = getRaw('/.well-known/openid-configuration', choice, '; correct this, or name the issuer with --issuer');
  const { issuer } = JSON.parse(text) as { issuer?: unknown };
  if (typeof issuer !== 'string')
    throw new CwiiError('issuer-unknown', "the cluster's discovery document has no issuer; name it with --issuer");
  return issuer;
}

/** The minor version of Kubernetes 1.x. Undefined if it cannot be determined. */
export function minorVersion(choice: ClusterChoice): number | undefined {
  try {
    const { major, minor } = JSON.parse(getRaw('/version', choice)) as { major?: unknown; minor?: unknown };
    // Some distributions append a plus sign.
    const digits = /^\d+/.exec(String(minor))?.[0];
    return major === '1' && digits !== undefined ? Number(digits) : undefined;
  } catch {
    // The version is not necessary: init says that it is unknown.
    return undefined;
  }
}

function getRaw(path: string, choice: ClusterChoice, remedy = ''): string {
  return kubectl(['get', '--raw', path, '--request-timeout=15s'], choice, remedy);
}

function kubectl(args: readonly string[], choice: ClusterChoice, remedy = ''): string {
  const { status, stdout, stderr } = run(args, choice);
  if (status === 0) return stdout;
  throw kubectlFailed(args, stderr, remedy);
}

/** @throws {CwiiError} `kubectl-missing` */
function run(args: readonly string[], choice: ClusterChoice) {
  // Login plugins may prompt the user, so they get the terminal's input.
  const ended = spawnSync('kubectl', [...args, ...choiceArguments(choice)], {
    encoding: 'utf8',
    stdio: ['inherit', 'pipe', 'pipe'],
  });
  if (ended.error) throw kubectlMissing(ended.error);
  return ended;
}

export function choiceArguments({ kubeconfig, context }: ClusterChoice): string[] {
  return [
    ...(kubeconfig === undefined ? [] : [`--kubeconfig=${kubeconfig}`]),
    ...(context === undefined ? [] : [`--context=${context}`]),
  ];
}

export function kubectlMissing(error: NodeJS.ErrnoException): CwiiError {
  const reason = error.code === 'ENOENT' ? 'is not in the PATH' : `cannot be run: ${error.message}`;
  return new CwiiError(
    'kubectl-missing',
    `kubectl ${reason}; install it, because cwii reads your kubeconfig and cluster with it`,
    { cause: error },
  );
}

export function kubectlFailed(args: readonly string[], stderr: string, remedy = ''): CwiiError {
  return new CwiiError(
    'kubectl-failed',
    `kubectl ${args.slice(0, 3).join(' ')} failed: ${lastLineOf(stderr)}${remedy}`,
  );
}

function lastLineOf(stderr: string): string {
  return stderr.trim().split('\n').at(-1) ?? '';
}
