// The ServiceAccounts to check, and what each of them requests.

import { METADATA } from '../../../lib/cluster/partial-metadata.ts';
import { nameOf, serviceAccounts } from '../../../lib/kubernetes/objects.ts';
import { type MutateSettings, parseMutateSettings } from '../../../lib/settings/webhook-config.ts';
import { KubeApiError } from '../../kubectl/kube-api-error.ts';
import { type KubeClient, METADATA_LIST } from '../../kubectl/kube-client.ts';
import { environmentOf } from '../../preview/cluster-settings.ts';
import type { Requests, ServiceAccountName } from '../../trust/identities.ts';
import { type LiveObject, requestingServiceAccounts, requestsIn } from '../../trust/live-service-accounts.ts';
import type { CheckContext, Fact } from '../context.ts';

export interface Target {
  readonly serviceAccount: ServiceAccountName;
  /** Such as `ServiceAccount shop/checkout`. */
  readonly label: string;
  /** Undefined if the ServiceAccount does not exist. */
  readonly account: LiveObject | undefined;
  readonly requests: Requests;
  /** The other ServiceAccounts of the namespace. Empty if every ServiceAccount is checked. */
  readonly others: readonly { readonly name: string; readonly requests: Requests }[];
}

/** The settings of the function, of which the defaults and guard rails matter here. */
export function settingsOf({ cluster }: Pick<CheckContext, 'cluster'>): MutateSettings {
  return parseMutateSettings(cluster ? environmentOf(cluster) : process.env);
}

export function labelOf({ namespace, name }: ServiceAccountName): string {
  return nameOf({ kind: serviceAccounts, namespace, name });
}

const nothing: Requests = { clouds: [], findings: [] };

export function oneTarget(serviceAccount: ServiceAccountName): Fact<readonly Target[]> {
  return async (context) => {
    const { namespace, name } = serviceAccount;
    const path = `/api/v1/namespaces/${namespace}`;
    const [space, accounts] = await Promise.all([
      context.kube.find<LiveObject>(path, { accept: METADATA }),
      listOrGet(context.kube, serviceAccount),
    ]);
    const settings = settingsOf(context);
    const resolved = await Promise.all(
      accounts.map(async (account) => ({
        name: account.metadata.name,
        account,
        requests: space ? await requestsIn(account, space, settings) : nothing,
      })),
    );
    const own = resolved.find((one) => one.name === name);
    const others = resolved.filter((one) => one !== own);
    const label = labelOf(serviceAccount);
    return [{ serviceAccount, label, account: own?.account, requests: own?.requests ?? nothing, others }];
  };
}

/**
 * Those that request a cloud themselves, and those in namespaces that request one, as far as a pod uses them:
 * every namespace has ServiceAccounts that nobody uses.
 */
export const everyTarget: Fact<readonly Target[]> = async (context) => {
  const { kube } = context;
  const found = await requestingServiceAccounts(kube, settingsOf(context));
  const targets = found.map(({ asksItself, ...one }) => ({
    target: { ...one, label: labelOf(one.serviceAccount), others: [] },
    asksItself,
  }));
  const byNamespace = targets.filter(({ asksItself }) => !asksItself).map(({ target }) => target);
  const used = await usedIn(kube, [...new Set(byNamespace.map(({ serviceAccount }) => serviceAccount.namespace))]);
  return targets.filter(({ target, asksItself }) => asksItself || used.has(target.label)).map(({ target }) => target);
};

/** Only the ServiceAccount itself for a user who may not list the others. */
async function listOrGet(kube: KubeClient, { namespace, name }: ServiceAccountName): Promise<readonly LiveObject[]> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  try {
    return await kube.list<LiveObject>(path, { accept: METADATA_LIST });
  } catch (error) {
    if (!(error instanceof KubeApiError) || error.status !== 403) throw error;
    const own = await kube.find<LiveObject>(`${path}/${name}`, { accept: METADATA });
    return own ? [own] : [];
  }
}

/** The labels of the ServiceAccounts that pods of these namespaces use. */
async function usedIn(kube: KubeClient, namespaces: readonly string[]): Promise<ReadonlySet<string>> {
  const used = new Set<string>();
  for (const namespace of namespaces) {
    const path = `/api/v1/namespaces/${namespace}/pods`;
    for await (const pods of kube.pages<{ readonly spec: { readonly serviceAccountName?: string } }>(path))
      for (const { spec } of pods) used.add(labelOf({ namespace, name: spec.serviceAccountName ?? 'default' }));
  }
  return used;
}
