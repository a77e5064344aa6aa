// Checks that all providers share: is the cloud requested, is it possible, and is it allowed.

import type { InvalidCode, InvalidDocs } from '../annotations/finding-codes.ts';
import { type Finding, findingOf, invalidFinding, locationOf } from '../annotations/findings.ts';
import type { ProviderId } from '../annotations/keys.ts';
import type { InvalidRareAwsCode } from '../annotations/rare-aws-findings.ts';
import type { Explicit } from '../annotations/resolve.ts';
import type { InvalidServiceCode } from '../annotations/service-findings.ts';
import { isApiServerAudience } from '../settings/api-audiences.ts';
import { LONGEST_AUDIENCE } from '../settings/formats.ts';
import { allows, type GuardRail, guardRailSettings } from '../settings/guard-rails.ts';
import type { EvaluationInput, ProviderInfo, ProviderOutcome } from './provider.ts';

/** The annotation that requests the cloud, or the outcome if the cloud is not requested or not possible. */
export type RequestCheck =
  | { readonly request: Explicit<unknown>; readonly outcome?: undefined }
  | { readonly request?: undefined; readonly outcome: ProviderOutcome };

/** @param further an annotation that requests the cloud for a part of the pod. */
export function checkRequest(
  { cloud, trigger, injectKey, disabledBy }: ProviderInfo,
  input: EvaluationInput,
  further?: Explicit<unknown>,
): RequestCheck {
  const { resolution, settings, pod } = input;
  const inject = resolution.find(injectKey);
  const triggered = resolution.find(trigger) ?? further;
  if (inject?.value === false) {
    // The "false" of a wider scope may come from the cache. With "withheld", the scope is read again before
    // the answer.
    const suppressed = triggered !== undefined && inject.source.kind !== 'pod';
    return { outcome: { kind: suppressed ? 'withheld' : 'not-requested', findings: [] } };
  }
  const request = triggered ?? (inject?.value ? inject : undefined);
  if (!request) return { outcome: { kind: 'not-requested', findings: [] } };
  const setting = disabledBy(settings);
  if (setting !== undefined) {
    return { outcome: withhold(findingOf('provider-disabled', locationOf(request), { cloud, setting })) };
  }
  if (pod && pod.serviceAccountName === undefined) {
    return { outcome: withhold(findingOf('service-account-missing', locationOf(request))) };
  }
  return { request };
}

/** The setting that enables a cloud, as a function of `Provider`. */
export function switchOf(id: ProviderId): ProviderInfo['disabledBy'] {
  return ({ providers }) => (providers[id].enabled ? undefined : `CWII_${id.toUpperCase()}_ENABLED`);
}

export function withhold(finding: Finding): ProviderOutcome {
  return { kind: 'withheld', findings: [finding] };
}

/** The outcome for a value that makes the identity impossible: denied or withheld, depending on its scope. */
export function invalid(
  code: InvalidCode | InvalidServiceCode | InvalidRareAwsCode,
  at: Explicit<unknown>,
  cloud: string,
  { severityOfInvalid }: Pick<EvaluationInput, 'severityOfInvalid'>,
  effect = `nothing is injected for ${cloud}`,
  docs?: Pick<InvalidDocs, 'problem' | 'remedy'>,
): ProviderOutcome {
  const severity = severityOfInvalid(at);
  const finding = invalidFinding(code, locationOf(at), severity, effect, docs);
  return { kind: severity === 'deny' ? 'deny' : 'withheld', findings: [finding] };
}

/**
 * Denies a value that the cluster owner does not allow, whatever scope sets it: a rule is not a typing error.
 *
 * @param value the value in the form in which the cluster owner writes it.
 */
export function notAllowed(
  at: Explicit<unknown> | undefined,
  rail: GuardRail,
  value: string,
  { settings, namespace }: Pick<EvaluationInput, 'settings' | 'namespace'>,
): Finding[] {
  if (!at || allows(settings.allowed[rail], value, namespace)) return [];
  return [findingOf('not-allowed', locationOf({ ...at, raw: value }), { rule: guardRailSettings[rail] })];
}

/** Denies the value of an annotation that the cluster owner does not allow, as written. */
export function checkValue(at: Explicit<string> | undefined, rail: GuardRail, input: EvaluationInput): Finding[] {
  return notAllowed(at, rail, at?.value ?? '', input);
}

/** The outcome if one of the audiences is longer than any cloud accepts. */
export function checkAudienceLength(
  audiences: readonly (Explicit<string> | undefined)[],
  cloud: string,
  input: EvaluationInput,
): ProviderOutcome | undefined {
  const long = audiences.find((at) => at !== undefined && at.value.length > LONGEST_AUDIENCE);
  return long && invalid('audience-too-long', long, cloud, input);
}

/**
 * Denies the audience of a token if it is one of the API server, or not allowed.
 *
 * @param canonical the form in which the cluster owner writes an audience.
 */
export function checkAudience(
  at: Explicit<string> | undefined,
  input: EvaluationInput,
  canonical: (audience: string) => string = (audience) => audience,
): Finding[] {
  if (!at) return [];
  if (isApiServerAudience(at.value, input.apiAudiences)) return [findingOf('audience-of-api-server', locationOf(at))];
  return notAllowed(at, 'audience', canonical(at.value), input);
}
