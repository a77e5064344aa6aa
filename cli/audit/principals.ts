// Roles by use: which workloads can become which identity, and which ServiceAccounts ask without a use.

import { resolve } from '../../lib/annotations/resolve.ts';
import { providers } from '../../lib/providers/registry.ts';
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
export function unusedServiceAccounts(
  workloads: readonly ReportedWorkload[],
  objects: ClusterObjects,
): AuditReport['unusedServiceAccounts'] {
  const used = new Set(
    workloads.flatMap(({ namespace, serviceAccount, pods }) =>
      [serviceAccount, ...pods.map((pod) => pod.serviceAccount)].map((name) => `${namespace}/${name}`),
    ),
  );
  return objects.serviceAccounts.flatMap(({ metadata: { namespace, name, annotations } }) => {
    if (!annotations || used.has(`${namespace}/${name}`)) return [];
    const object = `ServiceAccount ${namespace}/${name}`;
    const resolution = resolve([{ kind: 'serviceaccount', object, annotations }], { podLabels: undefined });
    return providers.flatMap((provider) => {
      const request = requestOf(resolution, provider);
      return request?.asks ? [{ object, cloud: provider.cloud, value: request.by.raw.trim() }] : [];
    });
  });
}
