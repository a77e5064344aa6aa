// The questions that every provider answers alike: who asks for it, whether it can be given, what is not allowed.

import { annotationFinding, type Finding } from '../annotations/findings.ts';
import type { Explicit } from '../annotations/resolve.ts';
import { allows, type GuardRail, isApiServerAudience } from '../settings/guard-rails.ts';
import type { PlanInput, Provider, ProviderOutcome } from './provider.ts';

/** Nobody asks, it cannot be given, or `asked` is the annotation that asks. */
export type Asking =
  | { readonly asked: undefined; readonly outcome: ProviderOutcome }
  | { readonly asked: Explicit<unknown>; readonly outcome?: undefined };

export function whoAsks({ id, cloud, trigger }: Omit<Provider, 'plan'>, input: PlanInput): Asking {
  const { resolution, providers, pod } = input;
  const inject = resolution.get(`cwii.dev/${id}-inject`);
  const triggered = resolution.get(trigger);
  if (inject?.value === false) {
    // A wider scope's "false" may be a remembered one: by saying "skip" it is read afresh before it withholds anything.
    const withheld = triggered !== undefined && inject.source.kind !== 'pod';
    return { asked: undefined, outcome: { kind: withheld ? 'skip' : 'not-asked', findings: [] } };
  }
  const asked = triggered ?? (inject?.value ? inject : undefined);
  if (!asked) return { asked: undefined, outcome: { kind: 'not-asked', findings: [] } };
  if (!providers[id].enabled) {
    const message = `${cloud} is switched off on this webhook, so nothing is injected; ask the cluster owner (CWII_${id.toUpperCase()}_ENABLED) or remove it`;
    return { asked: undefined, outcome: skip(annotationFinding('provider-disabled', asked, message)) };
  }
  if (!pod.hasServiceAccount) {
    const message =
      'the pod names no ServiceAccount whose token could be projected, so nothing is injected; set spec.serviceAccountName';
    return { asked: undefined, outcome: skip(annotationFinding('service-account-missing', asked, message)) };
  }
  return { asked };
}

export function skip(finding: Finding): ProviderOutcome {
  return { kind: 'skip', findings: [finding] };
}

/** A value that makes the identity impossible: refused or skipped, by where it stands. */
export function invalid(
  code: Finding['code'],
  at: Explicit<unknown>,
  cloud: string,
  words: { readonly problem: string; readonly remedy: string },
  input: PlanInput,
): ProviderOutcome {
  const severity = input.severityOfInvalid(at);
  const effect = severity === 'deny' ? '' : `, so nothing is injected for ${cloud}`;
  const finding = annotationFinding(code, at, `${words.problem}${effect}; ${words.remedy}`, severity);
  return { kind: severity === 'deny' ? 'deny' : 'skip', findings: [finding] };
}

/** A value that the cluster's owner does not allow: refused wherever it stands, because a rule is no typo. */
export function notAllowed(
  at: Explicit<unknown> | undefined,
  rail: GuardRail,
  value: string,
  input: PlanInput,
): Finding[] {
  if (!at || allows(input.allowed[rail], value, input.pod.namespace)) return [];
  const message = `${rail} of this webhook does not allow it; choose an allowed value or ask the cluster owner`;
  return [annotationFinding('not-allowed', { ...at, raw: value }, message, 'deny')];
}

/**
 * The audience of a token must be a cloud's: never the API server's own, and one that is allowed.
 *
 * @param canonical the form in which the cluster owner lists an audience.
 */
export function checkAudience(
  at: Explicit<string> | undefined,
  input: PlanInput,
  canonical: (audience: string) => string = (audience) => audience,
): Finding[] {
  if (!at) return [];
  if (isApiServerAudience(at.value, input.apiAudiences)) {
    const message =
      "this is the API server's own audience, and its token would be a key to the cluster; use the cloud's";
    return [annotationFinding('audience-of-api-server', at, message, 'deny')];
  }
  return notAllowed(at, 'CWII_ALLOWED_AUDIENCES', canonical(at.value), input);
}
