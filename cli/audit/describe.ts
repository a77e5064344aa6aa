// Describes what the annotations of a pod request: each value with the object that sets it, and the findings.

import type { Finding } from '../../lib/annotations/findings.ts';
import type { Explicit } from '../../lib/annotations/resolve.ts';
import type { ScopeKind } from '../../lib/annotations/scope.ts';
import type { CredentialFromObject } from '../env-from/find-credentials.ts';
import { type AdmittedPod, providersOf } from '../preview/admission.ts';
import type { Reason } from './reason-codes.ts';
import { findingsOf, reasonOf, reasonOfCredential, requestOf, resolutionOf } from './requests.ts';

/** An annotation that counts. */
export interface SetValue {
  readonly key: string;
  readonly value: string;
  readonly scope: ScopeKind;
  /** Such as `ServiceAccount shop/checkout`, or `pod template`. */
  readonly object: string;
}

export interface DescribedFinding extends Reason {
  readonly severity: 'warn' | 'deny';
}

export interface RequestDescription {
  /** The clouds that the annotations ask for, with the value that asks. */
  readonly asks: readonly { readonly cloud: string; readonly value: string }[];
  readonly values: readonly SetValue[];
  readonly findings: readonly DescribedFinding[];
  /** The objects that were consulted, from the pod to the namespace. */
  readonly chain: readonly { readonly scope: ScopeKind; readonly object: string }[];
  /** Objects that can configure the pod, but do not exist or are not known. */
  readonly missing: readonly string[];
}

/**
 * @param isTemplate whether the pod is from a template, and not in the cluster.
 * @param credentials what its containers get from ConfigMaps and Secrets.
 */
export function describeRequests(
  pod: AdmittedPod,
  isTemplate: boolean,
  credentials: readonly CredentialFromObject[],
): RequestDescription {
  const resolution = resolutionOf(pod);
  const nameOf = (scope: ScopeKind, object: string) => (scope === 'pod' && isTemplate ? 'pod template' : object);
  const explicit: Explicit<unknown>[] = resolution
    ? [
        ...resolution.keys.toSorted().flatMap((key) => resolution.find(key) ?? []),
        ...resolution.containerRoles.values(),
      ]
    : [];
  return {
    asks: providersOf(pod).flatMap((provider) => {
      const request = resolution && requestOf(resolution, provider);
      return request?.asks ? [{ cloud: provider.cloud, value: request.by.raw.trim() }] : [];
    }),
    values: explicit.map(({ key, raw, source }) => ({
      key,
      value: raw,
      scope: source.kind,
      object: nameOf(source.kind, source.object),
    })),
    findings: [
      ...findingsOf(pod).map((finding) => ({ ...reasonOf(finding), severity: severityOf(finding) })),
      ...credentials.map((one) => ({ ...reasonOfCredential(one), severity: severityOf(one.finding) })),
    ],
    chain: pod.scopes.map(({ kind, object }) => ({ scope: kind, object: nameOf(kind, object) })),
    missing: pod.missing,
  };
}

function severityOf({ severity }: Finding): DescribedFinding['severity'] {
  return severity === 'warn' ? 'warn' : 'deny';
}
