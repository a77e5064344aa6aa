// The command line `cwii`: its commands, and how a command that fails ends.

import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { CwiiError } from '../lib/common/errors.ts';
import { packageFile } from '../lib/common/package-root.ts';
import { callerTokenCommand } from './caller-token.ts';
import { initCommand } from './init.ts';
import { manifestsCommand } from './manifests.ts';
import { previewCommand } from './preview.ts';
import { serveCommand } from './serve.ts';

/** Runs one command. A failure that the user can correct is one sentence on standard error, and status 1. */
export async function run(args: readonly string[]): Promise<void> {
  try {
    await createProgram().parseAsync(args, { from: 'user' });
  } catch (error) {
    // A CwiiError is a sentence for the user; anything else is a defect, and its trace is what a report needs.
    if (!(error instanceof CwiiError)) throw error;
    process.stderr.write(`cwii: ${error.message}\n`);
    process.exitCode = 1;
  }
}

function createProgram(): Command {
  const { version } = JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as { version: string };
  const program = new Command('cwii')
    .description(
      'Cluster Workload Identity Injector: gives pods of a self-hosted Kubernetes cluster their cloud identity by annotation, from a mutating admission webhook that runs outside the cluster.',
    )
    .version(version)
    .addCommand(initCommand())
    .addCommand(callerTokenCommand())
    .addCommand(manifestsCommand())
    .addCommand(previewCommand())
    .addCommand(serveCommand())
    .addHelpText(
      'after',
      '\nStart with:\n  cwii preview -f pod.yaml -o diff     what the webhook would do to the pods in a file\n',
    );
  for (const command of [program, ...program.commands])
    command.showHelpAfterError('(add --help for what the command takes)');
  return program;
}
