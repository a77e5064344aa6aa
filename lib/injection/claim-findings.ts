// The findings about what one container does with one provider's identity.

import { type Finding, type FindingLocation, findingOf, invalidFinding } from '../annotations/findings.ts';
import type { ProviderPlan } from '../providers/plan.ts';
import type { Claim } from './claim.ts';
import type { PodContainer } from './containers.ts';
import { type EarlierWork, footprintOf, readsOurFile } from './earlier.ts';
import type { Target } from './plan.ts';

/** The containers that are excluded, but have cwii's token: of an earlier admission, or from the user. */
export function excludedFindings(
  containers: readonly PodContainer[],
  chosen: readonly PodContainer[],
  plan: ProviderPlan,
  earlier: EarlierWork,
  locate: (key: string) => FindingLocation,
): Finding[] {
  const { fileVariable } = plan;
  if (!fileVariable || chosen.length === containers.length || !earlier.hasVolumes(footprintOf(plan))) return [];
  return containers
    .filter((one) => !chosen.includes(one) && readsOurFile(one.view, footprintOf(plan), earlier))
    .map(({ view: { name } }) => findingOf('identity-of-excluded', locate(fileVariable.name), { container: name }));
}

/** @param locate the place of a variable or path of the pod. */
export function claimFindings(
  claim: Claim,
  container: string,
  { plan, severityOfObstacle }: Pick<Target, 'plan' | 'severityOfObstacle'>,
  locate: (key: string) => FindingLocation,
): Finding[] {
  const { findings } = plan;
  switch (claim.kind) {
    case 'keeps-own':
      return [findingOf(findings.identityKept, locate(claim.variable), { container })];
    case 'has-none': {
      const { variable, missing } = claim;
      if (missing === undefined) return [findingOf('identity-empty', locate(variable), { container })];
      return [findingOf('identity-incomplete', locate(variable), { container, missing })];
    }
    case 'mount-conflict': {
      const { kind, name: volume, path } = claim.obstacle;
      if (kind === 'taken') return [findingOf('mount-path-taken', locate(path), { container, volume })];
      const place = { ...locate(`mount in container ${container}`), value: path };
      const effect = `it gets no token at ${plan.mounts[0].mountPath}`;
      return [invalidFinding('mount-parent-read-only', place, severityOfObstacle, effect)];
    }
    case 'takes':
      return claim.own === undefined ? [] : [findingOf('identity-completed', locate(claim.own), { container })];
  }
}
