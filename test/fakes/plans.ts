// Plans of clouds that do not exist, so that merging can be seen without a provider.

import type { OwnContainer, ProviderPlan, Volume } from '../../lib/injection/plan.ts';

/** The plan of a cloud that is named like its volume. */
export function planOf(cloud: string, change: Partial<ProviderPlan> = {}): ProviderPlan {
  const tokenFile = { name: `${cloud}_TOKEN_FILE`, value: `/run/${cloud}/token` };
  return {
    provider: 'aws',
    tokenVolume: { name: `${cloud}-token`, projected: { sources: [{ audience: cloud }] } },
    tokenMount: { name: `${cloud}-token`, mountPath: `/run/${cloud}`, readOnly: true },
    tokenFile,
    identity: [{ name: `${cloud}_ROLE`, value: 'role' }, tokenFile],
    extras: [],
    staticKeys: [],
    findings: { identityKept: 'aws-identity-kept', staticKeys: 'aws-static-keys' },
    ...change,
  };
}
export const checkOf = (name: string, plan: ProviderPlan): OwnContainer => ({
  name,
  image: 'check:1',
  command: ['check'],
  env: [],
  volumeMounts: [plan.tokenMount],
});
export const withCheck = (cloud: string, scratch: Volume): ProviderPlan => {
  const plan = planOf(cloud);
  return { ...plan, verifier: { container: checkOf(`${cloud}-check`, plan), volumes: [scratch] } };
};
