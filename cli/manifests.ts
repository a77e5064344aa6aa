// `cwii manifests`: everything for the cluster's side, written as files in the order in which they are used.

import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { Command, Option } from 'commander';
import { type Cluster, readClusterFile } from '../cluster-file/cluster-file.ts';
import { CwiiError } from '../lib/common/errors.ts';
import { certificates } from '../lib/settings/parsers.ts';
import { type IssuerRound, issuerRounds } from './manifests/api-server-flags.ts';
import { clusterSide, NOT_MARKED } from './manifests/cluster-side.ts';
import { type Distribution, distributions } from './manifests/distribution.ts';
import { type GeneratedFile, isForKubectl, REQUIRE } from './manifests/generated-file.ts';
import { stackOutputs } from './manifests/stack-outputs.ts';
import { say } from './say.ts';

interface ManifestsOptions {
  readonly file: string;
  readonly cluster?: string;
  readonly outputs: string;
  readonly out?: string;
  readonly url?: string;
  readonly webhookCa?: string;
  readonly require: boolean;
  readonly distribution?: Distribution;
  readonly oldIssuer?: readonly string[];
  readonly issuerRound: IssuerRound;
  readonly apiAudience?: readonly string[];
}

export function manifestsCommand(): Command {
  return new Command('manifests')
    .description(
      "Write everything for the cluster's side: the webhook's registration, RBAC, flow control, and what the API server reads. Changes nothing in the cluster.",
    )
    .option('-f, --file <file>', 'the file that describes the clusters', 'cwii.yaml')
    .option('--cluster <name>', 'which of its clusters; not needed where there is one')
    .option('--outputs <file>', 'outputs of the deployed stack', 'cdk-outputs.json')
    .option('--out <folder>', 'where to write (default: manifests/<name>); - prints what kubectl takes')
    .option('--url <url>', "the webhook's URL, where it is no stack's; /mutate is added if it has no path")
    .option('--webhook-ca <file>', "the authority of that URL's certificate, PEM, where not every machine trusts it")
    .option('--require', 'also policies that refuse pods which came without the identity they should have', false)
    .addOption(
      new Option('--distribution <name>', 'only the snippet for this distribution (default: all)').choices(
        distributions,
      ),
    )
    .option(
      '--old-issuer <url...>',
      "with issuerHosting: the issuers so far (default: issuerHosting.oldIssuers, or else the distribution's)",
    )
    .option('--api-audience <audience...>', 'with issuerHosting: --api-audiences so far, likewise')
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
  cwii manifests --url https://cwii.example.com:8443 --out - | kubectl diff -f -
`;

async function manifests(options: ManifestsOptions): Promise<void> {
  const cluster = choose(readClusterFile(options.file).clusters, options);
  const files = clusterSide(cluster, stackOutputs(options.outputs, cluster.name, options), {
    require: options.require,
    distribution: options.distribution,
    oldIssuers: options.oldIssuer,
    issuerRound: options.issuerRound,
    apiAudiences: options.apiAudience,
    webhookCa: options.webhookCa === undefined ? undefined : await readCa(options.webhookCa),
  });
  if (files.some(({ path }) => path.startsWith(`${REQUIRE}/`)) && !cluster.settings.markPods) say(NOT_MARKED);
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
  await write(folder, files);
  for (const stale of await findOthers(folder, files)) {
    say(`${join(folder, stale)} is not among the files of this run; remove it if it is of an earlier one`);
  }
  process.stdout.write(
    `${files.length} files are in ${folder}; ${join(folder, 'README.md')} says in which order to use them\n`,
  );
}

function choose(clusters: readonly Cluster[], { cluster: name, file }: ManifestsOptions): Cluster {
  const names = clusters.map((cluster) => cluster.name).join(', ');
  if (name === undefined) {
    const [only, ...others] = clusters;
    if (only && others.length === 0) return only;
    throw new CwiiError('cluster-ambiguous', `${file} has the clusters ${names}; name one by --cluster`);
  }
  const found = clusters.find((cluster) => cluster.name === name);
  if (found) return found;
  throw new CwiiError('cluster-unknown', `${file} has no cluster ${name}; it has ${names}`);
}

async function readCa(file: string): Promise<string> {
  try {
    return certificates(await readFile(file, 'utf8'));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const problem = code ? `cannot be read (${code})` : message;
    throw new CwiiError('file-unreadable', `--webhook-ca ${file} ${problem}`, { cause: error });
  }
}

async function write(folder: string, files: readonly GeneratedFile[]): Promise<void> {
  try {
    for (const { path, text } of files) {
      const target = join(folder, path);
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, text);
    }
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    throw new CwiiError('file-unwritable', `${path ?? folder} cannot be written (${code}); choose another --out`, {
      cause: error,
    });
  }
}

/** Files of steps that this run did not write: they would be applied with the rest of their folder. */
async function findOthers(folder: string, files: readonly GeneratedFile[]): Promise<string[]> {
  const written = new Set(files.map(({ path }) => join(path)));
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((path) => /^\d-/.test(path) && path.endsWith('.yaml') && !written.has(path))
    .sort();
}
