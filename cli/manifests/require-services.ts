// When a pod should have the identity of a service or a bare token. The rules follow lib/providers/services.

import { NAME, PREFIX, VARIABLE } from '../../lib/providers/services/bare-token.ts';
import { annotationOf } from '../../lib/providers/services/prepared-service.ts';
import { LONGEST_AUDIENCE } from '../../lib/settings/formats.ts';
import type { ServiceDefinition } from '../../lib/settings/service-definition.ts';
import { parseTemplate } from '../../lib/settings/service-templates.ts';
import { celList, celString } from './cel.ts';
import { reservedNames } from './inject/policies.ts';
import { notInRe2 } from './inject/re2.ts';
import { isValidValue } from './inject/services.ts';
import { matches, serviceVariableOf } from './inject/values.ts';
import { hasToken, isChosen, isDecided, type RequiredValue, type Requirement } from './require-identity.ts';
import type { PolicyParameter, Variable } from './require-scopes.ts';

export function serviceRequirement(definition: ServiceDefinition): Requirement {
  const { name, title, trigger, keys, identity, otherCredentials = [] } = definition;
  const names = Object.keys(identity);
  const files = names.filter((variable) => ['{token}', '{file}'].includes(identity[variable] ?? ''));
  return {
    id: name,
    isCloud: false,
    prefix: serviceVariableOf(name),
    title: `an identity of ${title}`,
    trigger: annotationOf(definition, trigger),
    injectKey: annotationOf(definition, 'inject'),
    injectRequests: true,
    values: [
      ...Object.entries(keys).map(([key, { pattern, required, default: byDefault }]) =>
        requiredValue(
          definition,
          key,
          // The webhook compares what a policy cannot.
          (value) => (notInRe2(pattern) === undefined ? isValidValue(value, pattern) : `${value} != ''`),
          !(required || key === trigger) || byDefault !== undefined,
        ),
      ),
      requiredValue(definition, 'audience', (value) => `${value}.size() <= ${LONGEST_AUDIENCE}`, true),
    ],
    further: hasAudience(definition),
    identityVariables: names,
    principal: names.find((variable) => identity[variable] === `{${trigger}}`),
    otherSources: [...files, ...otherCredentials],
  };
}

function requiredValue(
  definition: ServiceDefinition,
  key: string,
  isValid: RequiredValue['isValid'],
  optional: boolean,
): RequiredValue {
  return { key: annotationOf(definition, key), name: nameOf(definition, key), isValid, optional };
}

function nameOf({ name }: ServiceDefinition, key: string): string {
  return serviceVariableOf(`${name}-${key}`);
}

/** The annotation sets the audience, or all keys in the definition's have a value. */
function hasAudience(definition: ServiceDefinition): string {
  const { audience, keys } = definition;
  const isSet = (key: string) => `variables.${nameOf(definition, key)} != ''`;
  if (audience === undefined) return isSet('audience');
  const needed = parseTemplate(audience).placeholders.filter((key) => keys[key]?.default === undefined);
  return needed.length === 0 ? 'true' : `(${isSet('audience')} || ${needed.map(isSet).join(' && ')})`;
}

const KEY = `${celString(PREFIX)} + n`;
const texts = (suffix: string) => `.map(s, s[?${KEY}${suffix}].orValue('').trim())`;

/** The first explicit value of a key of the token `n`, or ''. */
const first = (suffix: string) => `(variables.scopes${texts(suffix)}.filter(v, v != '') + [''])[0]`;

/**
 * The names of the bare tokens that the pod should have, but has not. Invalid names and variables are left
 * out: the webhook denies or admits such a pod, depending on the scope.
 */
export function missingTokens(parameter: PolicyParameter, services: readonly ServiceDefinition[]): readonly Variable[] {
  // The ServiceAccount or the ReplicaSet is the parameter. Lists have no flatten() in Kubernetes 1.34.
  const ofParameter = parameter === 'none' ? [] : ['ofParam'];
  const asking = parameter === 'ReplicaSet' ? ofParameter : ['ofPod', ...ofParameter, 'ofNamespace'];
  const namesIn = (scope: string) =>
    `variables.${scope}.filter(k, k.startsWith(${celString(PREFIX)}) && variables.${scope}[k].trim() != '').map(k, k.substring(${PREFIX.length}))`;
  const inject = `(variables.scopes${texts(" + '-inject'")}.map(v, v.lowerAscii()).filter(v, v in ['true', 'false']) + [''])[0]`;
  return [
    {
      name: 'tokenNames',
      expression: `(${asking.map(namesIn).join(' +\n  ')}).filter(n, ${matches('n', NAME)} &&
  !(n in ${celList(reservedNames(services))}) && !n.matches('.-(env|expiration|inject)$'))`,
    },
    {
      name: 'missingTokens',
      expression: `variables.tokenNames.filter(n, !variables.optsOut && ${inject} != 'false' &&
  !${hasToken(`'cwii-' + n + '-token'`)} &&
  !(${isDecided('n')}) &&
  ${first('')}.size() <= ${LONGEST_AUDIENCE} &&
  [${first(" + '-env'")}].exists(t, (t == '' || ${matches('t', VARIABLE)}) &&
  variables.containers.exists(c, ${isChosen('skipped')} && !c.?env.orValue([]).exists(e, e.name == t))))`,
    },
  ];
}
