// Roles by use: which workloads can become which identity, and which ServiceAccounts ask without a use.

import { resolve } from '../../lib/annotations/resolve.ts';
import { selectProviders } from '../../lib/providers/provider-set.ts';
import type { MutateSettings } from '../../lib/settings/webhook-config.ts';
import type { ClusterObjects } from './cluster-objects.ts';
import type { AuditReport, ReportedPrincipal, ReportedWorkload } from './report.ts';
import { requestOf } from './requests.ts';

/** Also of old pods: they can become their identity as long as they run. */
export function principalsOf(workloads: readonly ReportedWorkload[]): ReportedPrincipal[] {
  interface Use {
    readonly principal: Pick<ReportedPrincipal, 'cloud' | 'name' | 'account'>;
    readonly serviceAccounts: Set<string>;
    readonly workloads: Set<string>;
  }
  const uses = new Map<string, Use>();
  const byServiceAccount = Map.groupBy(workloads, ({ namespace, serviceAccount }) => `${namespace}/${serviceAccount}`);
  for (const workload of workloads) {
    const { namespace, kind, name } = workload;
    const all = [workload, ...workload.pods];
    for (const { identities, serviceAccount } of all)
      for (const { cloud, name: identity, account } of identities) {
        const key = JSON.stringify([cloud, identity, account]);
        const principal = { cloud, name: identity, ...(account !== undefined && { account }) };
        const use = uses.get(key) ?? { principal, serviceAccounts: new Set(), workloads: new Set() };
        uses.set(key, use);
        use.serviceAccounts.add(`${namespace}/${serviceAccount}`);
        use.workloads.add(`${namespace}/${kind}/${name}`);
      }
  }
  return [...uses.values()]
    .map(({ principal, serviceAccounts, workloads: users }) => ({
      ...principal,
      serviceAccounts: [...serviceAccounts].sort(),
      workloads: [...users].sort(),
      sameServiceAccount: [...serviceAccounts]
        .flatMap((subject) => byServiceAccount.get(subject) ?? [])
        .map(({ namespace, kind, name }) => `${namespace}/${kind}/${name}`)
        .filter((name) => !users.has(name))
        .sort(),
    }))
    .sort((one, other) => textOf(one).localeCompare(textOf(other), 'en'));
}

function textOf({ cloud, account = '', name }: ReportedPrincipal): string {
  return `${cloud} ${account} ${name}`;
}

/** A role on the wrong ServiceAccount is found here: its pods run as another one. */
export async function unusedServiceAccounts(
  workloads: readonly ReportedWorkload[],
  objects: ClusterObjects,
  settings: MutateSettings,
): Promise<AuditReport['unusedServiceAccounts']> {
  const used = new Set(
    workloads.flatMap(({ namespace, serviceAccount, pods }) =>
      [serviceAccount, ...pods.map((pod) => pod.serviceAccount)].map((name) => `${namespace}/${name}`),
    ),
  );
  const unused = objects.serviceAccounts.map(async ({ metadata: { namespace, name, annotations } }) => {
    if (!annotations || used.has(`${namespace}/${name}`)) return [];
    const object = `ServiceAccount ${namespace}/${name}`;
    const scopes = [{ kind: 'serviceaccount', object, annotations }] as const;
    const { providers, keys } = await selectProviders(scopes, undefined, settings);
    const resolution = resolve(scopes, { podLabels: undefined }, keys);
    return providers.flatMap((provider) => {
      const request = requestOf(resolution, provider);
      return request?.asks ? [{ object, cloud: provider.cloud, value: request.by.raw.trim() }] : [];
    });
  });
  return (await Promise.all(unused)).flat();
}
