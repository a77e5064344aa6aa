// Reads a ServiceAccount of the cluster and its namespace as scopes, and the cluster's issuer.

import type { Scope } from '../../lib/annotations/scope.ts';
import { nameOf, namespaces, serviceAccounts } from '../../lib/kubernetes/objects.ts';
import type { KubeClient } from '../kubectl/kube-client.ts';
import type { ServiceAccountName } from './identities.ts';

/** The part of an object that is read. */
export interface LiveObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
}

export function serviceAccountScope({ metadata: { namespace = '', name, annotations = {} } }: LiveObject): Scope {
  return { kind: 'serviceaccount', object: nameOf({ kind: serviceAccounts, namespace, name }), annotations };
}

export function namespaceScope({ metadata: { name, annotations = {} } }: LiveObject): Scope {
  return { kind: 'namespace', object: nameOf({ kind: namespaces, name }), annotations };
}

/** @returns undefined if the ServiceAccount or its namespace does not exist. @throws {KubeApiError} */
export async function readScopes(
  kube: KubeClient,
  { namespace, name }: ServiceAccountName,
  signal?: AbortSignal,
): Promise<readonly Scope[] | undefined> {
  const path = `/api/v1/namespaces/${namespace}`;
  const [account, space] = await Promise.all([
    kube.find<LiveObject>(`${path}/serviceaccounts/${name}`, { signal }),
    kube.find<LiveObject>(path, { signal }),
  ]);
  return account && space && [serviceAccountScope(account), namespaceScope(space)];
}

/** The issuer in the cluster's discovery document. @throws {KubeApiError} */
export async function readIssuer(kube: KubeClient, signal?: AbortSignal): Promise<string> {
  const document = await kube.call<{ readonly issuer?: string }>('/.well-known/openid-configuration', { signal });
  return document.issuer ?? '';
}
