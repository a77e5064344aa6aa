// Audits the objects in files: what `kubectl get -o yaml` or `-o json` printed.

import { groupOf } from '../../lib/kubernetes/objects.ts';
import { CredentialNames } from '../env-from/credential-names.ts';
import type { Simulation } from '../preview/controllers.ts';
import type { PlacedManifest } from '../preview/manifest-files.ts';
import type { Manifest } from '../preview/manifest-reader.ts';
import { ClusterObjects } from './cluster-objects.ts';
import { Collector, type CollectorInput } from './collector.ts';
import { ManifestKeys } from './listed-keys.ts';
import { registrationsIn } from './registration.ts';
import { type AuditReport, reportOf } from './report.ts';

export interface FilesInput {
  readonly manifests: readonly Manifest[];
  readonly simulation: Simulation;
  readonly settings: CollectorInput['settings'];
  /** Default: the manifests. */
  readonly reader: CollectorInput['reader'] | undefined;
  readonly notSent: CollectorInput['notSent'];
  readonly source: string;
  /** Called after each pod. */
  readonly onPod?: () => void;
}

export async function auditFiles(input: FilesInput): Promise<AuditReport> {
  const { manifests, simulation, settings, notSent, source, onPod } = input;
  const objects = new ClusterObjects([...manifests, ...simulation.owners]);
  // Without a webhook configuration in the files, cwii.yaml says which namespaces are sent.
  const registrations = registrationsIn(manifests.filter(isWebhookConfiguration));
  const credentialNames = await CredentialNames.of(settings);
  const keys = new ManifestKeys(manifests, credentialNames);
  const collector = new Collector({
    credentialNames,
    keys,
    objects,
    settings,
    notSent,
    reader: input.reader ?? objects,
    registrations: registrations.length > 0 ? registrations : undefined,
  });
  const { true: templates = [], false: pods = [] } = Object.groupBy(simulation.pods, (pod) => `${isNew(pod)}`);
  for (const template of templates) {
    await collector.addTemplate({ ...template, workload: template.workload ?? template.manifest });
    onPod?.();
  }
  for (const pod of pods) {
    await collector.addPod(pod);
    onPod?.();
  }
  const report = await reportOf(collector.workloads, { objects, settings, source, unread: keys.unread });
  const missing = missingObjects(report);
  return missing.length === 0 ? report : { ...report, unread: [missingText(missing), ...report.unread] };
}

/** The objects that configure running pods, but are not in the files: nobody knows what they request. */
export function missingObjects({ workloads }: AuditReport): readonly string[] {
  const ofRunning = workloads.filter(({ pods }) => pods.length > 0);
  return [...new Set(ofRunning.flatMap(({ missing }) => missing))];
}

const MOST_NAMED = 3;

function missingText(missing: readonly string[]): string {
  const named = missing.slice(0, MOST_NAMED).join(', ');
  const more = missing.length > MOST_NAMED ? ` and ${missing.length - MOST_NAMED} more` : '';
  const kinds = [...new Set(missing.map((object) => object.split(' ')[0]?.toLowerCase() ?? ''))].join(',');
  return `the files do not have ${named}${more}, so what they request is not known; add them, such as with kubectl get pod,${kinds} -A -o yaml`;
}

/** Whether the pod is from a template, or a manifest that was not applied yet. */
function isNew({ manifest, workload }: PlacedManifest): boolean {
  return workload !== undefined || manifest.metadata.uid === undefined;
}

export function isWebhookConfiguration({ apiVersion, kind }: Manifest): boolean {
  return groupOf(apiVersion) === 'admissionregistration.k8s.io' && kind === 'MutatingWebhookConfiguration';
}
