// Rules in CEL that all identities share: values that deny a pod, withhold an identity or are corrected.

import { LONGEST_AUDIENCE, LONGEST_EXPIRATION, SHORTEST_EXPIRATION } from '../../../lib/settings/formats.ts';
import { type GuardRail, guardRailSettings } from '../../../lib/settings/guard-rails.ts';
import type { MutateSettings } from '../../../lib/settings/webhook-config.ts';
import { denial, invalid, type Rule, warning } from './problems.ts';
import { allows, isApiAudience, variableOf } from './values.ts';

const valueIn = (key: string) => `variables.${variableOf(key)}`;

/** Denies a value that a guard rail does not allow. */
export function railRule(
  key: string,
  rail: GuardRail,
  { allowed }: Pick<MutateSettings, 'allowed'>,
  value = valueIn(key),
): readonly Rule[] {
  const patterns = allowed[rail];
  if (!patterns) return [];
  const rule = guardRailSettings[rail];
  return [[`${valueIn(key)} != '' && !${allows(value, patterns)}`, denial('not-allowed', key, { rule })]];
}

/** Denies an audience of the API server, and one that the guard rail does not allow. */
export function audienceRules(
  key: string,
  settings: MutateSettings,
  value = valueIn(key),
  isChecked = `${value} != ''`,
): readonly Rule[] {
  const { audience } = settings.allowed;
  const isOfApi = isApiAudience(value, settings.apiAudiences);
  const rule = guardRailSettings.audience;
  return [
    [`${isChecked} && ${isOfApi}`, denial('audience-of-api-server', key)],
    ...(audience
      ? [[`${isChecked} && !${isOfApi} && !${allows(value, audience)}`, denial('not-allowed', key, { rule })] as const]
      : []),
  ];
}

export function isTooLong(key: string, value = valueIn(key)): string {
  return `${value}.size() > ${LONGEST_AUDIENCE}`;
}

export function longAudience(key: string, cloud: string, onInvalid: MutateSettings['onInvalid']): string {
  return invalid('audience-too-long', key, onInvalid, `nothing is injected for ${cloud}`);
}

/** A lifetime that is corrected: the conditions, and what is said. */
export function lifetimeRules(
  key: string,
  byDefault: number,
  limit?: Longest,
  value = valueIn(key),
  say: typeof warning = warning,
): readonly Rule[] {
  const { seconds: longest, who } = limit ?? { seconds: LONGEST_EXPIRATION, who: 'Kubernetes' };
  const isNumber = `${value}.matches('^[0-9]+$')`;
  const isShort = `${value}.matches('^0*[0-9]{1,10}$')`;
  const usual = Math.min(byDefault, longest);
  return [
    [`${value} != '' && !${isNumber}`, say('token-expiration-unreadable', key, { seconds: usual })],
    [
      `${isShort} && int(${value}) < ${SHORTEST_EXPIRATION}`,
      say('token-expiration-raised', key, { seconds: SHORTEST_EXPIRATION }),
    ],
    [
      `${isNumber} && (!${isShort} || int(${value}) > ${longest})`,
      say('token-expiration-lowered', key, { who, seconds: longest }),
    ],
  ];
}

/** The longest lifetime in seconds, and who sets it. */
interface Longest {
  readonly seconds: number;
  readonly who: string;
}
