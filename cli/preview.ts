// `cwii preview`: shows what the webhook would do to the pods in manifests.

import { Command, Option } from 'commander';
import { describeFinding } from '../lib/annotations/findings.ts';
import type { ClusterReader } from '../lib/cluster/reader.ts';
import { StaticReader } from '../lib/cluster/static-reader.ts';
import { escapeControls } from '../lib/common/control-characters.ts';
import { withCode } from '../lib/common/describe-error.ts';
import { CwiiError } from '../lib/common/errors.ts';
import { loadStaticAnnotations } from '../lib/settings/static-annotations.ts';
import { parseMutateSettings } from '../lib/settings/webhook-config.ts';
import { namedCluster } from './cluster-option.ts';
import { type AdmittedPod, admit, type Verdict } from './preview/admission.ts';
import { environmentOf, unsentNamespaces } from './preview/cluster-settings.ts';
import { simulateControllers } from './preview/controllers.ts';
import { explain } from './preview/explain/report.ts';
import { groupByWorkload } from './preview/explain/workloads.ts';
import { identityReport } from './preview/identity-report.ts';
import { type PlacedManifest, readManifests } from './preview/manifest-files.ts';
import { type Manifest, ManifestReader } from './preview/manifest-reader.ts';
import { createsPodsThroughOperator } from './preview/operator-kinds.ts';
import { parseNamespace } from './preview/options.ts';
import { sourceNames } from './preview/read-sources.ts';
import { type OutputFormat, outputFormats, render } from './preview/render.ts';
import { Progress } from './progress.ts';

interface PreviewOptions {
  readonly filename: string[];
  readonly recursive?: boolean;
  readonly output: OutputFormat;
  readonly namespace: string;
  readonly cluster?: string;
  readonly clusterFile?: string;
  readonly only?: 'problems';
  readonly pod?: string;
  readonly against?: string[];
}

export function previewCommand(): Command {
  return new Command('preview')
    .description(
      'Show what the webhook would do to the Pods and pod templates in manifests. It changes nothing and needs no cluster.',
    )
    .requiredOption('-f, --filename <file...>', 'manifests: files, directories, or - for standard input (required)')
    .option('-R, --recursive', 'read the folders in a directory too')
    .addOption(new Option('-o, --output <format>', 'what to print').choices(outputFormats).default('yaml'))
    .option('-n, --namespace <name>', 'the namespace of objects that do not set one', parseNamespace, 'default')
    .option('--cluster <name>', 'use the settings of this cluster in the cluster file, instead of the CWII_ variables')
    .option('--cluster-file <file>', 'the cluster file (default: cwii.yaml, if --cluster is given)')
    .addOption(new Option('--only <what>', 'with -o explain: only workloads with problems').choices(['problems']))
    .option('--pod <name>', 'with -o explain: one pod or workload, NAMESPACE/NAME, with all its values')
    .option(
      '--against <file...>',
      'manifests before a change: print only what changes in the identities, as text or with -o json or html',
    )
    .addHelpText('after', HELP)
    .action(async (options: PreviewOptions, command: Command) => {
      for (const option of ['only', 'pod'] as const)
        if (options[option] !== undefined && options.output !== 'explain')
          command.error(`error: option '--${option}' needs '-o explain'`);
      if (options.against && !againstFormats.includes(options.output))
        command.error(`error: option '--against' needs '-o json', '-o html' or no format`);
      const anyDenied = await preview(options);
      if (anyDenied) process.exitCode = 1;
    });
}

const HELP = `
Output formats:
  yaml      the Pods as the cluster would store them (default)
  json      the same as a v1 List
  diff      what changes in each Pod, coloured on a terminal
  patch     the webhook's JSON Patch for each Pod
  explain   one line for each workload, problems first: what a new pod gets, from where, what was asked, and how many
            running pods have it. A single workload, or one chosen with --pod, is shown with the source of each value:
            pod, owning workload, ServiceAccount, namespace or default
  html      a page without requests to other hosts, with all workloads, their identities, and the roles by use

The files represent the cluster: annotations of an object count only if it is among them. With a workload, give its
ServiceAccount and its Namespace; with a running Pod also its owners, such as the ReplicaSet and the Deployment, or the
Job and the CronJob. A workload is shown as the Pod that its controller would create: a Deployment's through a ReplicaSet, a
CronJob's through a Job; the names of these have "preview" or zeros in place of a hash or time. Warnings (with explain:
in the report) and denials are printed to standard error; after a denial the exit status is 1.

With --against, only identities that are added, removed or changed are printed, by workload and container. The exit
status does not depend on them: it is 0, or 1 after a denial.

The settings of the webhook are read from the CWII_ variables of the function (docs/configuration.md), or with --cluster
from cwii.yaml.

Examples:
  cwii preview -f pod.yaml -o diff
  cwii preview -f deploy/ -n shop -o explain
  cwii preview -f deploy/ -o html > identities.html
  cwii preview -f deploy/ --against main-deploy/
  kubectl get pod,replicaset,deployment,statefulset,daemonset,job,cronjob,serviceaccount,namespace -A -o json |
    cwii preview -f - -o explain --cluster prod --only problems
`;

/** `yaml` is the default, in place of which the changes are printed as text. */
const againstFormats: readonly OutputFormat[] = ['yaml', 'json', 'html'];

/** One line for each reason, because a repository has many files that are not manifests. */
function warnAboutFiles(leftOut: readonly { readonly name: string; readonly reason: string }[]): void {
  for (const [reason, [first, ...others]] of Map.groupBy(leftOut, (file) => file.reason)) {
    const files = others.length === 0 ? `${first?.name} is` : `${first?.name} and ${others.length} more are`;
    printWarning('manifest-left-out', `${files} left out: ${reason}`);
  }
}

/** @returns whether any pod was denied. */
async function preview(options: PreviewOptions): Promise<boolean> {
  const { filename, output, namespace, recursive = false } = options;
  const cluster = namedCluster({ file: options.clusterFile, cluster: options.cluster });
  const settings = parseMutateSettings(cluster ? environmentOf(cluster) : process.env);
  const filesLeftOut: { readonly name: string; readonly reason: string }[] = [];
  const onLeftOut = (name: string, reason: string) => void filesLeftOut.push({ name, reason });
  const manifests = await readManifests(filename, { namespace, recursive, onLeftOut }).finally(() =>
    warnAboutFiles(filesLeftOut),
  );
  const { pods, owners, unknown, leftOut } = simulateControllers(manifests, settings.ownerKinds);
  for (const { manifest, place } of unknown) {
    printWarning(
      'owner-kind-unknown',
      `${place}: ${manifest.kind} ${manifest.metadata.name} is not shown, because its kind is not configured; add it to CWII_OWNER_KINDS as ${ownerKindOf(manifest)}`,
    );
  }
  warnAboutOperators(manifests.filter((placed) => !unknown.includes(placed) && !leftOut.includes(placed)));
  const counts = Map.groupBy(leftOut, ({ manifest }) => manifest.kind);
  for (const [kind, { length }] of counts) {
    printWarning(
      'owner-not-simulated',
      `${kind} (${length}): not shown, because its pods cannot be simulated from the manifest; add the pods themselves (kubectl get pod -o yaml)`,
    );
  }
  if (pods.length === 0) {
    const isReported = unknown.length + leftOut.length > 0;
    throw new CwiiError('nothing-to-preview', nothingToPreview(filename, manifests, isReported));
  }

  const objects = [...manifests.map(({ manifest }) => manifest), ...owners];
  const inFiles = new ManifestReader(objects);
  const reader = await createReader(inFiles);
  const results: AdmittedPod[] = [];
  const progress = new Progress('pods', pods.length);
  for (const pod of pods) {
    results.push(await admit(pod, settings, reader));
    progress.step();
  }

  const notSent = cluster ? unsentNamespaces(cluster, objects) : () => undefined;
  if (output === 'html' || options.against) {
    const against =
      options.against && (await readManifests(options.against, { namespace, recursive, onLeftOut: () => undefined }));
    const format = output === 'html' || output === 'json' ? output : 'text';
    const source = sourceNames(filename);
    const ownReader = reader === inFiles ? undefined : reader;
    process.stdout.write(
      await identityReport({ manifests, against, settings, reader: ownReader, notSent, source, format }),
    );
    for (const { name, verdict } of results) if (verdict.kind === 'denied') printDenials(name, verdict);
    return results.some(({ verdict }) => verdict.kind === 'denied');
  }
  const admitted = results.filter(({ verdict }) => verdict.kind !== 'denied');
  if (output !== 'explain') {
    process.stdout.write(render(admitted, output));
    for (const { name, verdict } of results) printFindings(name, verdict);
    return admitted.length < results.length;
  }
  const workloads = groupByWorkload(results, inFiles);
  const { only, pod } = options;
  process.stdout.write(explain(workloads, { onlyProblems: only !== undefined, pod, notSent }));
  const denied = workloads.map(({ next }) => next).filter(({ verdict }) => verdict.kind === 'denied');
  // The report has the warnings.
  for (const { name, verdict } of denied) printDenials(name, verdict);
  return denied.length > 0;
}

/** @param isReported whether warnings name workloads whose pods are not shown. */
function nothingToPreview(files: readonly string[], manifests: readonly PlacedManifest[], isReported: boolean): string {
  const kinds = [...new Set(manifests.map(({ manifest }) => manifest.kind))].join(', ');
  const found = `nothing to preview: ${sourceNames(files)} has ${kinds}`;
  if (isReported) return `${found}, but no Pod and no workload whose pods can be shown; see the warnings above`;
  return `${found}, but no Pod and no workload that creates Pods`;
}

/** One line for each kind, however many objects of it there are. */
function warnAboutOperators(manifests: readonly PlacedManifest[]): void {
  const kinds = Map.groupBy(manifests.filter(createsPodsThroughOperator), ({ manifest }) => manifest.kind);
  for (const [kind, { length }] of kinds)
    printWarning(
      'operator-creates-pods',
      `${kind} (${length}) is not shown, because its operator creates workloads for it; add those (kubectl get statefulset,deployment,daemonset -o json)`,
    );
}

/**
 * The manifests as the cluster. With static annotations the function does not read the cluster, so they
 * replace it.
 */
async function createReader(manifests: ManifestReader): Promise<ClusterReader> {
  const statics = process.env['CWII_STATIC_ANNOTATIONS']?.trim();
  return statics ? StaticReader.parse(await loadStaticAnnotations(statics)) : manifests;
}

function printFindings(name: string, verdict: Verdict): void {
  if (verdict.kind === 'skipped') {
    printWarning(verdict.reason, `Pod ${name} is not changed by the webhook`);
    return;
  }
  for (const finding of verdict.findings)
    if (finding.severity === 'warn') printWarning(finding.code, describeFinding(finding));
  printDenials(name, verdict);
}

function printDenials(name: string, verdict: Verdict): void {
  if (verdict.kind === 'skipped') return;
  for (const finding of verdict.findings)
    if (finding.severity !== 'warn')
      printLine(`Error: Pod ${name} is denied: ${withCode(describeFinding(finding), finding.code)}`);
}

/** The prefix is the one with which kubectl prints the warnings of a webhook. */
function printWarning(code: string, message: string): void {
  printLine(`Warning: ${withCode(message, code)}`);
}

function printLine(message: string): void {
  process.stderr.write(`${escapeControls(message)}\n`);
}

function ownerKindOf({ apiVersion, kind }: Manifest): string {
  return `${apiVersion}/${kind.toLowerCase()}s=${kind}`;
}
