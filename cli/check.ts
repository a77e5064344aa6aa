// `cwii check`: why a pod has no identity, from the cluster to the cloud.

import { Command } from 'commander';
import { CwiiError } from '../lib/common/errors.ts';
import { checksBeforeInstallation, checksOfInstallation, checksOfPod, checksWithProbe } from './check/checks.ts';
import { addCheckOptions, type CheckOptions } from './check/options.ts';
import type { PodCheckOptions } from './check/pod/checks.ts';
import { type ChecksByCategory, runReport } from './check/run-report.ts';
import { trustChecks } from './check/trust/checks.ts';
import { type NamespacedName, parseNamespacedName } from './namespaced-name.ts';
import { reportError } from './report.ts';
import type { ServiceAccountName } from './trust/identities.ts';
import { parseServiceAccount } from './trust/service-account-name.ts';

/** A failed check is 1; a check that could not run is 2, as with linters. */
const FAILED = 1;
const NOT_RUN = 2;

export function checkCommand(): Command {
  return (
    addCheckOptions(new Command('check'))
      .description(
        'Check all that an identity depends on: cluster, issuer, webhook and function. It changes nothing in the cluster. It needs no cloud credentials; with those of AWS it also checks the deployed function.',
      )
      .option('--pre', 'only what must be right before anything is installed')
      .option(
        '--probe',
        'also create a temporary registration, for one dry run, to get the own words of the API server; needs --yes',
      )
      .option('--yes', 'create and delete the registration of --probe')
      .addHelpText('after', HELP)
      .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : NOT_RUN))
      // Otherwise this command would take the options of its subcommands.
      .enablePositionalOptions()
      .addCommand(serviceAccountCommand())
      .addCommand(podCommand())
      .action((options: InstallationOptions, command: Command) => {
        if (options.probe && !options.yes)
          command.error("error: option '--probe' needs '--yes', because it creates a registration for a moment");
        return checkInstallation(options);
      })
  );
}

/** A healthy installation says nothing about the clouds and about pods, and the reader may look for these. */
async function checkInstallation(options: InstallationOptions): Promise<void> {
  await check(checksFor(options), options);
  const isWhole = !options.pre && options.only === undefined;
  if (options.output === 'text' && process.exitCode !== NOT_RUN && isWhole) process.stdout.write(FURTHER);
}

const FURTHER =
  'Not checked: the clouds (`cwii check serviceaccount`), single pods (`cwii check pod NAMESPACE/NAME`) and all workloads (`cwii audit`).\n';

function serviceAccountCommand(): Command {
  return addCheckOptions(new Command('serviceaccount'))
    .description(
      'Check that the clouds trust a ServiceAccount: request its token, exchange it as a pod would, and explain a refusal.',
    )
    .argument('[namespace/name]', 'the ServiceAccount (default: every one that requests a cloud)', parseServiceAccount)
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : NOT_RUN))
    .addHelpText('after', SERVICE_ACCOUNT_HELP)
    .action((serviceAccount: ServiceAccountName | undefined, options: CheckOptions) =>
      check(trustChecks(serviceAccount), options),
    );
}

const SERVICE_ACCOUNT_HELP = `
The exchanges need no cloud credentials. They create sessions that nobody uses: CloudTrail shows the session cwii-check.
The check prints and keeps no token and no credentials. cwii trust prints what a cloud needs to trust the ServiceAccount.

Examples:
  cwii check serviceaccount shop/checkout
  cwii check serviceaccount -o json
`;

type InstallationOptions = CheckOptions & {
  readonly pre?: boolean;
  readonly probe?: boolean;
  readonly yes?: boolean;
};

function checksFor({ pre, probe }: InstallationOptions): ChecksByCategory {
  if (pre) return checksBeforeInstallation;
  return probe ? checksWithProbe : checksOfInstallation;
}

function podCommand(): Command {
  return addCheckOptions(new Command('pod'))
    .description('Check one pod: what it has, what it should have, and why they differ.')
    .argument('<namespace/name>', 'the pod', (text: string) => parseNamespacedName(text, 'pod', 'shop/checkout-0'))
    .option('--logs', 'look for credential errors in the logs of its containers; only the words found are shown')
    .option('--secrets', 'read the names of the keys of Secrets that its containers use with envFrom, never the values')
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : NOT_RUN))
    .addHelpText('after', POD_HELP)
    .action((name: NamespacedName, options: CheckOptions & PodCheckOptions) =>
      check(checksOfPod(name, options), options),
    );
}

const POD_HELP = `
Examples:
  cwii check pod shop/checkout-5d4f8c7b9-x2x7k
  cwii check pod shop/checkout-0 --logs
`;

const HELP = `
Exit status: 0 nothing failed, 1 a check failed, 2 the checks could not run.

Examples:
  cwii check
  cwii check --pre                           before cwii is deployed
  cwii check --only webhook -o json
  cwii check pod shop/checkout-0             why one pod has no identity
  cwii check --wait 5m                       in a pipeline, after a deployment
`;

async function check(checks: ChecksByCategory, options: CheckOptions): Promise<void> {
  try {
    if (!(await runReport(checks, options))) process.exitCode = FAILED;
  } catch (error) {
    if (!(error instanceof CwiiError)) throw error;
    reportError(error);
    process.exitCode = NOT_RUN;
  }
}
