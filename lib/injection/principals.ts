// Applies the identities of single containers to a provider's plan.

import type { ProviderPlan } from '../providers/plan.ts';

/** Whether the plan has an identity for the container. */
export function isFor({ principals }: ProviderPlan, container: string): boolean {
  if (!principals?.of.has(container)) return principals?.others ?? true;
  return principals.of.get(container) !== undefined;
}

/** The plan with the container's own principal, if it has one. */
export function planOf(plan: ProviderPlan, container: string): ProviderPlan {
  const own = plan.principals?.of.get(container);
  if (!own) return plan;
  return { ...plan, identity: plan.identity.map((variable) => (variable.name === own.name ? own : variable)) };
}
