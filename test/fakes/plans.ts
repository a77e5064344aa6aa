// Plans of invented clouds, for tests of merging without a provider.

import type { Target } from '../../lib/injection/plan.ts';
import {
  OWN_CONTAINER_MOUNT,
  type OwnContainer,
  type OwnContainerPlan,
  type ProviderPlan,
  type Volume,
} from '../../lib/providers/plan.ts';

/** The plan of a cloud. Its volume, mount path and variables begin with the cloud's name. */
export function planOf(cloud: string, change: Partial<ProviderPlan> = {}): ProviderPlan {
  const fileVariable = { name: `${cloud}_TOKEN_FILE`, value: `/run/${cloud}/token` };
  return {
    provider: 'aws',
    volumes: [{ name: `${cloud}-token`, projected: { sources: [{ audience: cloud }] } }],
    mounts: [{ name: `${cloud}-token`, mountPath: `/run/${cloud}`, readOnly: true }],
    fileVariable,
    identity: [{ name: `${cloud}_ROLE`, value: 'role' }, fileVariable],
    extras: [],
    examine: () => [],
    ownContainers: [],
    annotations: {},
    findings: { identityKept: 'aws-identity-kept' },
    ...change,
  };
}

/** The plan for the containers that `includes` selects; for all containers if it is absent. */
export function targetOf(plan: ProviderPlan, includes: (name: string) => boolean = () => true): Target {
  return { plan, choice: { includes, lists: [] }, severityOfObstacle: 'deny' };
}

function ownContainer(name: string, plan: ProviderPlan): OwnContainer {
  return { name, image: 'check:1', command: ['check'], env: [], volumeMounts: [plan.mounts[0], OWN_CONTAINER_MOUNT] };
}

/** A container of cwii that does nothing, with further volumes. */
export function ownOf(role: OwnContainerPlan['role'], name: string, plan: ProviderPlan, ...volumes: Volume[]) {
  return { role, container: ownContainer(name, plan), volumes };
}

/** The plan of a cloud with a verifier that uses the volume `scratch`. */
export function withCheck(cloud: string, scratch: Volume): ProviderPlan {
  const plan = planOf(cloud);
  return { ...plan, ownContainers: [ownOf('verifier', `cwii-${cloud}-check`, plan, scratch)] };
}
