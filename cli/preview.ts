// `cwii preview`: what the webhook would do to the pods of manifests, with the other manifests as the cluster.

import { Command, InvalidArgumentError, Option } from 'commander';
import { describeFinding } from '../lib/annotations/findings.ts';
import type { ClusterReader } from '../lib/cluster/reader.ts';
import { StaticReader } from '../lib/cluster/static-reader.ts';
import { CwiiError } from '../lib/common/errors.ts';
import { isNamespaceName } from '../lib/kubernetes/names.ts';
import { loadStaticAnnotations } from '../lib/settings/static-annotations.ts';
import { parseMutateSettings } from '../lib/settings/webhook-config.ts';
import { admit, type Previewed, type Verdict } from './admission.ts';
import { simulateControllers } from './controllers.ts';
import { NAMESPACE_FORM, readManifests, sourceNames } from './manifest-files.ts';
import { type Manifest, ManifestReader } from './manifest-reader.ts';
import { type OutputFormat, outputFormats, render } from './render.ts';

interface PreviewOptions {
  readonly filename: string[];
  readonly output: OutputFormat;
  readonly namespace: string;
}

export function previewCommand(): Command {
  return new Command('preview')
    .description(
      'Show what the webhook would do to the Pods and pod templates in manifests. Changes nothing, needs no cluster.',
    )
    .requiredOption('-f, --filename <file...>', 'manifests: files, directories, or - for standard input (required)')
    .addOption(new Option('-o, --output <format>', 'what to print').choices(outputFormats).default('yaml'))
    .option('-n, --namespace <name>', 'the namespace of objects that name none', parseNamespace, 'default')
    .addHelpText('after', HELP)
    .action(async (options: PreviewOptions) => {
      const denied = await preview(options);
      if (denied) process.exitCode = 1;
    });
}

const HELP = `
Output formats:
  yaml      the Pods as the cluster would store them (default)
  json      the same as a v1 List
  diff      what changes in each Pod, coloured on a terminal
  patch     the JSON Patch that the webhook answers, one for each Pod
  explain   where each value came from: pod, owning workload, ServiceAccount, namespace or default

The files stand for the cluster: put the ServiceAccount, the Namespace and the workload beside the Pod to see
their annotations count. A workload is shown as the Pod that its controller would make: a Deployment's through a
ReplicaSet, a CronJob's through a Job. Warnings and refusals go to standard error; a refusal ends with status 1.

The webhook's settings are read from the same CWII_ variables as the function's (docs/configuration.md).

Examples:
  cwii preview -f pod.yaml -o diff
  cwii preview -f deploy/ -n shop -o explain
  kubectl get pod,replicaset,deployment,serviceaccount,namespace -A -o yaml | cwii preview -f - -o json
`;

/** Whether any pod was refused. */
async function preview({ filename, output, namespace }: PreviewOptions): Promise<boolean> {
  const settings = parseMutateSettings(process.env);
  const manifests = await readManifests(filename, namespace);
  const { pods, made, unknown } = simulateControllers(manifests, settings.ownerKinds);
  for (const { manifest, place } of unknown) {
    warn(
      `${place}: ${manifest.kind} ${manifest.metadata.name} is left out: its kind is not among the owners; add it to CWII_OWNER_KINDS as ${suggestion(manifest)}`,
    );
  }
  if (pods.length === 0) {
    const kinds = [...new Set(manifests.map(({ manifest }) => manifest.kind))].join(', ');
    throw new CwiiError(
      'nothing-to-preview',
      `nothing to preview in ${sourceNames(filename)}: it has ${kinds}, but no Pod and no workload that makes Pods`,
    );
  }

  const reader = await createReader([...manifests.map(({ manifest }) => manifest), ...made]);
  const previewed: Previewed[] = [];
  for (const pod of pods) previewed.push(await admit(pod, settings, reader));

  const admitted = previewed.filter(({ verdict }) => verdict.kind !== 'denied');
  process.stdout.write(render(output === 'explain' ? previewed : admitted, output));
  for (const { name, verdict } of previewed) report(name, verdict);
  return admitted.length < previewed.length;
}

/** The manifests as the cluster; or the static annotations, where the function could not read a cluster either. */
async function createReader(manifests: readonly Manifest[]): Promise<ClusterReader> {
  const statics = process.env['CWII_STATIC_ANNOTATIONS']?.trim();
  return statics ? StaticReader.parse(await loadStaticAnnotations(statics)) : new ManifestReader(manifests);
}

function report(name: string, verdict: Verdict): void {
  if (verdict.kind === 'skipped') {
    warn(`Pod ${name} is left alone: ${verdict.reason}`);
    return;
  }
  for (const finding of verdict.findings) {
    if (finding.severity === 'warn') warn(describeFinding(finding));
    else process.stderr.write(`Error: Pod ${name} is refused: ${describeFinding(finding)}\n`);
  }
}

function parseNamespace(text: string): string {
  if (!isNamespaceName(text))
    throw new InvalidArgumentError(`"${text}" cannot be the name of a namespace; write ${NAMESPACE_FORM}.`);
  return text;
}

/** In kubectl's words, which shows a webhook's warnings like this. */
function warn(message: string): void {
  process.stderr.write(`Warning: ${message}\n`);
}

function suggestion({ apiVersion, kind }: Manifest): string {
  return `${apiVersion}/${kind.toLowerCase()}s=${kind}`;
}
