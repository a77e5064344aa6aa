// AWS in CEL: the same rules as lib/providers/aws.ts and aws-region.ts.

import { CONTAINER_ROLE } from '../../../lib/annotations/keys.ts';
import { aws, SESSION_NAME } from '../../../lib/providers/aws.ts';
import { REGION, REGION_VARIABLES } from '../../../lib/providers/aws-region.ts';
import { containerPath } from '../../../lib/providers/token.ts';
import { ROLE_ARN } from '../../../lib/settings/formats.ts';
import type { MutateSettings } from '../../../lib/settings/webhook-config.ts';
import { celList, celString } from '../cel.ts';
import type { Variable } from '../require-scopes.ts';
import { cel, celData } from './cel-data.ts';
import { literal, pathInContainer, planData, tokenVolume, variableList } from './plan.ts';
import { allows, booleanVariable, isPossibleAudience, matches, seconds, textVariable, withDefault } from './values.ts';

export function awsVariables(
  settings: MutateSettings,
  allowedAudience: (value: string) => string,
): readonly Variable[] {
  const { defaultAudience, defaultRegion, setDefaultRegion } = settings.providers.aws;
  const { awsRoleArn, awsRegion } = settings.allowed;
  const path = `${settings.mountRoot}/aws`;
  const file = pathInContainer(`${path}/token`, containerPath);
  const [role, tokenFile] = aws.identityVariables as [string, string];
  const both = `(!variables.awsArn.startsWith('arn:aws:') || variables.awsSetDefaultRegion == 'true'${setDefaultRegion ? ` || variables.awsSetDefaultRegion == ''` : ''})`;
  return [
    textVariable('aws-role-arn'),
    textVariable('aws-target-role-arn'),
    booleanVariable('aws-inject'),
    textVariable('aws-audience'),
    textVariable('aws-token-expiration'),
    textVariable('aws-region'),
    booleanVariable('aws-set-default-region'),
    textVariable('aws-role-session-name'),
    booleanVariable('aws-sts-regional-endpoints'),
    ...containerRoleVariables(awsRoleArn),
    {
      name: 'awsPossible',
      expression: [
        `variables.awsInject != 'false'`,
        // The role of the pod alone would be another identity.
        `(variables.awsTargetRoleArn == '' || variables.awsRoleArn == '')`,
        `(variables.awsRoleArn != '' ? ${matches('variables.awsRoleArn', ROLE_ARN)} && ${allows('variables.awsRoleArn', awsRoleArn)} :
  (variables.awsInject == 'true' || variables.awsRoleKeys.size() > 0) && variables.awsRoles.exists(n, variables.awsRoles[n].size() > 0))`,
        isPossibleAudience('variables.awsAudience', allowedAudience('variables.awsAudience')),
        ...(awsRegion ? [`(variables.awsRegion == '' || ${allows('variables.awsRegion', awsRegion)})`] : []),
      ].join(' &&\n'),
    },
    { name: 'awsSeconds', expression: seconds('variables.awsTokenExpiration', settings.tokenExpiration) },
    {
      name: 'awsRegions',
      expression: `variables.awsRegion == '' ? [${defaultRegion === undefined ? '' : celString(defaultRegion)}] : ${matches('variables.awsRegion', REGION)} ? [variables.awsRegion] : []`,
    },
    { name: 'awsRegionNames', expression: `${both} ? ${celList(REGION_VARIABLES)} : ['AWS_REGION']` },
    {
      name: 'awsSession',
      expression: `variables.awsRoleSessionName in ['$(pod.name)', '$(pod.uid)'] ?
[dyn({'name': dyn('AWS_ROLE_SESSION_NAME'), 'valueFrom': dyn({'fieldRef': {'apiVersion': 'v1', 'fieldPath': 'metadata.' + variables.awsRoleSessionName.substring(6).replace(')', '')}})})] :
${matches('variables.awsRoleSessionName', SESSION_NAME)} ? [dyn({'name': 'AWS_ROLE_SESSION_NAME', 'value': variables.awsRoleSessionName})] : []`,
    },
    {
      name: 'aws',
      expression: `!variables.awsPossible ? [] : [${planData({
        id: 'aws',
        trigger: aws.trigger,
        inject: aws.injectKey,
        volumes: [
          tokenVolume('cwii-aws-token', cel(withDefault('aws-audience', defaultAudience)), cel('variables.awsSeconds')),
        ],
        mounts: [{ name: 'cwii-aws-token', path }],
        file,
        files: [tokenFile],
        identity: variableList([literal(role, 'variables.awsRoleArn'), { name: tokenFile, value: file }]),
        principal: aws.principal,
        principals: cel('variables.awsRoles'),
        others: cel(`variables.awsRoleArn != ''`),
        extras: cel(
          `(variables.awsRegions.map(r, variables.awsRegionNames.map(n, dyn({'name': n, 'value': r.replace('$', '$$')}))).flatten() + variables.awsSession + (variables.awsStsRegionalEndpoints == 'true' ? [dyn({'name': 'AWS_STS_REGIONAL_ENDPOINTS', 'value': 'regional'})] : []))`,
        ),
        synonyms: REGION_VARIABLES,
        completed: cel('variables.awsRegionNames'),
        extrasForOwnIdentity: true,
      })}]`,
    },
  ];
}

/** The roles of single containers: by an annotation, or, in a pod without a role, by the container itself. */
function containerRoleVariables(allowed: MutateSettings['allowed']['awsRoleArn']): readonly Variable[] {
  const role = `(variables.scopes.map(s, s[?${celString(CONTAINER_ROLE)} + c.name].orValue('').trim()).filter(v, v != '') + [''])[0]`;
  const own = `c.?env.orValue([]).filter(e, e.name == 'AWS_ROLE_ARN' && (e.?value.orValue('') != '' || has(e.valueFrom)))`;
  const possible = `${matches('r', ROLE_ARN)} && ${allows('r', allowed)}`;
  return [
    {
      name: 'awsRoleKeys',
      // By name, as the API server sends them to the webhook: the first one decides about the partition.
      expression: `variables.scopes.map(s, s.filter(k, k.startsWith(${celString(CONTAINER_ROLE)}) && s[k].trim() != '').map(k, string(k)).sort().map(k, s[k].trim())).flatten()`,
    },
    {
      // The role of each container that has its own; an empty list for one that gets no identity.
      name: 'awsRoles',
      expression: `variables.awsRoleKeys.size() == 0 && (variables.awsRoleArn != '' || variables.awsInject != 'true') ? {} :
variables.allContainers.filter(c, ${role} != '' || variables.awsRoleArn == '' && ${own}.size() > 0).transformMapEntry(i, c, {c.name:
  variables.awsRoleArn == '' && ${own}.size() > 0 ? ${own}.map(e, dyn(e)) :
  [${role}].filter(r, ${possible}).map(r, dyn(${celData(literal('AWS_ROLE_ARN', 'r'))}))})`,
    },
    {
      // For its partition.
      name: 'awsArn',
      expression: `variables.awsRoleArn != '' ? variables.awsRoleArn : variables.awsRoleKeys.size() > 0 ? variables.awsRoleKeys[0] :
(variables.allContainers.filter(c, c.name in variables.awsRoles).map(c, variables.awsRoles[c.name].map(v, v.?value.orValue('arn:aws:')))
  .flatten() + ['arn:aws:'])[0]`,
    },
  ];
}
