// Random pods, ServiceAccounts and namespaces: the policies give what the webhook gives.
//
// `npm run fuzz -- --of policies` tries thousands.

import { describe, expect, it } from 'vitest';
import { versionNeeds } from '../../cluster-file/kubernetes-version.ts';
import { kubernetesMinor } from '../../testing/kubernetes.ts';
import { Differential } from './differential/differential.ts';

const RUNS = 200;

describe.runIf(kubernetesMinor() >= versionNeeds.policies.minor)('the policies and the webhook', () => {
  it.for([
    ['by default', 2],
    ['with guard rails', 3],
  ] as const)('agree on random pods %s', async ([, seed]) => {
    const differential = await Differential.start(seed);
    const problems: string[] = [];
    const kinds = new Set<string>();
    for (let index = 0; index < RUNS; index += 1) {
      const { problem, kind } = await differential.check(seed, index);
      kinds.add(kind);
      if (problem !== undefined)
        problems.push(`npm run fuzz -- --of policies --seed ${seed} --only ${index}: ${problem}`);
    }
    await differential.stop();

    expect(problems).toEqual([]);
    expect([...kinds].sort()).toEqual(
      expect.arrayContaining(['admitted with 0 identities', 'admitted with 2 identities', 'denied']),
    );
  });
});
