// GCP in CEL: the same rules as lib/providers/gcp.ts.

import { GCP_CREDENTIALS } from '../../../lib/annotations/keys.ts';
import { ACCESS_LIFETIME, gcp, LONGEST_LIFETIME, PROJECT_ID, PROJECT_VARIABLES } from '../../../lib/providers/gcp.ts';
import { CREDENTIALS_FILE, credentialsJson } from '../../../lib/providers/gcp-credentials.ts';
import { containerPath } from '../../../lib/providers/token.ts';
import { GCP_AUDIENCE, GCP_SERVICE_ACCOUNT } from '../../../lib/settings/formats.ts';
import type { MutateSettings } from '../../../lib/settings/webhook-config.ts';
import type { Variable } from '../require-scopes.ts';
import { cel } from './cel-data.ts';
import { fileVolume, pathInContainer, planData, tokenVolume, variableList } from './plan.ts';
import { allows, booleanVariable, isPossibleAudience, matches, seconds, textVariable, withDefault } from './values.ts';

export function gcpVariables(
  { providers, allowed, mountRoot, tokenExpiration }: MutateSettings,
  allowedAudience: (value: string) => string,
): readonly Variable[] {
  const [tokenPath, filePath] = [`${mountRoot}/gcp`, `${mountRoot}/gcp-creds`];
  const file = pathInContainer(`${filePath}/${CREDENTIALS_FILE}`, containerPath);
  const account = 'variables.gcpServiceAccount';
  const project = `variables.gcpProject != '' && ${matches('variables.gcpProject', PROJECT_ID)}`;
  return [
    textVariable('gcp-service-account'),
    booleanVariable('gcp-inject'),
    textVariable('gcp-audience'),
    textVariable('gcp-token-audience'),
    textVariable('gcp-project'),
    textVariable('gcp-token-expiration'),
    textVariable('gcp-token-lifetime'),
    { name: 'gcpProvider', expression: withDefault('gcp-audience', providers.gcp.defaultAudience) },
    { name: 'gcpName', expression: `variables.gcpProvider.replace('https:', '', 1)` },
    {
      name: 'gcpPossible',
      expression: [
        `variables.gcpInject != 'false' && (${account} != '' || variables.gcpInject == 'true')`,
        `(${account} == '' || ${matches(account, GCP_SERVICE_ACCOUNT)} && ${allows(account, allowed.gcpServiceAccount)})`,
        matches('variables.gcpProvider', GCP_AUDIENCE),
        `(variables.gcpAudience == '' || ${allows('variables.gcpName', allowed.audience)})`,
        isPossibleAudience('variables.gcpTokenAudience', allowedAudience('variables.gcpTokenAudience')),
        ...(allowed.gcpProject
          ? [`(variables.gcpProject == '' || ${allows('variables.gcpProject', allowed.gcpProject)})`]
          : []),
      ].join(' &&\n'),
    },
    {
      name: 'gcpSeconds',
      expression: seconds('variables.gcpTokenExpiration', tokenExpiration, LONGEST_LIFETIME.seconds),
    },
    {
      // Also '' if it is not possible.
      name: 'gcpAccessSeconds',
      expression: `variables.gcpTokenLifetime.matches('^[0-9]{1,5}$') && int(variables.gcpTokenLifetime) >= ${ACCESS_LIFETIME.shortest} && int(variables.gcpTokenLifetime) <= ${ACCESS_LIFETIME.longest} ? string(int(variables.gcpTokenLifetime)) : ''`,
    },
    { name: 'gcpCredentials', expression: credentials(tokenPath) },
    {
      name: 'gcp',
      expression: `!variables.gcpPossible ? [] : [${planData({
        id: 'gcp',
        trigger: gcp.trigger,
        inject: gcp.injectKey,
        volumes: [
          tokenVolume(
            'cwii-gcp-token',
            cel(`(variables.gcpTokenAudience != '' ? variables.gcpTokenAudience : variables.gcpProvider)`),
            cel('variables.gcpSeconds'),
          ),
          fileVolume('cwii-gcp-creds', CREDENTIALS_FILE, GCP_CREDENTIALS),
        ],
        mounts: [
          { name: 'cwii-gcp-token', path: tokenPath },
          { name: 'cwii-gcp-creds', path: filePath },
        ],
        file,
        files: gcp.footprint.fileVariables,
        identity: variableList(gcp.identityVariables.map((name) => ({ name, value: file }))),
        extras: variableList(
          gcp.furtherVariables.map((name) => ({
            when: project,
            variable: { name, value: cel('variables.gcpProject') },
          })),
        ),
        synonyms: PROJECT_VARIABLES,
        annotations: { [GCP_CREDENTIALS]: cel('variables.gcpCredentials') },
      })}]`,
    },
  ];
}

/** The webhook's file with expressions for the values, none of which has a character that JSON escapes. */
function credentials(tokenPath: string): string {
  const [audience, account, lifetime] = ['@audience@', '@account@', 1];
  const json = (windows: boolean, of: { account?: string; lifetime?: number }) =>
    `'${credentialsJson({
      audience,
      account: of.account,
      lifetime: of.lifetime,
      tokenPath: containerPath(`${tokenPath}/token`, windows),
    })
      .replaceAll('\\', '\\\\')
      .replace(audience, "' + variables.gcpName + '")
      .replace(account, "' + variables.gcpServiceAccount + '")
      .replace(`_seconds":${lifetime}`, `_seconds":' + variables.gcpAccessSeconds + '`)}'`;
  const forms = (windows: boolean) =>
    `variables.gcpServiceAccount == '' ? ${json(windows, {})} :
  variables.gcpAccessSeconds == '' ? ${json(windows, { account })} : ${json(windows, { account, lifetime })}`;
  return `variables.windows ? (${forms(true)}) : (${forms(false)})`;
}
