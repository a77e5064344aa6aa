// A CEL variable for the annotation `cwii.dev/kept-variables`: variables of the user that stand where the
// webhook finds its own ones in a later admission. They follow from lib/injection/variables.ts.

import type { Variable } from '../require-scopes.ts';
import { bind } from './cel-data.ts';
import { IDENTITY } from './claims.ts';

/** The names of the variables of container `k` after the identity of plan `p` was added. */
const NAMES_AFTER = 'k.names + p.identity.map(v, v.name).filter(n, !(n in k.names))';

const ORDER = (index: string) => `p.identity.map(v, v.name).indexOf(after[${index}])`;

/** The number of variables directly before the file that are of the identity too, in the order of cwii. */
const BEFORE = `lists.range(p.identity.size()).filter(j, j < at && lists.range(j + 1).all(i,
    ${ORDER('at - i - 1')} != -1 && ${ORDER('at - i - 1')} < ${ORDER('at - i')})).size()`;

const DIFFERS = `k.env.exists(e, e.name == v.name && (has(v.valueFrom) ?
    !has(e.valueFrom) || e.valueFrom != v.valueFrom : has(e.valueFrom) || e.?value.orValue('') != v.value))`;

/** The variables that the container sets to another value, from that place on. */
const KEPT = bind(
  'after',
  NAMES_AFTER,
  bind(
    'at',
    'after.indexOf(p.files.size() > 0 ? p.files[0] : p.identity[p.identity.size() - 1].name)',
    bind(
      'start',
      `at - ${BEFORE}`,
      `(${IDENTITY} + p.?extras.orValue([])).filter(v, k.names.indexOf(v.name) >= start && ${DIFFERS}).map(v, k.name + '=' + v.name)`,
    ),
  ),
);

export function keptVariable(): Variable {
  return {
    name: 'kept',
    expression: `variables.byWebhook ? [] : variables.claims.map(c, variables.containers.filter(k, k.path in c.takes &&
  !(c.plan.id in variables.status && k.mounts.exists(m, m.name == c.plan.mounts[0].name)) &&
  c.plan.identity.exists(v, v.name in k.names)).map(k, [c.plan].map(p, ${KEPT})[0]).flatten()).flatten()`,
  };
}
