// The names of cwii inside a cluster: its namespace, users and label. Changing one breaks existing clusters.

import { INJECT_KEY } from '../../lib/annotations/keys.ts';

export const NAMESPACE = 'cwii-system';
/** The ServiceAccount and the ClusterRole of the functions that read the cluster. */
export const READER = 'cwii-reader';
/** The users of the functions, if they authenticate with an AWS identity. */
export const WEBHOOK_USER = 'cwii:webhook';
export const ISSUER_USER = 'cwii:issuer';
/** The user with which a control-plane node requests the API server's token for the webhook. */
export const CALLER_TOKEN_USER = 'cwii:caller-token';
/** Selects the namespaces whose pods are sent to the webhook, unless it is registered for all. */
export const INJECT_LABEL = { [INJECT_KEY]: 'enabled' } as const;
/** Namespaces that never depend on the webhook: it can be repaired only while the cluster works. */
export const SYSTEM_NAMESPACES = ['kube-system', 'kube-public', 'kube-node-lease', NAMESPACE] as const;

/**
 * In the annotation `cwii.dev/injected`: policies of the API server added the identities, which do not see
 * the owners of a pod. The webhook writes the annotation without it. It cannot be the name of a token.
 */
export const BY_POLICIES = '(policies)';

/** The directory of the control-plane files, on a node and in the API server's pod. */
export const DIRECTORY = '/etc/kubernetes/cwii';
/** The folders in it for files that the API server reads as if they were objects (staticManifestsDir). */
export const STATIC_WEBHOOKS = 'static-webhooks';
export const STATIC_POLICIES = 'static-policies';
export const STATIC_FOLDERS = [STATIC_WEBHOOKS, STATIC_POLICIES] as const;

/** How the functions are identified in the cluster: each by its role, or all by a ServiceAccount token. */
export type Identities = 'users' | 'service-account';

type Subject = Readonly<Record<'kind' | 'name', string>> & { readonly apiGroup?: string; readonly namespace?: string };

export function subjectOf(user: string, identities: Identities): Subject {
  return identities === 'users'
    ? { kind: 'User', name: user, apiGroup: 'rbac.authorization.k8s.io' }
    : { kind: 'ServiceAccount', name: READER, namespace: NAMESPACE };
}
