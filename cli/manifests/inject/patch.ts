// CEL variables for the JSON Patch on a pod: volumes, variables, mounts and annotations.

import { INJECTED, KEPT_VARIABLES } from '../../../lib/annotations/keys.ts';
import { celString } from '../cel.ts';
import { BY_POLICIES } from '../names.ts';
import type { Variable } from '../require-scopes.ts';

/** Adds items to a list, which is created if the pod does not have it. */
const append = (path: string, exists: string, items: string) =>
  `(${items}.size() == 0 ? [] : ${exists} ? ${items}.map(x, JSONPatch{op: 'add', path: ${path} + '/-', value: x}) :
    [JSONPatch{op: 'add', path: ${path}, value: ${items}}])`;

export function patchVariables(): readonly Variable[] {
  return [
    {
      name: 'volumes',
      expression: `variables.given.map(p, p.volumes).flatten().filter(v, !object.spec.?volumes.orValue([]).exists(w, w.name == v.name))`,
    },
    {
      name: 'annotations',
      expression: `variables.given.map(p, p.?annotations.orValue({}).map(k, [dyn(k), dyn(p.annotations[k])])).flatten(1) +
  (variables.kept.size() == 0 ? [] : [[dyn(${celString(KEPT_VARIABLES)}), dyn((variables.kept + variables.ofPod[?${celString(KEPT_VARIABLES)}].orValue('').split(',').filter(n, n != '')).distinct().sort().join(','))]]) +
  (variables.given.size() == 0 ? [] : [[dyn(${celString(INJECTED)}), dyn(
    (variables.given.map(p, p.id) + variables.status.filter(s, !(s in ['', ${celString(BY_POLICIES)}]))).distinct().sort().join(',') +
    (variables.byWebhook ? '' : ${celString(`,${BY_POLICIES}`)}))]])`,
    },
  ];
}

export const PATCH = `${append("'/spec/volumes'", 'has(object.spec.volumes)', 'variables.volumes')} +
variables.additions.map(a,
  ${append("a.path + '/env'", 'a.hasEnv', 'a.env')} +
  ${append("a.path + '/volumeMounts'", 'a.hasMounts', 'a.mounts')}).flatten() +
(variables.annotations.size() == 0 || has(object.metadata.annotations) ? [] :
  [JSONPatch{op: 'add', path: '/metadata/annotations', value: {}}]) +
variables.annotations.map(a, JSONPatch{op: 'add', path: '/metadata/annotations/' + jsonpatch.escapeKey(a[0]), value: a[1]})`;
