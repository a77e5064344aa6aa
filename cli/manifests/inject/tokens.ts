// Tokens of any audience in CEL: the same rules as lib/providers/services/bare-token.ts.

import { NAME, PREFIX, VARIABLE } from '../../../lib/providers/services/bare-token.ts';
import { MOST_TOKENS } from '../../../lib/providers/services/services.ts';
import type { MutateSettings } from '../../../lib/settings/webhook-config.ts';
import { celList, celString } from '../cel.ts';
import type { Variable } from '../require-scopes.ts';
import { cel, celData } from './cel-data.ts';
import { planData, tokenVolume } from './plan.ts';
import { isPossibleAudience, matches, seconds } from './values.ts';

export interface TokenInput {
  readonly settings: MutateSettings;
  readonly allowedAudience: (value: string) => string;
  /** Names that are not possible. */
  readonly reserved: readonly string[];
  /** The names of variables that each identity sets, by the variable with its plan. */
  readonly taken: Readonly<Record<string, readonly string[]>>;
}

const KEY_LENGTH = PREFIX.length;
const first = (suffix: string) =>
  `(variables.scopes.map(s, s[?${celString(PREFIX)} + n${suffix === '' ? '' : ` + '-${suffix}'`}].orValue('').trim()).filter(v, v != '') + [''])[0]`;
const INJECT = `(variables.scopes.map(s, s[?${celString(PREFIX)} + n + '-inject'].orValue('').trim().lowerAscii()).filter(v, v in ['true', 'false']) + [''])[0]`;

export function tokenVariables({ settings, allowedAudience, reserved, taken }: TokenInput): readonly Variable[] {
  const { mountRoot, tokenExpiration } = settings;
  const isTaken = Object.entries(taken)
    .map(([plan, names]) => `variables.${plan}.size() > 0 && t.variable in ${celList(names)}`)
    .join(' ||\n  ');
  return [
    {
      name: 'tokenNames',
      expression: `variables.scopes.map(s, s.filter(k, k.startsWith(${celString(PREFIX)})).map(k, k.substring(${KEY_LENGTH})))
  .flatten().map(k, k.matches('.-(env|expiration|inject)$') ? k.substring(0, k.lastIndexOf('-')) : k).distinct().sort()
  .filter(n, n != '')`,
    },
    {
      // One more than a pod can have is enough to see that it has too many.
      name: 'tokenValues',
      expression: `variables.tokenNames.filter(n, ${INJECT} != 'false').transformList(i, n, i <= ${MOST_TOKENS}, ${celData(
        {
          index: cel('variables.tokenNames.indexOf(n)'),
          name: cel('n'),
          inject: cel(INJECT),
          audience: cel(first('')),
          variable: cel(first('env')),
          expiration: cel(first('expiration')),
        },
      )})`,
    },
    {
      name: 'validTokens',
      expression: `variables.tokenValues.filter(t, t.index < ${MOST_TOKENS} && t.audience != '' && ${matches('t.name', NAME)} &&
  !(t.name in ${celList(reserved)}) && ${isPossibleAudience('t.audience', allowedAudience('t.audience'))} &&
  (t.variable == '' || ${matches('t.variable', VARIABLE)}))`,
    },
    {
      // A variable of another identity of the pod is not possible.
      name: 'freeTokens',
      expression: `variables.validTokens.filter(t, !(${isTaken}))`,
    },
    {
      // The first of two tokens with one variable has it.
      name: 'tokens',
      expression: `variables.freeTokens.filter(t, t.variable == '' || variables.freeTokens.filter(u, u.variable == t.variable)[0].name == t.name)
  .map(t, ${planData({
    id: cel('t.name'),
    trigger: cel(`${celString(PREFIX)} + t.name`),
    inject: cel(`${celString(PREFIX)} + t.name + '-inject'`),
    volumes: [
      tokenVolume(
        cel(`'cwii-' + t.name + '-token'`),
        cel('t.audience'),
        cel(`(${seconds('t.expiration', tokenExpiration)})`),
      ),
    ],
    mounts: [{ name: cel(`'cwii-' + t.name + '-token'`), path: mountRoot, last: cel('t.name') }],
    file: cel(FILE(mountRoot)),
    files: cel(`[t.variable].filter(v, v != '')`),
    identity: cel(
      `[t.variable].filter(v, v != '').map(v, ${celData({ name: cel('v'), value: cel(`${FILE(mountRoot)}.replace('$', '$$')`) })})`,
    ),
  })})`,
    },
  ];
}

const FILE = (mountRoot: string) =>
  `(variables.windows ? ${celString(`C:${mountRoot.replaceAll('/', '\\')}\\`)} + t.name + ${celString('\\token')} : ${celString(`${mountRoot}/`)} + t.name + '/token')`;
