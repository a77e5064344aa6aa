// `cwii caller-token`: makes the secret with which the API server authenticates to the webhook.

import { Command, Option } from 'commander';
import { changeDigests } from './cluster-file-edits.ts';
import { note } from './report.ts';
import { createSecret, digestOf, readSecret, writeSecret } from './secret-file.ts';

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
    .description('Make the token with which the API server authenticates to the webhook, and its digest for cwii.yaml.')
    .option('--out <file>', 'write the token to a file that only you can read, instead of to standard output')
    .addOption(
      new Option('--digest-of <file>', 'use the token in this file instead of a new one').conflicts(['out', 'force']),
    )
    .option('--path-key', 'make a key for the path /k/KEY, for clusters whose API server flags cannot be set')
    .option('--cluster <name>', 'add the digest to callers of this cluster in cwii.yaml')
    .option('--only', 'with --cluster: replace the other digests, which finishes a rotation')
    .option('--file <file>', 'the cluster file', 'cwii.yaml')
    .option('--force', 'overwrite the file of --out')
    .addHelpText('after', HELP)
    .action(callerToken);
}

const HELP = `
The function gets only the SHA-256 digest. Store the token on the control plane, in the file that tokenFile names
(cwii manifests), and nowhere else: not in git, and not in cwii.yaml.

Rotation without a rejected call:
  1. cwii caller-token --out caller-token.new --cluster prod   the function will accept both tokens
     npx cdk deploy cwii-prod
  2. on every control-plane node, replace the file that tokenFile names with caller-token.new; the API server reads
     it again within about a minute, without a restart
  3. cwii caller-token --digest-of caller-token.new --cluster prod --only   the old token is no longer accepted
     npx cdk deploy cwii-prod

Examples:
  cwii caller-token --out caller-token              prints the digest
  cwii caller-token --digest-of caller-token        prints it again
  cwii caller-token --path-key --out path-key       for cwii manifests --path-key path-key
`;

function callerToken(options: CallerTokenOptions, command: Command): void {
  const { out, cluster, file, pathKey = false, only = false } = options;
  if (only && cluster === undefined) command.error("error: option '--only' needs '--cluster <name>'");
  const secret = options.digestOf === undefined ? createSecret() : readDigested(options.digestOf);
  const digest = digestOf(secret);
  const key = pathKey ? 'pathKeySha256' : 'tokenSha256';
  // Before the token is written, so that no token is left over if the cluster file cannot be changed.
  const edit = cluster === undefined ? undefined : changeDigests(file, { cluster, key, digest, only });
  if (out !== undefined) writeSecret(out, secret, options.force);
  edit?.write();
  // The result goes to standard output, everything else to standard error.
  const printsSecret = options.digestOf === undefined && out === undefined;
  process.stdout.write(`${printsSecret ? secret : digest}\n`);
  const what = pathKey ? 'path key' : 'token';
  if (printsSecret) note(`the SHA-256 of the ${what} is ${digest}`);
  if (out !== undefined) note(`the ${what} is in ${out}; keep it out of git`);
  if (!edit) note(`add the digest to callers.${key} in cwii.yaml (two during a rotation), or pass --cluster NAME`);
  else if (edit.digests.length > 1)
    note(
      `${file} now has both digests of ${cluster}: deploy, replace the ${what} of the API server, then remove the old digest with --only`,
    );
  else note(`${file} now has only this digest of ${cluster}; deploy to apply it`);
}

function readDigested(file: string): string {
  const remedyIfMissing = `name another file, or make a new one with \`cwii caller-token --out ${file}\``;
  return readSecret(file, { label: `--digest-of ${file}`, remedyIfMissing });
}
