// `cwii init`: writes a cluster into cwii.yaml from the kubeconfig, and asks for what it cannot find out.

import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Command, Option } from 'commander';
import { z } from 'zod';
import { addressScope, LOOPBACK_PROBLEM } from '../cluster-file/api-address.ts';
import { clusterSchema } from '../cluster-file/schema.ts';
import { CwiiError } from '../lib/common/errors.ts';
import { clusterNames, withCluster } from './cluster-file-edits.ts';
import { Answers } from './init/answers.ts';
import { clusterEntry, type NewCluster } from './init/cluster-entry.ts';
import { askCredential, type CredentialOptions, credentials } from './init/credential.ts';
import { ignoreInGit } from './init/git-ignore.ts';
import { chooseIssuer, hostings, type IssuerOptions } from './init/issuer.ts';
import { explainVersion } from './init/kubernetes-version.ts';
import { currentCluster, discoverIssuer, minorVersion } from './kubectl/kubectl.ts';
import { note, warn } from './report.ts';
import { createSecret, digestOf, readSecret, writeSecret } from './secret-file.ts';
import { writeTextFile } from './write-file.ts';

interface InitOptions extends IssuerOptions, CredentialOptions {
  readonly file: string;
  readonly name?: string;
  readonly account?: string;
  readonly region?: string;
  readonly apiUrl?: string;
  readonly callerToken?: string;
  readonly concurrencyLimit?: string;
  readonly yes?: boolean;
  readonly force?: boolean;
}

const schemas = clusterSchema.shape;

export function initCommand(): Command {
  return new Command('init')
    .description(
      'Write cwii.yaml from the current kubeconfig. It reads the API server, the CA and the issuer from the kubeconfig and the cluster, and asks for the rest.',
    )
    .option('--file <file>', 'the cluster file; a new cluster is added to an existing file', 'cwii.yaml')
    .option('--kubeconfig <file>', "the kubeconfig (default: kubectl's)")
    .option('--context <name>', 'the context in the kubeconfig (default: the current one)')
    .option('--name <name>', "the cluster's name (default: from the context)")
    .option('--account <id>', 'the AWS account (default: that of your AWS credentials)')
    .option('--region <code>', 'the AWS region (default: AWS_REGION)')
    .option('--api-url <url>', 'the API server as the function reaches it, if different from the kubeconfig')
    .option(
      '--issuer <url>',
      "the issuer that clouds trust, if different from the cluster's; with --issuer-hosting domain the new one",
    )
    .addOption(new Option('--issuer-hosting <kind>', 'how cwii publishes the issuer').choices(hostings))
    .option(
      '--certificate-arn <arn>',
      "with --issuer-hosting domain: the ACM certificate (us-east-1) for the issuer's host",
    )
    .addOption(new Option('--credential <kind>', 'how the function authenticates to the cluster').choices(credentials))
    .option('--sts-issuer <url>', 'for web-identity: the issuer of the AWS account')
    .option('--eks-cluster <id>', "for eks: aws-iam-authenticator's cluster ID")
    .option(
      '--concurrency-limit <n>',
      "the account's limit of concurrent executions; new accounts can have 10 (default: 1000)",
    )
    .option(
      '--caller-token <file>',
      "the API server's token for the webhook; created if it does not exist (default: caller-token-<name>)",
    )
    .option('--yes', 'use the defaults and ask nothing')
    .option('--force', 'replace an existing file')
    .addHelpText('after', HELP)
    .action(init);
}

const HELP = `
The cluster is read with kubectl, so every way to log in that works with kubectl works here. The file contains no
secret: the API server's token is written to its own file, and cwii.yaml has its SHA-256 digest (cwii caller-token).

For --sts-issuer run aws iam enable-outbound-web-identity-federation once, and then
aws iam get-outbound-web-identity-federation-info --query IssuerIdentifier --output text

Examples:
  cwii init
  cwii init --yes --name prod --region eu-central-1 --sts-issuer https://….tokens.sts.global.api.aws
`;

async function init(options: InitOptions): Promise<void> {
  const existing = options.force ? [] : clusterNames(options.file);
  const { context, server, ca, unsupported } = currentCluster(options);
  const minor = minorVersion(options);
  note(
    `reading the context ${context} of the kubeconfig: ${server}${minor === undefined ? '' : `, Kubernetes 1.${minor}`}`,
  );
  for (const option of unsupported) warn('kubeconfig-not-applied', `the kubeconfig has ${option}`);
  using answers = new Answers(Boolean(process.stdin.isTTY && process.stderr.isTTY) && !options.yes);
  try {
    const cluster = await askCluster(options, { existing, context, server, minor }, answers);
    writeCluster(options, { ...cluster, api: { ...cluster.api, ca } });
  } catch (error) {
    answers.showGiven();
    throw error;
  }
}

interface Found {
  /** The names of the clusters in the file. */
  readonly existing: readonly string[];
  readonly context: string;
  readonly server: string;
  readonly minor: number | undefined;
}

async function askCluster(options: InitOptions, { existing, context, server, minor }: Found, answers: Answers) {
  // Read before the questions: if the cluster does not answer, no answer is lost.
  const currentIssuer = options.issuer ?? discoverIssuer(options);
  explainVersion(minor);
  const url = await askApiUrl(options, server, answers);
  const scope = addressScope(url);
  if (scope === 'private')
    warn(
      'api-url-private',
      `${url} is a private address; fill in api.vpc in the file, so that the function reaches it`,
    );
  const name = await answers.ask({
    option: '--name <name>',
    prompt: "The cluster's name",
    value: options.name,
    byDefault: clusterNameFrom(context),
    schema: schemas.name,
  });
  if (existing.includes(name))
    throw new CwiiError(
      'cluster-exists',
      `${options.file} already has a cluster ${name}; choose another --name, edit the file, or replace the whole file with --force`,
    );
  const region = await answers.ask({
    option: '--region <code>',
    prompt: 'The AWS region',
    value: options.region,
    byDefault: process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION'],
    schema: schemas.region.unwrap(),
  });
  const account = await answers.ask({
    option: '--account <id>',
    prompt: 'The AWS account (empty: that of your AWS credentials)',
    value: options.account,
    byDefault: '',
    schema: schemas.account.unwrap(),
  });
  const concurrencyLimit = await askConcurrencyLimit(options, answers);
  const credential = await askCredential(options, minor, answers);
  const issuer = await chooseIssuer(options, { name, current: currentIssuer }, credential.credentialKind, answers);
  answers.checkComplete();
  return {
    name,
    account,
    region,
    concurrencyLimit,
    kubernetesMinor: minor,
    api: { url, scope },
    ...credential,
    ...issuer,
  };
}

/** A reservation that the account's limit does not allow would fail the deployment. */
async function askConcurrencyLimit(options: InitOptions, answers: Answers): Promise<number> {
  const answer = await answers.ask({
    option: '--concurrency-limit <n>',
    prompt:
      "The account's limit of concurrent executions (aws lambda get-account-settings --query AccountLimit.ConcurrentExecutions)",
    value: options.concurrencyLimit,
    byDefault: '1000',
    schema: z.string().regex(/^\d{1,7}$/, { error: 'is not a whole number; write the limit, such as 1000' }),
  });
  return Number(answer);
}

/** The function cannot use an address of the machine that runs cwii, so it is not a default either. */
function askApiUrl(options: InitOptions, server: string, answers: Answers): Promise<string> {
  const isLoopback = addressScope(server) === 'loopback';
  if (isLoopback && options.apiUrl === undefined && !answers.interactive)
    throw new CwiiError(
      'api-url-loopback',
      `the kubeconfig has ${server}, which ${LOOPBACK_PROBLEM}; pass it with --api-url`,
    );
  return answers.ask({
    option: '--api-url <url>',
    prompt: `The API server, as the function reaches it${isLoopback ? ` (not ${server}, which is this machine)` : ''}`,
    value: options.apiUrl,
    byDefault: isLoopback ? undefined : server,
    schema: schemas.api.shape.url.check(({ value, issues }) => {
      if (addressScope(value) === 'loopback')
        issues.push({ code: 'custom', message: `is ${value}, which ${LOOPBACK_PROBLEM}`, input: value });
    }),
  });
}

function writeCluster(options: InitOptions, cluster: Omit<NewCluster, 'callerDigest' | 'callerTokenFile'>): void {
  const { file, force = false, callerToken } = options;
  const callerTokenFile = callerToken ?? join(dirname(file), `caller-token-${cluster.name}`);
  const isNewToken = !existsSync(callerTokenFile);
  const token = isNewToken ? createSecret() : readSecret(callerTokenFile);
  const entry = clusterEntry({ ...cluster, callerDigest: digestOf(token), callerTokenFile });
  const text = withCluster(file, entry, force);
  if (isNewToken) writeSecret(callerTokenFile, token);
  writeTextFile(file, text);
  note(`${file} now has the cluster ${cluster.name}`);
  if (isNewToken) note(`${callerTokenFile} has the API server's token; keep it out of git`);
  const ignored = ignoreInGit(callerTokenFile);
  if (ignored !== undefined) note(`${ignored} now excludes it from git`);
  note('next, review the file and run npx cdk deploy --all --outputs-file cdk-outputs.json (docs/deploying.md)');
}

/** A DNS label from the name of a context, such as kubernetes-admin@prod or arn:aws:eks:…:cluster/prod. */
function clusterNameFrom(context: string): string | undefined {
  const last = context.split(/[@/]/).at(-1) ?? '';
  const label = last
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40)
    .replace(/-+$/, '');
  return label === '' ? undefined : label;
}
