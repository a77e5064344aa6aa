// `cwii init`: writes a cluster into cwii.yaml from the kubeconfig, and asks for what it cannot find out.

import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Command, Option } from 'commander';
import { clusterSchema } from '../cluster-file/schema.ts';
import { CwiiError } from '../lib/common/errors.ts';
import { describeWriteError } from '../lib/common/text-file.ts';
import { clusterNames, withCluster } from './cluster-file-edits.ts';
import { Answers } from './init/answers.ts';
import { addressScope, warnAboutAddress } from './init/api-address.ts';
import { clusterEntry } from './init/cluster-entry.ts';
import { chooseIssuer, hostings, type IssuerOptions } from './init/issuer.ts';
import { currentCluster, minorVersion } from './init/kubectl.ts';
import { note, warn } from './report.ts';
import { createSecret, digestOf, readSecret, writeSecret } from './secret-file.ts';

interface InitOptions extends IssuerOptions {
  readonly file: string;
  readonly name?: string;
  readonly account?: string;
  readonly region?: string;
  readonly apiUrl?: string;
  readonly credential?: string;
  readonly stsIssuer?: string;
  readonly eksCluster?: string;
  readonly callerToken?: string;
  readonly yes?: boolean;
  readonly force?: boolean;
}

const credentials = ['web-identity', 'secret', 'eks', 'none'] as const;
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
  const { file, force = false } = options;
  const existing = force ? [] : clusterNames(file);
  const { context, server, ca, unsupported } = currentCluster(options);
  for (const option of unsupported) warn('kubeconfig-not-applied', `the kubeconfig has ${option}`);
  using answers = new Answers(Boolean(process.stdin.isTTY && process.stderr.isTTY) && !options.yes);
  const url = await answers.ask({
    option: '--api-url <url>',
    prompt: 'The API server, as the function reaches it',
    value: options.apiUrl,
    byDefault: server,
    schema: schemas.api.shape.url,
  });
  const scope = addressScope(url);
  warnAboutAddress(scope, url);
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
      `${file} already has a cluster ${name}; choose another --name, edit the file, or replace the whole file with --force`,
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
  const credential = await askCredential(options, answers);
  const issuer = await chooseIssuer(options, name, credential.credentialKind, answers);
  answers.checkComplete();
  const callerTokenFile = options.callerToken ?? join(dirname(file), `caller-token-${name}`);
  const isNewToken = !existsSync(callerTokenFile);
  const token = isNewToken ? createSecret() : readSecret(callerTokenFile);
  const api = { url, ca, scope };
  const cluster = { name, account, region, api, ...credential, ...issuer, callerDigest: digestOf(token) };
  const text = withCluster(file, clusterEntry({ ...cluster, callerTokenFile }), force);
  if (isNewToken) writeSecret(callerTokenFile, token);
  write(file, text);
  note(`${file} now has the cluster ${name}`);
  if (isNewToken) note(`${callerTokenFile} has the API server's token; keep it out of git`);
  note('next, review the file and run npx cdk deploy --all --outputs-file cdk-outputs.json (docs/deploying.md)');
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new CwiiError('file-unwritable', `${file} ${describeWriteError(error)}`, { cause: error });
  }
}

/** Structured authentication is on by default from Kubernetes 1.30. */
const MIN_VERSION_FOR_WEB_IDENTITY = 30;

async function askCredential(options: InitOptions, answers: Answers) {
  const minor = options.credential === undefined ? minorVersion(options) : undefined;
  const isTooOld = minor !== undefined && minor < MIN_VERSION_FOR_WEB_IDENTITY;
  if (isTooOld)
    warn(
      'web-identity-unsupported',
      `Kubernetes 1.${minor} does not support web identities, which need 1.${MIN_VERSION_FOR_WEB_IDENTITY}; the default credential is secret`,
    );
  const kind = await answers.choose(credentials, {
    option: '--credential <kind>',
    prompt: 'How the function authenticates to the cluster',
    value: options.credential,
    byDefault: isTooOld ? 'secret' : 'web-identity',
  });
  const shape = schemas.credential.shape;
  if (kind === 'web-identity') {
    const issuer = await answers.ask({
      option: '--sts-issuer <url>',
      prompt:
        "The account's issuer (aws iam get-outbound-web-identity-federation-info --query IssuerIdentifier --output text)",
      value: options.stsIssuer,
      schema: shape.webIdentity.unwrap().shape.issuer,
    });
    return { credentialKind: kind, credential: { webIdentity: { issuer } } };
  }
  if (kind !== 'eks') return { credentialKind: kind, credential: { [kind]: {} } };
  const cluster = await answers.ask({
    option: '--eks-cluster <id>',
    prompt: "aws-iam-authenticator's cluster ID",
    value: options.eksCluster,
    schema: shape.eks.unwrap().shape.cluster,
  });
  return { credentialKind: kind, credential: { eks: { cluster } } };
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
