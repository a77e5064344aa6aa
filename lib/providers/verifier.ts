// Init containers that try an identity before the workload starts: where they are asked for, and what a failure does.

import { annotationFinding, type Finding } from '../annotations/findings.ts';
import type { Explicit } from '../annotations/resolve.ts';
import type { EnvVar, OwnContainerPlan, VolumeMount } from '../injection/plan.ts';
import { notAllowed } from './asking.ts';
import { planContainer } from './own-container.ts';
import type { PlanInput, Provider } from './provider.ts';

/** A cloud's way to try its identity. */
export interface Verification {
  /** The check as a shell command. */
  readonly check: string;
  readonly env: readonly EnvVar[];
  readonly mounts: readonly VolumeMount[];
  /** The memory that the cloud's tool may use. */
  readonly memoryLimit: string;
}

/** distribution/reference grammar: [host[:port]/]path[:tag][@digest]. */
const IMAGE =
  /^([A-Za-z0-9][A-Za-z0-9.-]*(:\d+)?\/)?[a-z0-9]+([._-]+[a-z0-9]+)*(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*(:[\w][\w.-]{0,127})?(@[A-Za-z][A-Za-z0-9.+_-]*:[0-9a-fA-F]{32,})?$/;

/** The init container that runs the check, where it is asked for and possible. */
export function planVerifier(
  { id, cloud }: Omit<Provider, 'plan'>,
  verification: Verification,
  input: PlanInput,
): { containers: OwnContainerPlan[]; findings: Finding[] } {
  const { resolution, pod } = input;
  const verify = resolution.get(`cwii.dev/${id}-verify`);
  const enforce = resolution.get(`cwii.dev/${id}-verify-enforce`);
  if (!verify?.value) return { containers: [], findings: enforce?.value ? [unverified(id, enforce)] : [] };
  if (pod.windows) {
    const message = 'the verify container needs Linux, so it is left out of this Windows pod; remove it here';
    return { containers: [], findings: [annotationFinding('verify-on-windows', verify, message)] };
  }
  const { image, findings } = chooseImage(id, input);
  const failed = `cwii: the ${cloud} identity could not be verified; the pod starts all the same`;
  const container = planContainer(
    {
      role: 'verifier',
      name: `cwii-${id}-verify`,
      image,
      script: enforce?.value ? verification.check : `${verification.check} || echo "${failed}" >&2`,
      env: verification.env,
      mounts: verification.mounts,
      resources: { cpuLimit: '1', memoryRequest: '64Mi', memoryLimit: verification.memoryLimit },
      volumes: [],
    },
    pod,
  );
  return { containers: [container], findings };
}

function unverified(id: Provider['id'], enforce: Explicit<boolean>): Finding {
  const message = `without cwii.dev/${id}-verify nothing is verified; set that to "true" as well`;
  return annotationFinding('verify-enforce-without-verify', enforce, message);
}

function chooseImage(id: Provider['id'], input: PlanInput): { image: string; findings: Finding[] } {
  const byDefault = input.providers[id].verifyImage;
  const chosen = input.resolution.get(`cwii.dev/${id}-verify-image`);
  if (!chosen) return { image: byDefault, findings: [] };
  if (!IMAGE.test(chosen.value)) {
    const message = `not an image reference, so ${byDefault} is used; write [registry/]repository[:tag][@digest]`;
    return { image: byDefault, findings: [annotationFinding('verify-image-invalid', chosen, message)] };
  }
  return { image: chosen.value, findings: notAllowed(chosen, 'CWII_ALLOWED_VERIFY_IMAGES', chosen.value, input) };
}
