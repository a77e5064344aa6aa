// Reads a ServiceAccount of the cluster and its namespace as scopes, and the cluster's issuer.

import type { Scope } from '../../lib/annotations/scope.ts';
import { nameOf, namespaces, serviceAccounts } from '../../lib/kubernetes/objects.ts';
import type { MutateSettings } from '../../lib/settings/webhook-config.ts';
import { type KubeClient, METADATA_LIST } from '../kubectl/kube-client.ts';
import type { Requests, ServiceAccountName } from './identities.ts';
import { requestsOf } from './requests.ts';

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

/** The requests of a ServiceAccount in its namespace. */
export function requestsIn(account: LiveObject, space: LiveObject, settings: MutateSettings): Promise<Requests> {
  const { namespace = '', name } = account.metadata;
  return requestsOf({ namespace, name }, [serviceAccountScope(account), namespaceScope(space)], settings);
}

export interface Requesting {
  readonly serviceAccount: ServiceAccountName;
  readonly account: LiveObject;
  readonly requests: Requests;
  /** Whether it requests a cloud without its namespace. */
  readonly asksItself: boolean;
}

/** All ServiceAccounts that request a cloud. @throws {KubeApiError} */
export async function requestingServiceAccounts(
  kube: KubeClient,
  settings: MutateSettings,
): Promise<readonly Requesting[]> {
  const [spaces, accounts] = await Promise.all([
    kube.list<LiveObject>('/api/v1/namespaces', { accept: METADATA_LIST }),
    kube.list<LiveObject>('/api/v1/serviceaccounts', { accept: METADATA_LIST }),
  ]);
  const spaceOf = new Map(spaces.map((space) => [space.metadata.name, space]));
  const found = await Promise.all(
    accounts.map(async (account): Promise<readonly Requesting[]> => {
      const { namespace = '', name } = account.metadata;
      const space = spaceOf.get(namespace);
      const requests = space && (await requestsIn(account, space, settings));
      if (!requests || requests.clouds.length === 0) return [];
      const serviceAccount = { namespace, name };
      const own = await requestsOf(serviceAccount, [serviceAccountScope(account)], settings);
      return [{ serviceAccount, account, requests, asksItself: own.clouds.length > 0 }];
    }),
  );
  return found.flat();
}
