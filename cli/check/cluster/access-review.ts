// Asks the API server's authorizer what a user may do: the caller, or a user of cwii.

import type { KubeClient } from '../../kubectl/kube-client.ts';

export type AccessAttributes =
  | { readonly verb: string; readonly path: string }
  | {
      readonly verb: string;
      /** '' for the core group. */
      readonly group: string;
      readonly resource: string;
      readonly subresource?: string;
      /** Absent for all namespaces. */
      readonly namespace?: string;
      /** Absent for all objects. */
      readonly name?: string;
    };

export interface User {
  readonly username: string;
  readonly groups: readonly string[];
}

const API = '/apis/authorization.k8s.io/v1';

/** Whether the user of the kubeconfig has a permission. Every authenticated user may ask this. */
export function mayCaller(kube: KubeClient, access: AccessAttributes, signal: AbortSignal): Promise<boolean> {
  return ask(kube, 'SelfSubjectAccessReview', attributesOf(access), signal);
}

/** @throws {KubeApiError} 403 if the user of the kubeconfig may not ask about others. */
export function mayUser(
  kube: KubeClient,
  { username, groups }: User,
  access: AccessAttributes,
  signal: AbortSignal,
): Promise<boolean> {
  return ask(kube, 'SubjectAccessReview', { ...attributesOf(access), user: username, groups }, signal);
}

function attributesOf(access: AccessAttributes): object {
  return 'path' in access ? { nonResourceAttributes: access } : { resourceAttributes: access };
}

async function ask(kube: KubeClient, kind: string, spec: object, signal: AbortSignal): Promise<boolean> {
  const review = await kube.call<{ status: { allowed: boolean } }>(`${API}/${kind.toLowerCase()}s`, {
    method: 'POST',
    body: { apiVersion: 'authorization.k8s.io/v1', kind, spec },
    signal,
  });
  return review.status.allowed;
}
