// Azure in CEL: the same rules as lib/providers/azure.ts.

import { azure, CLOUDS, LONGEST_LIFETIME, PUBLIC_CLOUD } from '../../../lib/providers/azure.ts';
import { containerPath } from '../../../lib/providers/token.ts';
import { UUID } from '../../../lib/settings/formats.ts';
import type { MutateSettings } from '../../../lib/settings/webhook-config.ts';
import { celList, celString } from '../cel.ts';
import type { Variable } from '../require-scopes.ts';
import { bind, cel } from './cel-data.ts';
import { pathInContainer, planData, tokenVolume, variableList } from './plan.ts';
import {
  allows,
  booleanVariable,
  isPossibleAudience,
  matches,
  seconds,
  textVariable,
  variableOf,
  withDefault,
} from './values.ts';

/** A URL of a host as its owner writes it. Unusual spellings, such as IPv6 addresses, count as invalid. */
const HOST_URL = /^https:\/\/[a-z0-9]([a-z0-9.-]*[a-z])?(:[0-9]{1,5})?\/?$/i;

export function azureVariables(
  { providers, allowed, mountRoot, tokenExpiration }: MutateSettings,
  allowedAudience: (value: string) => string,
): readonly Variable[] {
  const { defaultAudience, defaultTenantId } = providers.az;
  const path = `${mountRoot}/az`;
  const file = pathInContainer(`${path}/token`, containerPath);
  const [client, tenant, tokenFile] = azure.identityVariables as [string, string, string];
  const isAllowed = (key: string, patterns: typeof allowed.azClientId) =>
    patterns ? [`(variables.${variableOf(key)} == '' || ${allows(`variables.${variableOf(key)}`, patterns)})`] : [];
  return [
    textVariable('az-client-id'),
    booleanVariable('az-inject'),
    textVariable('az-tenant-id'),
    textVariable('az-authority-host'),
    textVariable('az-audience'),
    textVariable('az-token-expiration'),
    { name: 'azTenant', expression: withDefault('az-tenant-id', defaultTenantId) },
    {
      name: 'azAuthority',
      expression: `variables.azAuthorityHost == '' ? ${celString(PUBLIC_CLOUD)} :
!${matches('variables.azAuthorityHost', HOST_URL)} ? '' :
${bind('h', 'variables.azAuthorityHost.lowerAscii()', `(h.endsWith('/') ? h : h + '/').replace(':443/', '/')`)}`,
    },
    {
      // Without a client, the containers must bring theirs, which a guard rail could not check. The path of a
      // token in that variable is from a policy before this one.
      name: 'azRequested',
      expression: `variables.azInject != 'false' && (variables.azClientId != ''${
        allowed.azClientId
          ? ''
          : ` ||
variables.azInject == 'true' && variables.allContainers.exists(c, has(c.envFrom) ||
  c.?env.orValue([]).exists(e, e.name == ${celString(client)} && (e.?value.orValue('') != '' || has(e.valueFrom)) &&
  !e.?value.orValue('').startsWith(${celString(`${mountRoot}/`)})))`
      })`,
    },
    {
      name: 'azPossible',
      expression: [
        'variables.azRequested',
        `(variables.azClientId == '' || ${matches('variables.azClientId', UUID)})`,
        matches('variables.azTenant', UUID),
        `(variables.azAuthority in ${celList(Object.keys(CLOUDS))}${
          allowed.azAuthorityHost
            ? ` || variables.azAuthority != '' && (${allows('variables.azAuthority', allowed.azAuthorityHost)} || ${allows('variables.azAuthority.substring(0, variables.azAuthority.size() - 1)', allowed.azAuthorityHost)})`
            : ''
        })`,
        isPossibleAudience('variables.azAudience', allowedAudience('variables.azAudience')),
        ...isAllowed('az-client-id', allowed.azClientId),
        ...isAllowed('az-tenant-id', allowed.azTenantId),
      ].join(' &&\n'),
    },
    {
      name: 'azSeconds',
      expression: seconds('variables.azTokenExpiration', tokenExpiration, LONGEST_LIFETIME.seconds),
    },
    {
      name: 'az',
      expression: `!variables.azPossible ? [] : [${planData({
        id: 'az',
        trigger: azure.trigger,
        inject: azure.injectKey,
        volumes: [
          tokenVolume('cwii-az-token', cel(withDefault('az-audience', defaultAudience)), cel('variables.azSeconds')),
        ],
        mounts: [{ name: 'cwii-az-token', path }],
        file,
        files: [tokenFile],
        identity: variableList([
          { when: `variables.azClientId != ''`, variable: { name: client, value: cel('variables.azClientId') } },
          { name: tenant, value: cel('variables.azTenant') },
          { name: tokenFile, value: file },
        ]),
        principal: azure.principal,
        extras: variableList([{ name: 'AZURE_AUTHORITY_HOST', value: cel('variables.azAuthority') }]),
      })}]`,
    },
  ];
}
