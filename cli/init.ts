// `cwii init`: writes a cluster into cwii.yaml from the kubeconfig, and asks only for what cannot be known.

import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Command, Option } from 'commander';
import { clusterSchema } from '../cluster-file/schema.ts';
import { CwiiError } from '../lib/common/errors.ts';
import { clusterNames, withCluster } from './cluster-file-edits.ts';
import { Answers } from './init/answers.ts';
import { clusterEntry } from './init/cluster-entry.ts';
import { askIssuer, hostings, type IssuerOptions } from './init/issuer.ts';
import { reachOf, remedyOf } from './init/reach.ts';
import { currentCluster, minorVersion } from './kubectl.ts';
import { say } from './say.ts';
import { digestOf, makeSecret, readSecret, writeSecret } from './secret-file.ts';

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
/** Of the file's keys, those that a question is about. */
const keys = clusterSchema.shape;

export function initCommand(): Command {
  return new Command('init')
    .description(
      'Write cwii.yaml from the current kubeconfig: API server, CA and issuer, asking only for what cannot be known.',
    )
    .option('--file <file>', 'the cluster file; a cluster with a new name is added to one that is there', 'cwii.yaml')
    .option('--kubeconfig <file>', "the kubeconfig (default: kubectl's)")
    .option('--context <name>', 'the context in it (default: the current one)')
    .option('--name <name>', "the cluster's name (default: from the context)")
    .option('--account <id>', "the AWS account (default: the AWS CLI's)")
    .option('--region <code>', 'the AWS region (default: AWS_REGION)')
    .option('--api-url <url>', 'the API server as the function reaches it, if not as you do')
    .option(
      '--issuer <url>',
      "the issuer that clouds trust, if not the cluster's own; with --issuer-hosting domain the new one",
    )
    .addOption(new Option('--issuer-hosting <kind>', 'how cwii publishes the issuer').choices(hostings))
    .option(
      '--certificate-arn <arn>',
      "the ACM certificate (us-east-1) of the issuer's host, with --issuer-hosting domain",
    )
    .addOption(new Option('--credential <kind>', 'how the function authenticates to the cluster').choices(credentials))
    .option('--sts-issuer <url>', 'for web-identity: the issuer of the AWS account')
    .option('--eks-cluster <id>', "for eks: aws-iam-authenticator's cluster ID")
    .option(
      '--caller-token <file>',
      "the API server's token for the webhook; made if it is not there (default: caller-token-<name>)",
    )
    .option('--yes', 'take the defaults, ask nothing')
    .option('--force', 'begin the file anew if it exists')
    .addHelpText('after', HELP)
    .action(init);
}

const HELP = `
The cluster is asked by kubectl, so whatever kubectl can log in with works here. No secret goes into the file: the
caller's token gets a file of its own, and cwii.yaml its SHA-256 (cwii caller-token).

The issuer of the account: aws iam enable-outbound-web-identity-federation (once), later
aws iam get-outbound-web-identity-federation-info --query IssuerIdentifier --output text

Examples:
  cwii init
  cwii init --yes --name prod --region eu-central-1 --sts-issuer https://….tokens.sts.global.api.aws
`;

async function init(options: InitOptions): Promise<void> {
  const { file, force = false } = options;
  const existing = force ? [] : clusterNames(file);
  const { context, server, ca, differences } = currentCluster(options);
  for (const difference of differences) say(`mind that your kubeconfig has ${difference}`);
  using answers = new Answers(Boolean(process.stdin.isTTY && process.stderr.isTTY) && !options.yes);
  const url = await answers.to({
    flag: '--api-url <url>',
    words: 'The API server, as the function reaches it',
    given: options.apiUrl,
    byDefault: server,
    schema: keys.api.shape.url,
  });
  const reach = reachOf(url);
  const remedy = remedyOf(reach, url);
  if (remedy) say(remedy);
  const name = await answers.to({
    flag: '--name <name>',
    words: "The cluster's name",
    given: options.name,
    byDefault: nameFrom(context),
    schema: keys.name,
  });
  if (existing.includes(name))
    throw new CwiiError(
      'cluster-exists',
      `${file} has a cluster ${name} already; choose another --name, edit the file, or begin it anew with --force`,
    );
  const region = await answers.to({
    flag: '--region <code>',
    words: 'The AWS region',
    given: options.region,
    byDefault: process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION'],
    schema: keys.region.unwrap(),
  });
  const account = await answers.to({
    flag: '--account <id>',
    words: "The AWS account (empty: the AWS CLI's)",
    given: options.account,
    byDefault: '',
    schema: keys.account.unwrap(),
  });
  const credential = await askCredential(options, answers);
  const issuer = await askIssuer(options, name, credential.credentialKind, answers);
  answers.complete();
  const callerToken = options.callerToken ?? join(dirname(file), `caller-token-${name}`);
  const isNew = !existsSync(callerToken);
  const token = isNew ? makeSecret() : readSecret(callerToken);
  const cluster = {
    name,
    account,
    region,
    api: { url, ca, reach },
    ...credential,
    ...issuer,
    callerDigest: digestOf(token),
    callerTokenFile: callerToken,
  };
  const text = withCluster(file, clusterEntry(cluster), force);
  if (isNew) writeSecret(callerToken, token);
  writeFileSync(file, text);
  say(
    `${file} has the cluster ${name} now${isNew ? `, and ${callerToken} the API server's token; keep that out of git` : ''}`,
  );
  say('next: read the file, then npx cdk deploy --all --outputs-file cdk-outputs.json (docs/deploying.md)');
}

/** Structured authentication is there, and switched on, from Kubernetes 1.30 on. */
const OLDEST_FOR_WEB_IDENTITY = 30;

async function askCredential(options: InitOptions, answers: Answers) {
  const minor = options.credential === undefined ? minorVersion(options) : undefined;
  const isOld = minor !== undefined && minor < OLDEST_FOR_WEB_IDENTITY;
  if (isOld)
    say(
      `Kubernetes 1.${minor} knows no web identity (1.${OLDEST_FOR_WEB_IDENTITY} does), so the credential secret is offered`,
    );
  const kind = await answers.choose(credentials, {
    flag: '--credential <kind>',
    words: 'How the function authenticates to the cluster',
    given: options.credential,
    byDefault: isOld ? 'secret' : 'web-identity',
  });
  const shape = keys.credential.shape;
  if (kind === 'web-identity') {
    const issuer = await answers.to({
      flag: '--sts-issuer <url>',
      words:
        "The account's issuer (aws iam get-outbound-web-identity-federation-info --query IssuerIdentifier --output text)",
      given: options.stsIssuer,
      schema: shape.webIdentity.unwrap().shape.issuer,
    });
    return { credentialKind: kind, credential: { webIdentity: { issuer } } };
  }
  if (kind !== 'eks') return { credentialKind: kind, credential: { [kind]: {} } };
  const cluster = await answers.to({
    flag: '--eks-cluster <id>',
    words: "aws-iam-authenticator's cluster ID",
    given: options.eksCluster,
    schema: shape.eks.unwrap().shape.cluster,
  });
  return { credentialKind: kind, credential: { eks: { cluster } } };
}

/** A DNS label from a context's name, such as kubernetes-admin@prod or arn:aws:eks:…:cluster/prod. */
function nameFrom(context: string): string | undefined {
  const last = context.split(/[@/]/).at(-1) ?? '';
  const label = last
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40)
    .replace(/-+$/, '');
  return label === '' ? undefined : label;
}
