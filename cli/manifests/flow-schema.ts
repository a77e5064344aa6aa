// API Priority and Fairness: a priority level for the reads that pods wait for.

import type { ObjectKind } from '../../lib/kubernetes/objects.ts';
import type { Commented } from './commented-yaml.ts';
import { type Identities, NAMESPACE, READER, WEBHOOK_USER } from './names.ts';
import { groupByApiGroup, readKinds } from './resource-groups.ts';

const FLOW_CONTROL = 'flowcontrol.apiserver.k8s.io/v1';

/**
 * A priority level, and the FlowSchema that assigns the reader to it.
 *
 * The creation of a pod holds a seat while the webhook reads. In a level shared with the creators of pods
 * (`global-default` for users, `workload-low` for ServiceAccounts) a burst of creations takes every seat. The
 * reads that would complete the creations then wait behind them until the webhook's timeout.
 */
export function flowObjects({
  identities,
  ownerKinds,
}: {
  readonly identities: Identities;
  readonly ownerKinds: readonly ObjectKind[];
}): readonly Commented[] {
  return [
    {
      object: {
        apiVersion: FLOW_CONTROL,
        kind: 'PriorityLevelConfiguration',
        metadata: { name: READER },
        spec: {
          type: 'Limited',
          limited: {
            nominalConcurrencyShares: 10,
            lendablePercent: 50,
            limitResponse: { type: 'Queue', queuing: { queues: 16, handSize: 4, queueLengthLimit: 50 } },
          },
        },
      },
      comments: {
        'spec.type':
          'A separate level, because the creation of a pod holds a seat while the webhook reads. In a shared level a burst of pods would starve the reads that it waits for. The level is limited, so that a stolen credential cannot overload the API server.',
        'spec.limited.nominalConcurrencyShares':
          'All levels of a cluster have about 250 shares. In an API server with 600 seats, these 10 shares are about 20 seats. A read takes milliseconds.',
        'spec.limited.lendablePercent': 'Idle seats are lent to other levels, and returned with the next read.',
      },
    },
    {
      object: {
        apiVersion: FLOW_CONTROL,
        kind: 'FlowSchema',
        metadata: { name: READER },
        spec: {
          priorityLevelConfiguration: { name: READER },
          matchingPrecedence: 1000,
          distinguisherMethod: { type: 'ByNamespace' },
          rules: [
            {
              subjects: [
                identities === 'users'
                  ? { kind: 'User', user: { name: WEBHOOK_USER } }
                  : { kind: 'ServiceAccount', serviceAccount: { namespace: NAMESPACE, name: READER } },
              ],
              resourceRules: groupByApiGroup(readKinds(ownerKinds)).map(({ group, resources }) => ({
                verbs: ['get'],
                apiGroups: [group],
                resources,
                namespaces: ['*'],
                ...(group === '' && { clusterScope: true }),
              })),
            },
          ],
        },
      },
      comments: {
        'spec.matchingPrecedence':
          'Takes precedence over service-accounts (9000) and global-default (9900), which match too.',
        'spec.distinguisherMethod': 'Each namespace has its own queues, so a burst in one does not delay the others.',
      },
    },
  ];
}
