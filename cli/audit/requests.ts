// Reads what annotations ask for: which clouds, and the findings that keep a pod from getting them.

import { allFindings } from '../../lib/annotations/finding-catalogue.ts';
import type { FindingCode } from '../../lib/annotations/finding-codes.ts';
import { describeFinding, type Finding } from '../../lib/annotations/findings.ts';
import { isForCwii, isOutputKey } from '../../lib/annotations/keys.ts';
import { AZ_USE_LABEL, isNativeAnnotation } from '../../lib/annotations/native-keys.ts';
import type { Explicit, Resolution } from '../../lib/annotations/resolve.ts';
import { fieldOf } from '../../lib/common/json.ts';
import type { Provider } from '../../lib/providers/provider.ts';
import { type CredentialFromObject, ENV_FROM_REMEDY } from '../env-from/find-credentials.ts';
import { type AdmittedPod, providersOf } from '../preview/admission.ts';
import type { Manifest } from '../preview/manifest-reader.ts';
import type { Reason } from './reason-codes.ts';

/** The annotation that asks for a cloud, or that disables it. */
export type Request = { readonly asks: boolean; readonly by: Explicit<unknown> };

export function requestOf(resolution: Resolution, { id, trigger, injectKey }: Provider): Request | undefined {
  const inject = resolution.find(injectKey);
  if (inject?.value === false) return { asks: false, by: inject };
  const ofContainer = [...resolution.containerRoles.values()].find(({ key }) => key.startsWith(`cwii.dev/${id}-`));
  const by = resolution.find(trigger) ?? ofContainer ?? inject;
  return by && { asks: true, by };
}

export function resolutionOf({ verdict }: AdmittedPod): Resolution | undefined {
  return verdict.kind === 'skipped' ? undefined : verdict.resolution;
}

/** Findings that only say that an admission updated the pod: an audit shows the difference itself. */
const aboutUpdates: readonly FindingCode[] = [
  'variable-updated',
  'volume-updated',
  'own-container-updated',
  'own-container-removed',
  'identity-removed',
];

/** Findings about pods whose identity does not work, or cannot be added, because of their other content. */
const aboutBrokenPods: readonly FindingCode[] = [
  'aws-static-keys',
  'az-static-keys',
  'gcp-static-keys',
  'gcp-credentials-missing',
  'service-file-missing',
  'aws-config-missing',
  'identity-outdated',
  'identity-left',
  'identity-incomplete',
  'identity-empty',
  'mount-path-taken',
  'mount-parent-read-only',
  'volume-name-taken',
  'container-name-taken',
  'containers-too-many',
];

export function findingsOf({ verdict }: AdmittedPod): readonly Finding[] {
  if (verdict.kind === 'skipped') return [];
  return verdict.findings.filter(({ code }) => !aboutUpdates.includes(code as FindingCode));
}

export function isAboutBrokenPod(finding: Finding, { otherCredentials = [] }: Provider): boolean {
  return aboutBrokenPods.includes(finding.code as FindingCode) || isCredentialOf(finding, otherCredentials);
}

/** The same code warns about credentials that only some SDKs of a cloud prefer. */
function isCredentialOf({ code, key }: Finding, variables: readonly string[]): boolean {
  return code === 'other-credential' && variables.includes(key);
}

/** Whether the finding can be about the cloud. Some are about the pod as a whole. */
export function concerns({ code, key }: Finding, provider: Provider, all: readonly Provider[]): boolean {
  return !all.some(({ id, identityVariables, footprint, otherCredentials = [] }) => {
    if (id === provider.id) return false;
    const names = [...identityVariables, ...footprint.volumes, ...otherCredentials];
    return code.startsWith(`${id}-`) || key.startsWith(`cwii.dev/${id}-`) || names.includes(key);
  });
}

/** The finding with its remedy apart. */
export function reasonOf(finding: Finding): Reason {
  const { remedy } = allFindings[finding.code as FindingCode];
  const problem = finding.message.endsWith(`; ${remedy}`)
    ? finding.message.slice(0, -`; ${remedy}`.length)
    : finding.message;
  // The names of pods differ, and a reason is told once for all of them.
  const object = finding.scope === 'pod' ? 'the pod' : finding.object;
  return { code: finding.code, cause: describeFinding({ ...finding, object, message: problem }), remedy };
}

/** A finding about a variable that a ConfigMap or Secret sets. */
export function reasonOfCredential({ finding, origin }: CredentialFromObject): Reason {
  const { code, cause } = reasonOf(finding);
  return { code, cause: `${cause} (from ${origin})`, remedy: ENV_FROM_REMEDY };
}

/** How a pod differs from the template of its workload in what decides on its identity. */
export function differenceFromTemplate(
  admitted: AdmittedPod,
  template: Manifest,
): 'annotations' | 'service account' | undefined {
  const { before: pod } = admitted;
  if (fieldOf(pod['spec'], 'serviceAccountName') !== fieldOf(template['spec'], 'serviceAccountName'))
    return 'service account';
  const files = providersOf(admitted).flatMap(({ footprint }) => footprint.annotation?.key ?? []);
  return inputOf(pod, files) === inputOf(template, files) ? undefined : 'annotations';
}

/** @param files the annotations with files that cwii writes for services. */
function inputOf({ metadata: { annotations, labels } }: Manifest, files: readonly string[]): string {
  const isInput = (key: string) => isForCwii(key) && !isOutputKey(key) && !files.includes(key);
  const counts = (key: string) => isInput(key) || isNativeAnnotation(key);
  const entries = Object.entries(annotations ?? {}).filter(([key]) => counts(key));
  return JSON.stringify([entries.sort(([one], [other]) => (one < other ? -1 : 1)), labels?.[AZ_USE_LABEL]]);
}
