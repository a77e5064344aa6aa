// CEL variables for the containers of a pod: their names, variables and mounts, and which of them are chosen.

import { KEY_PREFIX } from '../../../lib/annotations/keys.ts';
import { OWN_CONTAINER_MOUNT } from '../../../lib/providers/plan.ts';
import { celString } from '../cel.ts';
import { firstText, type Variable } from '../require-scopes.ts';
import { bind, cel, celData } from './cel-data.ts';

/** The pod's own containers, as the other variables look at them. */
export function containerVariables(): readonly Variable[] {
  return [
    { name: 'allContainers', expression: 'object.spec.containers + object.spec.?initContainers.orValue([])' },
    { name: 'windows', expression: WINDOWS },
    { name: 'skipped', expression: names('skip-containers') },
    { name: 'included', expression: names('include-containers') },
    { name: 'readOnlyVolumes', expression: READ_ONLY_VOLUMES },
    {
      name: 'containers',
      expression: `(${containersOf('initContainers')} +
${containersOf('containers')})
  .filter(k, !k.name.startsWith('cwii-') || !k.mounts.exists(m, m.name == ${celString(OWN_CONTAINER_MOUNT.name)}))`,
    },
    {
      name: 'chosen',
      expression:
        'variables.containers.filter(k, !(k.name in variables.skipped) && (variables.included.size() == 0 || k.name in variables.included))',
    },
  ];
}

const WINDOWS = `object.spec.?os.?name.orValue('') == 'windows' ||
['kubernetes.io/os', 'beta.kubernetes.io/os'].exists(l, object.spec.?nodeSelector[?l].orValue('') == 'windows') ||
object.spec.?securityContext.?windowsOptions.?hostProcess.orValue(false) ||
variables.allContainers.exists(c, c.?securityContext.?windowsOptions.?hostProcess.orValue(false))`;

function names(key: string): string {
  return `${firstText('scopes', `${KEY_PREFIX}${key}`)}.split(',').map(n, n.trim()).filter(n, n != '')`;
}

/** The kubelet mounts these sources read-only; most others have a field of their own, as in compare.ts. */
const READ_ONLY_VOLUMES = `object.spec.?volumes.orValue([]).filter(v,
  has(v.secret) || has(v.configMap) || has(v.projected) || has(v.downwardAPI) || has(v.image) ||
  v.exists(s, s != 'name' && v[s].?readOnly.orValue(false))).map(v, v.name)`;

/**
 * One path for each place in a container, with a slash at its end, so that one path begins with another if
 * it is below it. In nearly all images `/var/run` is a link to `/run`. Windows ignores case and `C:`.
 */
function placeOf(path: string): string {
  const segments = (text: string) => `'/' + ${text}.split('/').filter(s, !(s in ['', '.'])).map(s, s + '/').join()`;
  const linux = bind('p', segments(path), `p.startsWith('/var/run/') ? p.substring(4) : p`);
  const windows = segments(
    bind('p', `${path}.replace('\\\\', '/').lowerAscii()`, `p.startsWith('c:') ? p.substring(2) : p`),
  );
  return `(variables.windows ? ${windows} : ${linux})`;
}

function containersOf(list: string): string {
  const container = celData({
    path: cel(`'/spec/${list}/' + string(i)`),
    name: cel('c.name'),
    env: cel('c.?env.orValue([])'),
    names: cel('c.?env.orValue([]).map(e, e.name)'),
    from: cel('c.?envFrom.orValue([])'),
    hasEnv: cel('has(c.env)'),
    hasMounts: cel('has(c.volumeMounts)'),
    mounts: cel(
      `c.?volumeMounts.orValue([]).map(m, ${celData({
        name: cel('m.name'),
        place: cel(placeOf('m.mountPath')),
        whole: cel(`m.?subPath.orValue('') == '' && m.?subPathExpr.orValue('') == ''`),
        readOnly: cel(
          `m.?readOnly.orValue(false) || m.name.startsWith('cwii-') || m.name in variables.readOnlyVolumes`,
        ),
      })})`,
    ),
    devices: cel(`c.?volumeDevices.orValue([]).map(d, ${placeOf('d.devicePath')})`),
  });
  return `object.spec.?${list}.orValue([]).transformList(i, c, ${container})`;
}
