// Problems with the annotations of services and tokens in CEL, in the order of the providers.

import type { FindingCode } from '../../../lib/annotations/finding-codes.ts';
import { NAME, PREFIX, VARIABLE } from '../../../lib/providers/services/bare-token.ts';
import { MOST_TOKENS } from '../../../lib/providers/services/services.ts';
import { LONGEST_AUDIENCE } from '../../../lib/settings/formats.ts';
import { guardRailSettings } from '../../../lib/settings/guard-rails.ts';
import type { ServiceDefinition } from '../../../lib/settings/service-definition.ts';
import { parseTemplate } from '../../../lib/settings/service-templates.ts';
import type { MutateSettings } from '../../../lib/settings/webhook-config.ts';
import { celList, celString } from '../cel.ts';
import type { Variable } from '../require-scopes.ts';
import { audienceRules, isTooLong, lifetimeRules, longAudience } from './checks.ts';
import { allOf, denial, denialsOr, firstOf, invalid, type Params, problemAt, type Rule, warning } from './problems.ts';
import { guardRail, isValidValue } from './services.ts';
import { allows, isApiAudience, matches, serviceVariableOf } from './values.ts';

export function serviceProblems(definition: ServiceDefinition, settings: MutateSettings): Variable {
  const { name, title, keys, trigger, tokenExpiration, audience } = definition;
  const { onInvalid } = settings;
  const valueIn = (key: string) => `variables.${serviceVariableOf(`${name}-${key}`)}`;
  const none = `nothing is injected for ${title}`;
  const inject = valueIn('inject');
  const missing = (key: string) => {
    const params = { key: `cwii.dev/${name}-${key}`, service: title };
    const at = (where: string) => warning('service-key-missing', `${name}-${where}`, params);
    return `(${valueIn(trigger)} != '' ? ${at(trigger)} : ${at('inject')})`;
  };
  const required = Object.entries(keys).filter(
    ([key, { required: isRequired, default: byDefault }]) => (isRequired || key === trigger) && byDefault === undefined,
  );
  const chosen = `variables.${serviceVariableOf(name)}TokenAudience`;
  const placeholders = audience === undefined ? [] : [...new Set(parseTemplate(audience).placeholders)];
  const sources = ['audience', ...placeholders].map((key) => [key, `${valueIn(key)} != ''`] as const);
  // At the annotation that sets the audience, or the first part of it.
  const before = (index: number) => sources.slice(0, index).map(([, isWritten]) => `!(${isWritten})`);
  const audienceAt = sources.map(([key, isWritten], index) => ({
    key: `${name}-${key}`,
    condition: [...before(index), isWritten].join(' && '),
  }));
  const rails = Object.keys(keys).flatMap((key): Rule[] => {
    const allowed = guardRail(settings.services.allowed, `${name}-${key}`, valueIn(key));
    if (allowed === '') return [];
    const rule = 'CWII_ALLOWED_SERVICE_VALUES';
    return [[`${valueIn(key)} != '' && !(true${allowed})`, denial('not-allowed', `${name}-${key}`, { rule })]];
  });
  return {
    name: `${serviceVariableOf(name)}Problems`,
    expression: firstOf(
      [
        [`${inject} == 'false' || ${valueIn(trigger)} == '' && ${inject} != 'true'`, '[]'],
        ...Object.entries(keys).map(
          ([key, { pattern }]): Rule => [
            `${valueIn(key)} != '' && !(${isValidValue(valueIn(key), pattern)})`,
            invalid('service-value-invalid', `${name}-${key}`, onInvalid, none),
          ],
        ),
        ...required.map(([key]): Rule => [`${valueIn(key)} == ''`, missing(key)]),
        [`${chosen} == ''`, missing('audience')],
        ...audienceAt.map(
          ({ key, condition }): Rule => [
            `${condition} && ${isTooLong(key, chosen)}`,
            longAudience(key, title, onInvalid),
          ],
        ),
      ],
      denialsOr(
        [
          ...rails,
          ...audienceAt.flatMap(({ key, condition }) => audienceRules(key, settings, chosen, `(${condition})`)),
        ],
        allOf(
          lifetimeRules(
            `${name}-token-expiration`,
            tokenExpiration?.default ?? settings.tokenExpiration,
            tokenExpiration?.longest === undefined ? undefined : { seconds: tokenExpiration.longest, who: title },
            valueIn('token-expiration'),
          ),
        ),
      ),
    ),
  };
}

/** @param reserved names that are not possible. */
export function tokenProblems(settings: MutateSettings, reserved: readonly string[]): readonly Variable[] {
  const { onInvalid, allowed, apiAudiences } = settings;
  const key = `(${celString(PREFIX)} + t.name)`;
  const deny = (suffix: string) =>
    onInvalid === undefined
      ? `(variables.ofPod[?${key}${suffix}].orValue('').trim() != '')`
      : String(onInvalid === 'deny');
  const isOfApi = isApiAudience('t.audience', apiAudiences);
  const rule = guardRailSettings.audience;
  const params = { key: `${PREFIX}{{t.name}}`, service: 'the token {{t.name}}' };
  const expiration = `${key} + '-expiration'`;
  const warnAt = (code: FindingCode, at: string, of?: Params) => problemAt(code, at, 'false', of);
  const lifetime = allOf(lifetimeRules(expiration, settings.tokenExpiration, undefined, 't.expiration', warnAt));
  return [
    {
      name: 'tokenProblems',
      expression: `variables.tokenValues.map(t, ${firstOf(
        [
          [`t.audience == '' && t.inject != 'true' && t.variable == '' && t.expiration == ''`, '[]'],
          [
            `t.audience == '' && t.inject != 'true'`,
            problemAt('service-key-missing', `${key} + (t.variable != '' ? '-env' : '-expiration')`, 'false', params),
          ],
          [
            `!${matches('t.name', NAME)} || t.name in ${celList(reserved)}`,
            problemAt('token-name-invalid', key, `(t.audience != '' ? ${deny('')} : ${deny(" + '-inject'")})`),
          ],
          [`t.audience == ''`, problemAt('service-key-missing', `${key} + '-inject'`, 'false', params)],
          [`t.index >= ${MOST_TOKENS}`, problemAt('tokens-too-many', key, 'true', { most: MOST_TOKENS })],
          [`t.audience.size() > ${LONGEST_AUDIENCE}`, problemAt('audience-too-long', key, deny(''))],
          [
            `t.variable != '' && !${matches('t.variable', VARIABLE)}`,
            problemAt('token-variable-invalid', `${key} + '-env'`, deny(" + '-env'")),
          ],
          [isOfApi, problemAt('audience-of-api-server', key, 'true')],
          ...(allowed.audience
            ? [[`!${allows('t.audience', allowed.audience)}`, problemAt('not-allowed', key, 'true', { rule })] as const]
            : []),
          [
            'variables.validTokens.exists(u, u.name == t.name) && !variables.tokens.exists(p, p.id == t.name)',
            problemAt('service-variable-taken', `${key} + '-env'`, 'true', {
              other: 'another identity',
              variable: '{{t.variable}}',
            }),
          ],
        ],
        lifetime,
      )}).flatten()`,
    },
  ];
}
