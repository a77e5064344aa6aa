// Problems of a pod in CEL: containers and volumes that conflict with an identity, and keys without effect.

import { annotationKeys, CONTAINER_ROLE, INJECT_KEY, KEY_PREFIX, outputKeys } from '../../../lib/annotations/keys.ts';
import { mostContainers } from '../../../lib/injection/containers.ts';
import { PREFIX } from '../../../lib/providers/services/bare-token.ts';
import { annotationOf } from '../../../lib/providers/services/prepared-service.ts';
import type { ServiceDefinition } from '../../../lib/settings/service-definition.ts';
import { STANDARD_KEYS } from '../../../lib/settings/service-templates.ts';
import type { MutateSettings } from '../../../lib/settings/webhook-config.ts';
import { celList, celString } from '../cel.ts';
import type { Variable } from '../require-scopes.ts';
import { BELOW_READ_ONLY, IS_FOR, IS_SET, NEEDS_REST, SETS_IDENTITY, TAKEN } from './claims.ts';
import { ofPod, problemOf } from './problems.ts';

export function podProblems({ onInvalid }: MutateSettings): readonly Variable[] {
  // A mount in the way denies the pod if the pod itself requests the identity.
  const byPod = `(variables.ofPod[?p.trigger].orValue('').trim() != '' ||
    variables.ofPod[?p.inject].orValue('').trim().lowerAscii() in ['true', 'false'])`;
  const deny = onInvalid === undefined ? byPod : String(onInvalid === 'deny');
  const container = { container: '{{k.name}}' };
  return [
    {
      name: 'containerProblems',
      expression: `variables.candidates.map(p, variables.chosen.filter(k, ${IS_FOR}).map(k,
  !(${SETS_IDENTITY}) ? (${TAKEN} ? ${ofPod('mount-path-taken', 'p.mounts[0].mount.mountPath', 'true', { ...container, volume: 'of its own' })} :
    ${BELOW_READ_ONLY} ? ${ofPod('mount-parent-read-only', `'mount in container ' + k.name`, deny)} : []) :
  !(${TAKEN}) && !(${BELOW_READ_ONLY}) && ${NEEDS_REST} ? [] : ${ownIdentity()}).flatten()).flatten()`,
    },
    {
      name: 'volumeProblems',
      expression: `variables.claims.filter(c, c.takes.size() > 0).map(c, c.plan.volumes.filter(v, object.spec.?volumes.orValue([]).exists(w, w.name == v.name &&
  (has(v.projected) ? !has(w.projected) || w.projected.sources != v.projected.sources :
    !has(w.downwardAPI) || w.downwardAPI.items != v.downwardAPI.items))).map(v, ${ofPod('volume-name-taken', 'v.name', 'true')}).flatten()).flatten()`,
    },
    {
      name: 'sizeProblems',
      expression: `variables.candidates.size() > 0 && variables.containers.size() > [${mostByIdentities()}][variables.candidates.size() < ${MOST_IDENTITIES} ? variables.candidates.size() - 1 : ${MOST_IDENTITIES - 1}] ?
${ofPod('containers-too-many', "'spec.containers'", 'true', { count: '{{string(variables.containers.size())}}', most: 'fewer' })} : []`,
    },
    {
      name: 'choiceProblems',
      expression: `variables.candidates.size() == 0 ? [] : ['skip-containers', 'include-containers'].map(a,
  (a == 'skip-containers' ? variables.skipped : variables.included).filter(n, !variables.allContainers.exists(c, c.name == n)).map(n,
  ${ofPod('container-unknown', `${celString(KEY_PREFIX)} + a`, 'false', { names: '{{n}}' })}).flatten()).flatten()`,
    },
  ];
}

const MOST_IDENTITIES = 20;
const mostByIdentities = () =>
  Array.from({ length: MOST_IDENTITIES }, (_, index) => mostContainers(index + 1)).join(', ');

/** The container keeps its own identity, or has a part of one. */
function ownIdentity(): string {
  const names = 'p.identity.filter(v, v.name in k.names).map(v, v.name)[0]';
  const params = { container: '{{k.name}}' };
  const isKept = `k.env.exists(e, e.name in p.files && e.?value.orValue('') != p.file) ?
    !has(p.principal) || p.principal in k.names || k.from.size() > 0 : ${TAKEN} || ${BELOW_READ_ONLY} ||
    k.env.exists(e, e.name in p.?staticKeys.orValue([]) && ${IS_SET})`;
  const kept = (code: 'aws-identity-kept' | 'service-identity-kept' | 'az-identity-kept' | 'gcp-identity-kept') =>
    ofPod(code, names, 'false', params);
  return `(k.env.exists(e, p.identity.exists(v, v.name == e.name) && !${IS_SET}) ? ${ofPod('identity-empty', names, 'false', params)} :
    (${isKept}) ? (p.id == 'aws' ? ${kept('aws-identity-kept')} : p.id == 'az' ? ${kept('az-identity-kept')} :
      p.id == 'gcp' ? ${kept('gcp-identity-kept')} : ${kept('service-identity-kept')}) :
    ${ofPod('identity-incomplete', names, 'false', { ...params, missing: "{{p.?principal.orValue('the rest')}}" })})`;
}

/** Keys that no provider knows, and switches that are neither "true" nor "false". */
export function keyProblems(services: readonly ServiceDefinition[]): readonly Variable[] {
  const ofServices = services.flatMap((service) =>
    [...Object.keys(service.keys), ...STANDARD_KEYS].map((key) => annotationOf(service, key)),
  );
  const known = [...Object.keys(annotationKeys), ...outputKeys, ...ofServices];
  const booleans = [
    ...Object.entries(annotationKeys).flatMap(([key, type]) => (type === 'boolean' ? [key] : [])),
    ...services.map((service) => annotationOf(service, 'inject')),
  ];
  const read = (scope: string) => `variables.scopes[${scope}][?b].orValue('').trim().lowerAscii()`;
  const isUnknown = `k.startsWith(${celString(KEY_PREFIX)}) && !k.startsWith(${celString(CONTAINER_ROLE)}) && !k.startsWith(${celString(PREFIX)}) && !(k in ${celList(known)})`;
  return [
    {
      name: 'keyProblems',
      expression: `lists.range(3).map(i, variables.scopes[i].filter(k, ${isUnknown}).map(k, k == ${celString(INJECT_KEY)} ?
  ${problemOf('inject-is-a-label', 'k', 'i')} : ${problemOf('annotation-unknown', 'k', 'i')}).flatten()).flatten()`,
    },
    {
      name: 'booleanProblems',
      expression: `(${celList(booleans)} + variables.tokenNames.map(n, ${celString(PREFIX)} + n + '-inject')).map(b, lists.range(3).filter(i, !(${read('i')} in ['', 'true', 'false']) &&
  !lists.range(i).exists(j, ${read('j')} in ['true', 'false'])).map(i, ${problemOf('boolean-unreadable', 'b', 'i')}).flatten()).flatten()`,
    },
  ];
}
