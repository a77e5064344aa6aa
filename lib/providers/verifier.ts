// Verification: an init container that tries the identity before the workload starts.

import { type Finding, findingOf, locationOf } from '../annotations/findings.ts';
import type { Pod } from '../kubernetes/pod.ts';
import { parseImage } from '../settings/image-reference.ts';
import { planContainer } from './own-container.ts';
import type { EnvVar, InheritedSettings, OwnContainerPlan, VolumeMount } from './plan.ts';
import type { CloudInfo, EvaluationInput } from './provider.ts';
import { notAllowed } from './request-checks.ts';

/** How a cloud's identity is tried. */
export interface Verification {
  /** The check as a shell command. */
  readonly check: string;
  readonly env: readonly EnvVar[];
  readonly mounts: readonly VolumeMount[];
  /** The memory limit of the cloud's tool. */
  readonly memoryLimit: string;
  readonly inherits: InheritedSettings;
}

/** 255 characters for the name, 128 for the tag, and a digest. */
const LONGEST_IMAGE = 512;

/** Verification as the annotations request it. */
export interface VerificationRequest {
  readonly findings: readonly Finding[];
  /** The init container that runs the check on the pod; none if none is requested or possible. */
  readonly planFor: (pod: Pod, verification: Verification) => readonly OwnContainerPlan[];
}

export function readVerification({ id, cloud }: CloudInfo, input: EvaluationInput): VerificationRequest {
  const verify = input.resolution.get(`cwii.dev/${id}-verify`);
  const enforce = input.resolution.get(`cwii.dev/${id}-verify-enforce`);
  if (!verify?.value) {
    // An explicit "false" is a choice; only a missing key can be a mistake.
    const incomplete = enforce?.value && !verify;
    return noVerification(incomplete ? [findingOf('verify-enforce-without-verify', locationOf(enforce))] : []);
  }
  if (input.pod?.windows) return noVerification([findingOf('verify-on-windows', locationOf(verify))]);
  const { image, findings } = chooseImage(id, input);
  const failed = `cwii: the ${cloud} identity could not be verified; the pod starts anyway`;
  return {
    findings,
    planFor(pod, { check, env, mounts, memoryLimit, inherits }) {
      const script = enforce?.value ? check : `${check} || echo "${failed}" >&2`;
      const resources = { cpuLimit: '1', memoryRequest: '64Mi', memoryLimit };
      const task = { role: 'verifier', name: `cwii-${id}-verify`, image, script, env, mounts, resources } as const;
      const enforced = enforce?.value && { enforcedAt: locationOf(enforce) };
      return [{ ...planContainer(task, pod), inherits: { ...inherits, ...enforced } }];
    },
  };
}

export function noVerification(findings: readonly Finding[]): VerificationRequest {
  return { findings, planFor: () => [] };
}

function chooseImage(id: CloudInfo['id'], input: EvaluationInput): { image: string; findings: Finding[] } {
  const fallback = input.settings.providers[id].verifyImage;
  const chosen = input.resolution.get(`cwii.dev/${id}-verify-image`);
  if (!chosen) return { image: fallback, findings: [] };
  if (chosen.value.length > LONGEST_IMAGE || !parseImage(chosen.value)) {
    return { image: fallback, findings: [findingOf('verify-image-invalid', locationOf(chosen), { fallback })] };
  }
  return { image: chosen.value, findings: notAllowed(chosen, 'verifyImage', chosen.value, input) };
}
