// CEL variables that decide for each identity which containers take it, as lib/injection/claim.ts does.

import type { Variable } from '../require-scopes.ts';
import { cel, celData } from './cel-data.ts';

/** In these expressions, `p` is a plan and `k` a container. */
export const IS_SET = `(e.?value.orValue('') != '' || has(e.valueFrom))`;
export const SETS_IDENTITY = 'p.identity.exists(v, v.name in k.names)';
const SETS_FILE = 'p.files.exists(n, n in k.names)';

/** The variables of the identity for the container, which may have a principal of its own. */
export const IDENTITY = `(k.name in p.?principals.orValue({}) ?
  p.principals[k.name] + p.identity.filter(v, v.name != p.principal) : p.identity)`;
export const IS_FOR =
  '(k.name in p.?principals.orValue({}) ? p.principals[k.name].size() > 0 : p.?others.orValue(true))';

/** Whether a mount or a device takes the place of a planned mount, or hides it. */
export const TAKEN = `p.mounts.exists(t, k.mounts.exists(m, m.place.startsWith(t.place) && !(m.name == t.name && m.place == t.place && m.whole)) ||
  k.devices.exists(d, d.startsWith(t.place) || t.place.startsWith(d)))`;

/** Whether the nearest mount above a planned mount is read-only: its mount point cannot be created there. */
export const BELOW_READ_ONLY = `p.mounts.exists(t, k.mounts.exists(m, m.readOnly && m.place != t.place && t.place.startsWith(m.place) &&
  !k.mounts.exists(n, n.place != t.place && t.place.startsWith(n.place) && n.place.size() > m.place.size())))`;

/** Whether a container that sets a part of the identity needs the rest of it. */
export const NEEDS_REST = `k.env.all(e, !p.identity.exists(v, v.name == e.name) || ${IS_SET}) &&
  k.env.all(e, !(e.name in p.files) || e.?value.orValue('') == p.file) &&
  (${SETS_FILE} || !k.env.exists(e, e.name in p.?staticKeys.orValue([]) && ${IS_SET}) &&
    (!has(p.principal) || p.principal in k.names ||
     k.env.all(e, ${IDENTITY}.all(v, v.name != e.name || v.?value.orValue('') == e.?value.orValue('') && !has(e.valueFrom)))))`;

/** The plans of all identities, and the containers that take each. */
export function claimVariables(plans: readonly string[]): readonly Variable[] {
  return [
    { name: 'candidates', expression: plans.map((name) => `variables.${name}`).join(' + ') },
    {
      name: 'plans',
      expression: 'variables.candidates.filter(p, !variables.stated || p.id in variables.status)',
    },
    {
      name: 'claims',
      expression: `variables.plans.map(p, ${celData({
        plan: cel('p'),
        takes: cel(`variables.chosen.filter(k, ${IS_FOR} && !(${TAKEN}) && !(${BELOW_READ_ONLY}) &&
  (!${SETS_IDENTITY} || ${NEEDS_REST})).map(k, k.path)`),
        // A container with an AWS identity of its own gets the region too.
        others: cel(
          `!has(p.extrasForOwnIdentity) ? [] : variables.chosen.filter(k, ${IS_FOR} && ${SETS_IDENTITY} && (${TAKEN} || ${BELOW_READ_ONLY} || !(${NEEDS_REST}))).map(k, k.path)`,
        ),
      })})`,
    },
    {
      name: 'given',
      expression: 'variables.claims.filter(c, c.takes.size() > 0).map(c, c.plan)',
    },
  ];
}

/** The variable of a group of the same meaning that the container sets. */
const CHOSEN = `p.?synonyms.orValue([]).filter(s, k.env.exists(e, e.name == s && ${IS_SET}))`;

const COPY = `k.env.filter(e, e.name == s).map(e, has(e.valueFrom) ?
  dyn({'name': dyn(n), 'valueFrom': dyn(e.valueFrom)}) :
  dyn({'name': dyn(n), 'value': dyn(e.value.contains('$') ? '$(' + s + ')' : e.value)}))[0]`;

/** The further variables of the plan `p` that the container `k` lacks. */
const EXTRAS = `(p.?extras.orValue([]).filter(v, !(v.name in k.names) && !(v.name in p.?synonyms.orValue([]) && ${CHOSEN}.size() > 0)) +
  ${CHOSEN}.map(s, p.?completed.orValue([]).filter(n, !(n in k.names)).map(n, ${COPY}))[?0].orValue([]))`;

/** The additions to each container. */
export function additionVariable(): Variable {
  return {
    name: 'additions',
    expression: `variables.containers.map(k, ${celData({
      path: cel('k.path'),
      hasEnv: cel('k.hasEnv'),
      hasMounts: cel('k.hasMounts'),
      env: cel(`variables.claims.filter(c, k.path in c.takes || k.path in c.others).map(c, [c.plan].map(p,
  (k.path in c.takes ? ${IDENTITY}.filter(v, !(v.name in k.names)) : []) + ${EXTRAS})[0]).flatten()`),
      mounts: cel(`variables.claims.filter(c, k.path in c.takes).map(c, c.plan.mounts.filter(t,
  !k.mounts.exists(m, m.name == t.name && m.place == t.place && m.whole)).map(t, t.mount)).flatten()`),
    })})`,
  };
}
