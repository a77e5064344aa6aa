// The names by which cwii is known inside a cluster: its namespace, its users, its label. Other parts rely on them.

export const NAMESPACE = 'cwii-system';
/** The ServiceAccount and the roles of what reads. */
export const READER = 'cwii-reader';
/** The users of the functions, where they come with an identity of AWS. */
export const WEBHOOK_USER = 'cwii:webhook';
export const ISSUER_USER = 'cwii:issuer';
/** Namespaces with it are sent to the webhook where it is not for all. */
export const INJECT_LABEL = { 'cwii.dev/inject': 'enabled' } as const;
/** Where pods start whatever happens to the webhook: it can be mended only by a cluster that runs. */
export const SYSTEM_NAMESPACES = ['kube-system', 'kube-public', 'kube-node-lease', NAMESPACE] as const;

/** Where the control-plane files are on a node, and in the API server's pod. */
export const DIRECTORY = '/etc/kubernetes/cwii';

/** Who the functions are in the cluster: by their role, or all by one ServiceAccount's token. */
export type Identities = 'users' | 'service-account';

type Subject = Readonly<Record<'kind' | 'name', string>> & { readonly apiGroup?: string; readonly namespace?: string };

export function subjectOf(user: string, identities: Identities): Subject {
  return identities === 'users'
    ? { kind: 'User', name: user, apiGroup: 'rbac.authorization.k8s.io' }
    : { kind: 'ServiceAccount', name: READER, namespace: NAMESPACE };
}
