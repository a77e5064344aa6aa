// `cwii manifests`: generates the files for a cluster, in folders numbered in the order of their use.

import { readdir } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { Command, Option } from 'commander';
import { readClusterOf } from '../cluster-file/choose-cluster.ts';
import { type Cluster, readFleet } from '../cluster-file/cluster-file.ts';
import { versionNeeds } from '../cluster-file/kubernetes-version.ts';
import { escapeControls } from '../lib/common/control-characters.ts';
import { CwiiError } from '../lib/common/errors.ts';
import { type IssuerRound, issuerRounds } from './manifests/api-server-flags.ts';
import { type Distribution, distributions } from './manifests/distribution.ts';
import { generateFiles } from './manifests/generate-files.ts';
import { CONTROL_PLANE, type GeneratedFile, isForKubectl, REQUIRE } from './manifests/generated-file.ts';
import { parseRegistries, type Registry, registries } from './manifests/image-pulls.ts';
import { STATIC_POLICIES } from './manifests/names.ts';
import { type CallerKind, callerKinds } from './manifests/options.ts';
import { PODS_NOT_MARKED } from './manifests/require-policies.ts';
import { stackOutputs } from './manifests/stack-outputs.ts';
import { readWebhookCa } from './manifests/webhook-ca.ts';
import { hasPathKey } from './manifests/webhook-url.ts';
import { reportError, warn } from './report.ts';
import { digestOf, readSecret } from './secret-file.ts';
import { makeDirectories, writeTextFile } from './write-file.ts';

interface ManifestsOptions {
  readonly file: string;
  readonly cluster?: string;
  readonly all?: boolean;
  readonly outputs: string;
  readonly out?: string;
  readonly url?: string;
  readonly pathKey?: string;
  readonly webhookCa?: string;
  readonly require: boolean;
  readonly policies: boolean;
  readonly static: boolean;
  readonly imagePulls: readonly Registry[];
  readonly distribution?: Distribution;
  readonly oldIssuer?: readonly string[];
  readonly issuerRound: IssuerRound;
  readonly apiAudience?: readonly string[];
  readonly caller?: CallerKind;
}

export function manifestsCommand(): Command {
  return new Command('manifests')
    .description(
      'Generate the files for the cluster: webhook configuration, RBAC, flow control, and the API server configuration. It changes nothing in the cluster.',
    )
    .option('-f, --file <file>', 'the cluster file', 'cwii.yaml')
    .option('--cluster <name>', 'the cluster in the file; not needed if it has only one')
    .addOption(
      new Option('--all', 'all clusters of the file, each in a folder of its own').conflicts([
        'cluster',
        'url',
        'pathKey',
        'webhookCa',
      ]),
    )
    .option('--outputs <file>', 'the outputs of the deployed stack', 'cdk-outputs.json')
    .option('--out <folder>', 'the output folder (default: manifests/<name>); with - the files for kubectl are printed')
    .option('--url <url>', "the webhook's URL, if it is not in the outputs; /mutate is added if it has no path")
    .option(
      '--path-key <file>',
      'for callers with a path key: the file with the key (cwii caller-token --path-key); the URL is then https://HOST/k/KEY',
    )
    .option('--webhook-ca <file>', "the CA of that URL's certificate in PEM, if it is not a public one")
    .option('--require', 'also generate policies that reject pods without the identity that they request', false)
    .option(
      '--policies',
      'also generate policies with which the API server gives pods their identities without the webhook (Kubernetes 1.36)',
      false,
    )
    .option(
      '--static',
      'write the webhook and the policies as files of the API servers (Kubernetes 1.37), which nobody can delete through the API',
      false,
    )
    .option(
      '--image-pulls <registries>',
      `also generate the configuration with which nodes pull images by the pod's identity, for ${registries.join(' and ')}, separated by commas`,
      parseRegistries,
      [],
    )
    .addOption(
      new Option(
        '--caller <how>',
        'how the API server authenticates: with a token from `cwii caller-token`, or as a ServiceAccount with tokens of one hour (default: by `callers` in the file)',
      ).choices(callerKinds),
    )
    .addOption(
      new Option('--distribution <name>', 'the distribution of the cluster (default: files for all)').choices(
        distributions,
      ),
    )
    .option(
      '--old-issuer <url...>',
      "with issuerHosting: the current issuers (default: issuerHosting.oldIssuers, or the distribution's)",
    )
    .option(
      '--api-audience <audience...>',
      "with issuerHosting: the current --api-audiences (default: the distribution's)",
    )
    .addOption(
      new Option('--issuer-round <which>', 'with issuerHosting and several API servers: first, then second')
        .choices(issuerRounds)
        .default('second'),
    )
    .addHelpText('after', HELP)
    .action(manifests);
}

const HELP = `
Examples:
  cwii manifests                                  after: cdk deploy cwii-prod --outputs-file cdk-outputs.json
  cwii manifests --cluster prod --require --distribution kubeadm
  cwii manifests --all                            manifests/<name> for each cluster
  cwii manifests --url https://cwii.example.com:8443 --out - | kubectl diff -f -
`;

function manifests(options: ManifestsOptions): Promise<void> {
  return options.all ? writeAll(options) : writeOne(readClusterOf(options.file, options.cluster), options);
}

/** One cluster that fails does not stop the others. */
async function writeAll(options: ManifestsOptions): Promise<void> {
  if (options.out === '-')
    throw new CwiiError('manifest-input-invalid', '--all cannot print the files of several clusters; write a folder');
  const { clusters, failed } = readFleet(options.file);
  const errors = failed.map(({ error }) => error);
  for (const cluster of clusters) {
    const out = options.out === undefined ? {} : { out: join(options.out, cluster.name) };
    try {
      await writeOne(cluster, { ...options, ...out });
    } catch (error) {
      if (!(error instanceof CwiiError)) throw error;
      errors.push(new CwiiError(error.code, `cluster ${cluster.name}: ${error.message}`, { cause: error }));
    }
  }
  for (const error of errors) reportError(error);
  if (errors.length > 0) process.exitCode = 1;
}

async function writeOne(cluster: Cluster, options: ManifestsOptions): Promise<void> {
  if (options.url !== undefined && URL.canParse(options.url) && hasPathKey(options.url))
    warn(
      'secret-in-arguments',
      'the path key in --url is visible in the list of processes and in the history of the shell; pass its file with --path-key, and the URL without a path',
    );
  checkHosting(cluster, options);
  warnOfUnknownVersion(cluster, options);
  const files = generateFiles(cluster, stackOutputs(options.outputs, cluster.name, options), {
    require: options.require,
    policies: options.policies,
    static: options.static,
    imagePulls: options.imagePulls,
    distribution: options.distribution,
    oldIssuers: options.oldIssuer,
    issuerRound: options.issuerRound,
    caller: options.caller,
    pathKey: options.pathKey === undefined ? undefined : readPathKey(options.pathKey, cluster),
    apiAudiences: options.apiAudience,
    webhookCa: options.webhookCa === undefined ? undefined : readWebhookCa(options.webhookCa),
  });
  const hasPolicies = files.some(
    ({ path }) => path.startsWith(`${REQUIRE}/`) || path.startsWith(`${CONTROL_PLANE}/${STATIC_POLICIES}/`),
  );
  if (hasPolicies && !cluster.settings.markPods) warn('pods-not-marked', PODS_NOT_MARKED);
  if (options.out === '-') {
    process.stdout.write(
      files
        .filter(isForKubectl)
        .map(({ text }) => text)
        .join('---\n'),
    );
    return;
  }
  const folder = options.out ?? join('manifests', cluster.name);
  writeFiles(folder, options.out !== undefined, files);
  for (const path of await findStaleFiles(folder, files)) {
    warn('file-stale', `${join(folder, path)} was not written in this run; remove it if an earlier run wrote it`);
  }
  process.stdout.write(
    `${escapeControls(`${files.length} files are in ${folder}; begin with ${join(folder, 'README.md')}`)}\n`,
  );
}

/** @throws {CwiiError} for options without effect. With --all, other clusters can use them. */
function checkHosting({ name, issuerHosting }: Cluster, options: ManifestsOptions): void {
  if (issuerHosting || options.all) return;
  const option = options.oldIssuer
    ? '--old-issuer'
    : options.apiAudience
      ? '--api-audience'
      : options.issuerRound === 'first'
        ? '--issuer-round'
        : undefined;
  if (option === undefined) return;
  throw new CwiiError(
    'manifest-input-invalid',
    `${option} is for a cluster whose issuer cwii hosts, but cluster ${name} has no issuerHosting; remove the option, or add issuerHosting to cwii.yaml (docs/issuer.md)`,
  );
}

function warnOfUnknownVersion(cluster: Cluster, options: ManifestsOptions): void {
  if (cluster.kubernetesVersion !== undefined) return;
  const parts = [
    ...(options.static ? (['static'] as const) : []),
    ...(options.policies ? (['policies'] as const) : []),
    ...(options.imagePulls.length > 0 ? (['image-pulls'] as const) : []),
  ];
  for (const part of parts)
    warn(
      'kubernetes-version-unknown',
      `--${part} needs Kubernetes 1.${versionNeeds[part].minor}, and cwii.yaml does not say which version cluster ${cluster.name} has; set kubernetesVersion`,
    );
}

/** @throws {CwiiError} `manifest-input-invalid` for a key that the function would not accept. */
function readPathKey(file: string, { name, callers }: Cluster): string {
  const remedyIfMissing = `make it with \`cwii caller-token --path-key --out ${file} --cluster ${name}\``;
  const key = readSecret(file, { label: `--path-key ${file}`, remedyIfMissing });
  if (callers.pathKeySha256.includes(digestOf(key))) return key;
  throw new CwiiError(
    'manifest-input-invalid',
    `--path-key ${file} does not have a path key of cluster ${name}: its digest is not in callers.pathKeySha256; add it with \`cwii caller-token --path-key --digest-of ${file} --cluster ${name}\``,
  );
}

/** @param chosen whether the user chose the folder. Otherwise cwii creates all of its path. */
function writeFiles(folder: string, chosen: boolean, files: readonly GeneratedFile[]): void {
  const remedy = 'choose another --out';
  const [root, prefix] = chosen ? [folder, ''] : ['.', folder];
  for (const { path, text, secret } of files) {
    makeDirectories(root, dirname(join(prefix, path)), remedy);
    writeTextFile(join(folder, path), text, { secret: secret ?? false, remedy });
  }
}

/** Files from other runs in the numbered folders. `kubectl apply -f` on a folder would apply them too. */
async function findStaleFiles(folder: string, files: readonly GeneratedFile[]): Promise<string[]> {
  const written = new Set(files.map(({ path }) => join(path)));
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((path) => /^\d-/.test(path) && path.endsWith('.yaml') && !written.has(path))
    .sort();
}
