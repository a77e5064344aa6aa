// Containers of cwii's own that try an identity before the workload starts: safe guests in anybody's pod.

import { annotationFinding, type Finding } from '../annotations/findings.ts';
import type { KeyName } from '../annotations/keys.ts';
import { type EnvVar, literal, type OwnContainer, type Volume, type VolumeMount } from '../injection/plan.ts';
import type { PlanInput } from './provider.ts';

/** A cloud's way to try its identity. */
export interface Verification {
  /** The init container's name. */
  readonly name: string;
  readonly cloud: string;
  readonly keys: Record<'verify' | 'enforce', BooleanKey> & { readonly image: KeyName };
  /** The check as a shell command. */
  readonly check: string;
  readonly env: readonly EnvVar[];
  readonly mounts: readonly VolumeMount[];
  readonly memory: { readonly request: string; readonly limit: string };
}

type BooleanKey = 'cwii.dev/aws-verify' | 'cwii.dev/aws-verify-enforce';

/** distribution/reference grammar: [host[:port]/]path[:tag][@digest]. */
const IMAGE =
  /^([A-Za-z0-9][A-Za-z0-9.-]*(:\d+)?\/)?[a-z0-9]+([._-]+[a-z0-9]+)*(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*(:[\w][\w.-]{0,127})?(@[A-Za-z][A-Za-z0-9.+_-]*:[0-9a-fA-F]{32,})?$/;

/** distroless' "nonroot", for pods whose containers do not share a uid that is not root. */
const NONROOT_UID = 65532;

const WRITABLE_VOLUME = 'cwii-scratch';
const WRITABLE_PATH = '/tmp';

// The ServiceAccount plugin runs again after webhooks and mounts the API token wherever nothing is mounted at this
// path: without a volume of our own there, an image that an annotation chose would be handed the API token.
const NO_API_TOKEN: Volume = { name: 'cwii-no-api-token', emptyDir: { sizeLimit: '1Mi' } };
const API_TOKEN_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The init container that runs the check, where it is asked for and possible. */
export function planVerifier(
  input: PlanInput,
  verification: Verification,
): { verifier?: { container: OwnContainer; volumes: Volume[] }; findings: Finding[] } {
  const { resolution, pod, settings } = input;
  const { keys } = verification;
  const verify = resolution.get(keys.verify);
  const enforce = resolution.get(keys.enforce);
  if (!verify?.value) {
    if (!enforce?.value) return { findings: [] };
    return {
      findings: [
        annotationFinding(
          'verify-enforce-without-verify',
          enforce,
          `without ${keys.verify} nothing is verified; set that to "true" as well`,
        ),
      ],
    };
  }
  if (pod.windows) {
    return {
      findings: [
        annotationFinding(
          'verify-on-windows',
          verify,
          'the verify container needs Linux, so it is left out of this Windows pod; remove it here',
        ),
      ],
    };
  }
  const findings: Finding[] = [];
  const image = resolution.get(keys.image);
  const usable = image !== undefined && IMAGE.test(String(image.value));
  if (image && !usable) {
    findings.push(
      annotationFinding(
        'verify-image-invalid',
        image,
        `not an image reference, so ${settings.verifyImage} is used; write [registry/]repository[:tag][@digest]`,
      ),
    );
  }
  const container = buildContainer(verification, {
    image: usable ? String(image.value) : settings.verifyImage,
    enforce: enforce?.value === true,
    uid: pod.sharedUid || NONROOT_UID,
  });
  return {
    verifier: { container, volumes: [NO_API_TOKEN, { name: WRITABLE_VOLUME, emptyDir: { sizeLimit: '16Mi' } }] },
    findings,
  };
}

function buildContainer(
  { name, cloud, check, env, mounts, memory }: Verification,
  chosen: { readonly image: string; readonly enforce: boolean; readonly uid: number },
): OwnContainer {
  const failed = `cwii: the ${cloud} identity could not be verified; the pod starts all the same`;
  return {
    name,
    image: chosen.image,
    command: ['sh', '-c', chosen.enforce ? check : `${check} || echo "${failed}" >&2`],
    env: [...env, literal('HOME', WRITABLE_PATH)],
    resources: {
      requests: { cpu: '10m', memory: memory.request },
      limits: { cpu: '1', memory: memory.limit },
    },
    volumeMounts: [
      ...mounts,
      { name: NO_API_TOKEN.name, mountPath: API_TOKEN_PATH, readOnly: true },
      { name: WRITABLE_VOLUME, mountPath: WRITABLE_PATH },
    ],
    // Pod Security "restricted". A uid other than the pod's would make the kubelet widen the token files to 0644.
    securityContext: {
      runAsNonRoot: true,
      runAsUser: chosen.uid,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    },
  };
}
