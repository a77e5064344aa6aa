// API Priority and Fairness: a place of its own for the reads that pods wait for.

import type { ObjectKind } from '../../lib/kubernetes/objects.ts';
import type { Commented } from './commented-yaml.ts';
import { type Identities, NAMESPACE, READER, WEBHOOK_USER } from './names.ts';
import { byGroup, readKinds } from './read-kinds.ts';

const FLOW_CONTROL = 'flowcontrol.apiserver.k8s.io/v1';

/**
 * A priority level and the FlowSchema that sends the reader there.
 *
 * A pod's creation holds its own seat while the webhook reads. In a level that it shares with those who create pods
 * (`global-default` for users, `workload-low` for ServiceAccounts), a burst of creations takes every seat, and the reads
 * that would end them wait behind them until the webhook's timeout.
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
          'A level of its own, because a pod that is being created holds its seat while the webhook reads: where both share one, a burst of pods starves the very reads that it waits for. Not exempt, so that a stolen credential cannot flood the API server.',
        'spec.limited.nominalConcurrencyShares':
          'Of some 250 in a cluster: about 20 seats of an API server with 600. A read takes milliseconds.',
        'spec.limited.lendablePercent': 'Idle seats are lent to others, and come back with the next read.',
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
              resourceRules: byGroup(readKinds(ownerKinds)).map(({ group, resources }) => ({
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
        'spec.matchingPrecedence': 'Before service-accounts (9000) and global-default (9900), which would take it.',
        'spec.distinguisherMethod': "One namespace's burst queues by itself.",
      },
    },
  ];
}
