// The Kubernetes versions that cwii supports, and what differs between them.

/** The oldest and the newest minor version of 1.x on which the cluster tests were run. */
export const OLDEST_MINOR = 30;
export const NEWEST_MINOR = 37;

export interface VersionNeed {
  /** The first minor version of 1.x that has it without a feature gate of its own. */
  readonly minor: number;
  /** The part of cwii that needs it, in Markdown. */
  readonly feature: string;
  /** The feature of Kubernetes. */
  readonly by: string;
  /** The effect of an older version, or the alternative. */
  readonly otherwise: string;
}

/**
 * Every part of cwii that needs a version. docs/cluster-side.md has them as a table, and
 * test/cluster/kubernetes-versions.test.ts tries each on a real API server.
 */
export const versionNeeds = {
  webhook: {
    minor: 30,
    feature: 'the registration of the webhook',
    by: 'match conditions of webhooks',
    otherwise: 'not supported',
  },
  'web-identity': {
    minor: 30,
    feature: '`credential.webIdentity`',
    by: 'AuthenticationConfiguration `v1beta1`',
    otherwise: 'use the credential `secret`',
  },
  'authentication-v1': {
    minor: 34,
    feature: '`kubernetesVersion: "1.34"` with `credential.webIdentity`',
    by: 'AuthenticationConfiguration `v1`',
    otherwise: 'leave `kubernetesVersion` at the version of the oldest API server: `cwii manifests` writes `v1beta1`',
  },
  require: {
    minor: 30,
    feature: '`cwii manifests --require`',
    by: 'ValidatingAdmissionPolicy',
    otherwise: '`failurePolicy: Fail` is the only protection',
  },
  policies: {
    minor: 36,
    feature: '`cwii manifests --policies`',
    by: 'MutatingAdmissionPolicy `v1`',
    otherwise: 'the API server does not know the objects: only the webhook gives pods their identities',
  },
  'image-pulls': {
    minor: 34,
    feature: '`cwii manifests --image-pulls`',
    by: 'ServiceAccount tokens for credential providers of the kubelet',
    otherwise: 'the kubelet does not start with `tokenAttributes`: pull images with `imagePullSecrets`',
  },
  static: {
    minor: 37,
    feature: '`cwii manifests --static`',
    by: 'manifest-based admission control (on 1.36 behind a feature gate)',
    otherwise:
      'leave it out: 1.36 does not start with `staticManifestsDir`, and older versions ignore it without a word',
  },
  'several-issuers': {
    minor: 31,
    feature: 'the change of the issuer on kubeadm',
    by: '`extraArgs` as a list (kubeadm `v1beta4`)',
    otherwise: 'edit `/etc/kubernetes/manifests/kube-apiserver.yaml`',
  },
} as const satisfies Record<string, VersionNeed>;

export type VersionedPart = keyof typeof versionNeeds;

/** A version in cwii.yaml, such as `1.34`. */
export const KUBERNETES_VERSION = /^1\.(0|[1-9]\d{0,2})$/;

export type AuthenticationApiVersion = 'v1' | 'v1beta1';

/** The minor version of `1.<minor>`. */
export function minorOf(version: string): number {
  return Number(version.slice('1.'.length));
}

/** Whether a version is too old for a part of cwii. One that is not known counts as new enough. */
export function isOlderThan(version: string | undefined, part: VersionedPart): boolean {
  return version !== undefined && minorOf(version) < versionNeeds[part].minor;
}

/**
 * The version in which the API server reads an AuthenticationConfiguration. An API server does not start
 * with a version that it does not know. `v1beta1` is right for an unknown version: all supported versions
 * read it.
 */
export function authenticationApiVersion(version: string | undefined): AuthenticationApiVersion {
  return version !== undefined && minorOf(version) >= versionNeeds['authentication-v1'].minor ? 'v1' : 'v1beta1';
}
