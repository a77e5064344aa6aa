// The command line `cwii`: its commands, and how an error ends a command.

import { Command } from 'commander';
import { escapeControlsInLines } from '../lib/common/control-characters.ts';
import { withCode } from '../lib/common/describe-error.ts';
import { CwiiError } from '../lib/common/errors.ts';
import { packageVersion } from '../lib/common/package-root.ts';
import { auditCommand } from './audit.ts';
import { callerTokenCommand } from './caller-token.ts';
import { checkCommand } from './check.ts';
import { explainCommand } from './explain.ts';
import { initCommand } from './init.ts';
import { manifestsCommand } from './manifests.ts';
import { previewCommand } from './preview.ts';
import { reportError } from './report.ts';
import { serveCommand } from './serve.ts';
import { trustCommand } from './trust.ts';

/** Runs one command. An error that the user can correct is one message on standard error, and status 1. */
export async function run(args: readonly string[]): Promise<void> {
  try {
    await createProgram().parseAsync(args, { from: 'user' });
  } catch (error) {
    // A CwiiError has a message for the user. Any other error is a defect, and a report needs its stack
    // trace.
    if (!(error instanceof CwiiError)) throw error;
    reportError(error);
    process.exitCode = 1;
  }
}

function createProgram(): Command {
  const program = new Command('cwii')
    .description(
      'Cluster Workload Identity Injector: gives pods of a self-hosted Kubernetes cluster a cloud identity from their annotations, with a mutating admission webhook that runs outside the cluster.',
    )
    .version(packageVersion())
    // The options after a command are its own, also those of a command of a command.
    .enablePositionalOptions()
    .addCommand(initCommand())
    .addCommand(callerTokenCommand())
    .addCommand(manifestsCommand())
    .addCommand(previewCommand())
    .addCommand(checkCommand())
    .addCommand(trustCommand())
    .addCommand(auditCommand())
    .addCommand(explainCommand())
    .addCommand(serveCommand())
    .addHelpText(
      'after',
      `
Start with:
  cwii preview -f pod.yaml -o diff     what the webhook would do to the pods in a file

Errors and warnings end with a code in brackets; cwii explain CODE describes it.
`,
    );
  for (const command of [program, ...program.commands]) {
    command.showHelpAfterError('(add --help for the options of the command)');
    command.configureOutput({
      outputError: (text, write) => write(escapeControlsInLines(`${withCode(text.trimEnd(), 'usage')}\n`)),
    });
  }
  return program;
}
