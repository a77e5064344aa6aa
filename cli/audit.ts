// `cwii audit`: whether every running workload of a cluster has the identity that it asks for.

import { Command, InvalidArgumentError, Option } from 'commander';
import { StaticReader } from '../lib/cluster/static-reader.ts';
import { CwiiError } from '../lib/common/errors.ts';
import { loadStaticAnnotations } from '../lib/settings/static-annotations.ts';
import { parseMutateSettings } from '../lib/settings/webhook-config.ts';
import { auditCluster } from './audit/audit-cluster.ts';
import { auditFiles, isWebhookConfiguration, missingObjects } from './audit/audit-files.ts';
import { type AuditFormat, auditFormats, renderAudit } from './audit/render.ts';
import type { AuditReport } from './audit/report.ts';
import { restartAll, restartable } from './audit/restart.ts';
import { type State, states } from './audit/states.ts';
import { unknownNamespace } from './audit/unknown-namespace.ts';
import { clusterIfAny, IF_IT_EXISTS } from './cluster-option.ts';
import { withCluster } from './kubectl/with-cluster.ts';
import { environmentOf, unsentNamespaces } from './preview/cluster-settings.ts';
import { simulateControllers } from './preview/controllers.ts';
import { type PlacedManifest, readManifests } from './preview/manifest-files.ts';
import type { Manifest } from './preview/manifest-reader.ts';
import { parseNamespace } from './preview/options.ts';
import { sourceNames } from './preview/read-sources.ts';
import { Progress } from './progress.ts';
import { reportError, warn } from './report.ts';

/** Workloads in the states of `--fail-on`, or a rollout that did not finish. */
const FAILED = 1;
const NOT_RUN = 2;

interface AuditOptions {
  readonly filename?: readonly string[];
  readonly recursive?: boolean;
  readonly namespace?: string;
  readonly allNamespaces?: boolean;
  readonly file?: string;
  readonly cluster?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly output: AuditFormat;
  readonly only?: readonly State[];
  readonly failOn?: readonly State[];
  readonly secrets?: boolean;
  readonly restart?: boolean;
  readonly yes?: boolean;
  readonly interval: number;
  readonly timeout: number;
}

export function auditCommand(): Command {
  return new Command('audit')
    .description(
      'Show for every running workload whether it has the identity that it asks for, and why not. It changes nothing, unless --restart and --yes are given.',
    )
    .option(
      '-f, --filename <file...>',
      'read objects from files or - instead of the cluster, as kubectl get prints them',
    )
    .option('-R, --recursive', 'with -f: read the folders in a directory too')
    .option('-n, --namespace <name>', 'only this namespace', parseNamespace)
    .option('-A, --all-namespaces', 'all namespaces (default)')
    .option('--file <file>', `the cluster file with the settings; without it the CWII_ variables count ${IF_IT_EXISTS}`)
    .option('--cluster <name>', 'the cluster in the file; not needed if it has only one')
    .option('--kubeconfig <file>', "the kubeconfig (default: kubectl's)")
    .option('--context <name>', 'the context in the kubeconfig (default: the current one)')
    .addOption(new Option('-o, --output <format>', 'the form of the report').choices(auditFormats).default('table'))
    .option(
      '--only <states>',
      'the states that the table shows (default: all but opted-out and not-asking)',
      parseStates,
    )
    .option('--fail-on <states>', 'exit with status 1 if a workload is in one of these states', parseStates)
    .option('--secrets', 'read the names of the keys of Secrets that containers use with envFrom, never the values')
    .option('--restart', 'print only the commands that restart workloads which lack their identity or are stale')
    .option('--yes', 'with --restart: run them, one workload after the other, and wait for each rollout')
    .option('--interval <seconds>', 'with --yes: the pause after each rollout', parseSeconds, 5)
    .option('--timeout <seconds>', 'with --yes: stop if a rollout takes longer', parseSeconds, 600)
    .addHelpText('after', HELP)
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : NOT_RUN))
    .action(async (options: AuditOptions, command: Command) => {
      if (options.yes && !options.restart) command.error("error: option '--yes' needs '--restart'");
      if (options.namespace !== undefined && options.allNamespaces)
        command.error("error: option '--namespace' cannot be used with '--all-namespaces'");
      if (options.yes && options.filename) command.error("error: option '--yes' needs a cluster, not files");
      try {
        await audit(options);
      } catch (error) {
        if (!(error instanceof CwiiError)) throw error;
        reportError(error);
        process.exitCode = error.code === 'rollout-unfinished' ? FAILED : NOT_RUN;
      }
    });
}

const HELP = `
States:
  lacking     pods do not have the identity that is requested, or new pods would not get it
  broken      static keys, a mount or a lost part of a copied pod make the identity useless
  stale       pods have another role, audience, lifetime or tenant than requested now, or one that nobody requests
  in-vain     annotations ask for an identity, but a finding says why no pod gets it
  own         the containers bring an identity of their own
  ok          every pod has what is requested
  opted-out   an annotation disables it
  not-asking  nothing is requested

With -f, annotations of an object count only if it is in the files: give the pods, their owners (ReplicaSets and Jobs
too), ServiceAccounts, namespaces and the MutatingWebhookConfigurations. A warning names the objects that are missing.

Exit status: 0, 1 for workloads in a state of --fail-on or a rollout that did not finish, 2 if the audit could not run,
or if --fail-on finds nothing in files without all ServiceAccounts, namespaces and owners of running pods.

Examples:
  cwii audit
  cwii audit -n shop -o json
  cwii audit -o html > audit.html
  cwii audit --fail-on lacking,stale         in a pipeline
  cwii audit --restart --yes                 gives running pods what they lack
  kubectl get pod,replicaset,deployment,statefulset,daemonset,job,cronjob,serviceaccount,namespace,mutatingwebhookconfiguration \\
    -A -o json | cwii audit -f -
`;

async function audit(options: AuditOptions): Promise<void> {
  const report = await readReport(options);
  for (const line of report.unread) warn('audit-incomplete', line);
  if (options.restart) {
    process.stdout.write(
      restartable(report)
        .map(({ restart }) => `${restart}\n`)
        .join(''),
    );
    if (options.yes)
      await restartAll(report, {
        choice: options,
        interval: options.interval * 1000,
        timeout: options.timeout,
      });
  } else process.stdout.write(renderAudit(report, options.output, options.only));
  if (options.failOn) process.exitCode = exitCodeOf(report, options.failOn, options.filename !== undefined);
}

/** Files without all objects could hide what --fail-on looks for. */
function exitCodeOf(report: AuditReport, failOn: readonly State[], areFiles: boolean): number {
  if (failOn.some((state) => report.summary.states[state] > 0)) return FAILED;
  return areFiles && missingObjects(report).length > 0 ? NOT_RUN : 0;
}

async function readReport(options: AuditOptions): Promise<AuditReport> {
  // The settings of the function are those of cwii.yaml.
  const cluster = clusterIfAny(options);
  const environment = cluster ? environmentOf(cluster) : process.env;
  const settings = parseMutateSettings(environment);
  const statics = environment['CWII_STATIC_ANNOTATIONS']?.trim();
  const reader = statics ? await StaticReader.parse(await loadStaticAnnotations(statics)) : undefined;
  if (options.filename) {
    const placed = await readManifests(options.filename, {
      namespace: 'default',
      recursive: options.recursive ?? false,
    });
    const ofNamespace = onlyNamespace(placed, options.namespace);
    const simulation = simulateControllers(ofNamespace, settings.ownerKinds);
    const progress = new Progress('pods and templates', simulation.pods.length);
    const manifests = ofNamespace.map(({ manifest }) => manifest);
    return auditFiles({
      manifests,
      simulation,
      settings,
      reader,
      notSent: cluster ? unsentNamespaces(cluster, manifests) : () => undefined,
      source: sourceNames(options.filename),
      onPod: () => progress.step(),
    });
  }
  return withCluster(options, (kube, { context, server }) =>
    auditCluster({
      kube,
      namespace: options.namespace,
      settings,
      reader,
      notSent: () => undefined,
      source: `context ${context}, ${server}`,
      readSecrets: options.secrets ?? false,
    }),
  );
}

/** @throws {CwiiError} `namespace-unknown`, so that a misspelt name is not an empty report. */
function onlyNamespace(placed: readonly PlacedManifest[], namespace: string | undefined): readonly PlacedManifest[] {
  if (namespace === undefined) return placed;
  const namespaceOf = ({ kind, metadata }: Manifest) => (kind === 'Namespace' ? metadata.name : metadata.namespace);
  const isIn = ({ manifest }: PlacedManifest) => namespaceOf(manifest) === namespace;
  const names = [...new Set(placed.map(({ manifest }) => namespaceOf(manifest)))].filter((name) => name !== undefined);
  if (placed.some(isIn)) return placed.filter((one) => isIn(one) || isWebhookConfiguration(one.manifest));
  throw unknownNamespace(`the files have no object in namespace ${namespace}`, namespace, names);
}

function parseStates(text: string): State[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !states.includes(name as State));
  if (unknown === undefined) return names as State[];
  throw new InvalidArgumentError(`unknown state "${unknown}". The states are ${states.join(', ')}.`);
}

function parseSeconds(text: string): number {
  if (!/^\d{1,5}$/.test(text)) throw new InvalidArgumentError('Write a number of seconds.');
  return Number(text);
}
