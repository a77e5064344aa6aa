// `cwii preview`: shows what the webhook would do to the pods in manifests.

import { Command, InvalidArgumentError, Option } from 'commander';
import { describeFinding } from '../lib/annotations/findings.ts';
import type { ClusterReader } from '../lib/cluster/reader.ts';
import { StaticReader } from '../lib/cluster/static-reader.ts';
import { escapeControls } from '../lib/common/control-characters.ts';
import { withCode } from '../lib/common/describe-error.ts';
import { CwiiError } from '../lib/common/errors.ts';
import { isNamespaceName } from '../lib/kubernetes/names.ts';
import { loadStaticAnnotations } from '../lib/settings/static-annotations.ts';
import { parseMutateSettings } from '../lib/settings/webhook-config.ts';
import { type AdmittedPod, admit, type Verdict } from './preview/admission.ts';
import { simulateControllers } from './preview/controllers.ts';
import { NAMESPACE_FORMAT, readManifests } from './preview/manifest-files.ts';
import { type Manifest, ManifestReader } from './preview/manifest-reader.ts';
import { sourceNames } from './preview/read-sources.ts';
import { type OutputFormat, outputFormats, render } from './preview/render.ts';

interface PreviewOptions {
  readonly filename: string[];
  readonly output: OutputFormat;
  readonly namespace: string;
}

export function previewCommand(): Command {
  return new Command('preview')
    .description(
      'Show what the webhook would do to the Pods and pod templates in manifests. It changes nothing and needs no cluster.',
    )
    .requiredOption('-f, --filename <file...>', 'manifests: files, directories, or - for standard input (required)')
    .addOption(new Option('-o, --output <format>', 'what to print').choices(outputFormats).default('yaml'))
    .option('-n, --namespace <name>', 'the namespace of objects that do not set one', parseNamespace, 'default')
    .addHelpText('after', HELP)
    .action(async (options: PreviewOptions) => {
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
  explain   where each value comes from: pod, owning workload, ServiceAccount, namespace or default

The files represent the cluster: add the ServiceAccount, the Namespace and the workload of a Pod to include their
annotations. A workload is shown as the Pod that its controller would create: a Deployment's through a ReplicaSet, a
CronJob's through a Job. Warnings and denials are printed to standard error; after a denial the exit status is 1.

The settings of the webhook are read from the CWII_ variables of the function (docs/configuration.md).

Examples:
  cwii preview -f pod.yaml -o diff
  cwii preview -f deploy/ -n shop -o explain
  kubectl get pod,replicaset,deployment,serviceaccount,namespace -A -o yaml | cwii preview -f - -o json
`;

/** @returns whether any pod was denied. */
async function preview({ filename, output, namespace }: PreviewOptions): Promise<boolean> {
  const settings = parseMutateSettings(process.env);
  const manifests = await readManifests(filename, namespace);
  const { pods, owners, unknown } = simulateControllers(manifests, settings.ownerKinds);
  for (const { manifest, place } of unknown) {
    printWarning(
      'owner-kind-unknown',
      `${place}: ${manifest.kind} ${manifest.metadata.name} is not shown, because its kind is not configured; add it to CWII_OWNER_KINDS as ${ownerKindOf(manifest)}`,
    );
  }
  if (pods.length === 0) {
    const kinds = [...new Set(manifests.map(({ manifest }) => manifest.kind))].join(', ');
    throw new CwiiError(
      'nothing-to-preview',
      `nothing to preview: ${sourceNames(filename)} has ${kinds}, but no Pod and no workload that creates Pods`,
    );
  }

  const reader = await createReader([...manifests.map(({ manifest }) => manifest), ...owners]);
  const results: AdmittedPod[] = [];
  for (const pod of pods) results.push(await admit(pod, settings, reader));

  const admitted = results.filter(({ verdict }) => verdict.kind !== 'denied');
  process.stdout.write(render(output === 'explain' ? results : admitted, output));
  for (const { name, verdict } of results) printFindings(name, verdict);
  return admitted.length < results.length;
}

/**
 * The manifests as the cluster. With static annotations the function does not read the cluster, so they
 * replace it.
 */
async function createReader(manifests: readonly Manifest[]): Promise<ClusterReader> {
  const statics = process.env['CWII_STATIC_ANNOTATIONS']?.trim();
  return statics ? StaticReader.parse(await loadStaticAnnotations(statics)) : new ManifestReader(manifests);
}

function printFindings(name: string, verdict: Verdict): void {
  if (verdict.kind === 'skipped') {
    printWarning(verdict.reason, `Pod ${name} is not changed by the webhook`);
    return;
  }
  for (const finding of verdict.findings) {
    const { code, severity } = finding;
    if (severity === 'warn') printWarning(code, describeFinding(finding));
    else printLine(`Error: Pod ${name} is denied: ${withCode(describeFinding(finding), code)}`);
  }
}

/** The prefix is the one with which kubectl prints the warnings of a webhook. */
function printWarning(code: string, message: string): void {
  printLine(`Warning: ${withCode(message, code)}`);
}

function printLine(message: string): void {
  process.stderr.write(`${escapeControls(message)}\n`);
}

function parseNamespace(text: string): string {
  if (!isNamespaceName(text))
    throw new InvalidArgumentError(`"${text}" cannot be the name of a namespace; write ${NAMESPACE_FORMAT}.`);
  return text;
}

function ownerKindOf({ apiVersion, kind }: Manifest): string {
  return `${apiVersion}/${kind.toLowerCase()}s=${kind}`;
}
