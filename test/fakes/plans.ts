// Plans of made-up clouds, for tests of the merge without a provider.

import type { Target } from '../../lib/injection/merge.ts';
import {
  OWN_CONTAINER_MOUNT,
  type OwnContainer,
  type OwnContainerPlan,
  type ProviderPlan,
  type Volume,
} from '../../lib/injection/plan.ts';

/** A plan whose volume, mount and variables have the name of the cloud. */
export function planOf(cloud: string, change: Partial<ProviderPlan> = {}): ProviderPlan {
  const fileVariable = { name: `${cloud}_TOKEN_FILE`, value: `/run/${cloud}/token` };
  return {
    provider: 'aws',
    volumes: [{ name: `${cloud}-token`, projected: { sources: [{ audience: cloud }] } }],
    mounts: [{ name: `${cloud}-token`, mountPath: `/run/${cloud}`, readOnly: true }],
    fileVariable,
    identity: [{ name: `${cloud}_ROLE`, value: 'role' }, fileVariable],
    extras: [],
    staticKeys: [],
    ownContainers: [],
    annotations: {},
    findings: { identityKept: 'aws-identity-kept', staticKeys: 'aws-static-keys' },
    ...change,
  };
}

/** The plan for the containers that `includes` selects; default: all. */
export function targetOf(plan: ProviderPlan, includes: (name: string) => boolean = () => true): Target {
  return { plan, choice: { includes, lists: [] } };
}

const checkOf = (name: string, plan: ProviderPlan): OwnContainer => ({
  name,
  image: 'check:1',
  command: ['check'],
  env: [],
  volumeMounts: [plan.mounts[0], OWN_CONTAINER_MOUNT],
});

/** A container of cwii that does nothing. */
export function ownOf(role: OwnContainerPlan['role'], name: string, plan: ProviderPlan, ...volumes: Volume[]) {
  return { role, container: checkOf(name, plan), volumes };
}

export const withCheck = (cloud: string, scratch: Volume): ProviderPlan => {
  const plan = planOf(cloud);
  return { ...plan, ownContainers: [ownOf('verifier', `cwii-${cloud}-check`, plan, scratch)] };
};
