// `cwii caller-token`: the one static secret of cwii, by which the API server shows that it is the API server.

import { Command, Option } from 'commander';
import { putDigest } from './cluster-file-edits.ts';
import { say } from './say.ts';
import { digestOf, makeSecret, readSecret, writeSecret } from './secret-file.ts';

interface CallerTokenOptions {
  readonly out?: string;
  readonly digestOf?: string;
  readonly pathKey?: boolean;
  readonly cluster?: string;
  readonly file: string;
  readonly only?: boolean;
  readonly force?: boolean;
}

export function callerTokenCommand(): Command {
  return new Command('caller-token')
    .description('Make the token by which the API server authenticates to the webhook, and its digest for cwii.yaml.')
    .option('--out <file>', 'write the token there, readable by you alone, instead of to standard output')
    .addOption(new Option('--digest-of <file>', 'make no token: take the one in this file').conflicts(['out', 'force']))
    .option('--path-key', 'a key for the path /k/KEY instead, for clusters whose API server flags cannot be set')
    .option(
      '--cluster <name>',
      'put the digest into callers of this cluster in cwii.yaml, beside the one that is there',
    )
    .option('--only', 'with --cluster: in place of what is there, which ends a rotation')
    .option('--file <file>', 'the cluster file', 'cwii.yaml')
    .option('--force', 'overwrite the file of --out')
    .addHelpText('after', HELP)
    .action(callerToken);
}

const HELP = `
The function knows only the SHA-256 digest. The token itself belongs on the control plane, in the file that tokenFile
names (cwii manifests), and nowhere else: not into git, not into cwii.yaml.

Rotation, without a moment in which a call is refused:
  1. cwii caller-token --out caller-token.new --cluster prod   the function will accept both
     npx cdk deploy cwii-prod
  2. put caller-token.new in the place of tokenFile on every control plane node; the API server reads it again
     within about a minute, without a restart
  3. cwii caller-token --digest-of caller-token.new --cluster prod --only   the old one is accepted no more
     npx cdk deploy cwii-prod

Examples:
  cwii caller-token --out caller-token              prints the digest
  cwii caller-token --digest-of caller-token        prints it again
  cwii caller-token --path-key --out path-key       the URL is then https://HOST/k/KEY
`;

function callerToken(options: CallerTokenOptions, command: Command): void {
  const { out, cluster, file, pathKey = false, only = false } = options;
  if (only && cluster === undefined) command.error("error: option '--only' needs '--cluster <name>'");
  const secret = options.digestOf === undefined ? makeSecret() : readSecret(options.digestOf);
  const digest = digestOf(secret);
  const key = pathKey ? 'pathKeySha256' : 'tokenSha256';
  // Looked at first, so that no token is made for a cluster that cannot take it.
  const edit = cluster === undefined ? undefined : putDigest(file, { cluster, key, digest, only });
  if (out !== undefined) writeSecret(out, secret, options.force);
  edit?.write();
  // What was asked for goes to standard output, and what is worth knowing to standard error.
  const shown = options.digestOf === undefined && out === undefined;
  process.stdout.write(`${shown ? secret : digest}\n`);
  const what = pathKey ? 'path key' : 'token';
  if (shown) say(`its SHA-256 is ${digest}`);
  if (out !== undefined) say(`the ${what} is in ${out}; keep it out of git`);
  if (!edit) say(`put the digest into callers.${key} of cwii.yaml (two while rotating), or add --cluster NAME`);
  else if (edit.digests.length > 1)
    say(
      `${file} has both digests of ${cluster} now: deploy, change the ${what} of the API server, then remove the old one with --only`,
    );
  else say(`${file} has this digest of ${cluster} now; deploy to make it count`);
}
