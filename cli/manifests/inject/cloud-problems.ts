// Problems with the annotations of the clouds in CEL, in the order in which the providers look for them.

import { CONTAINER_ROLE } from '../../../lib/annotations/keys.ts';
import { SESSION_NAME } from '../../../lib/providers/aws.ts';
import { REGION } from '../../../lib/providers/aws-region.ts';
import { CLOUDS, LONGEST_LIFETIME as LONGEST_OF_AZURE } from '../../../lib/providers/azure.ts';
import { LONGEST_LIFETIME as LONGEST_OF_GCP, PROJECT_ID, PROJECT_ID_AUDIENCE } from '../../../lib/providers/gcp.ts';
import { GCP_AUDIENCE, GCP_SERVICE_ACCOUNT, ROLE_ARN, UUID } from '../../../lib/settings/formats.ts';
import { guardRailSettings } from '../../../lib/settings/guard-rails.ts';
import type { MutateSettings } from '../../../lib/settings/webhook-config.ts';
import { celList, celString } from '../cel.ts';
import type { Variable } from '../require-scopes.ts';
import { audienceRules, isTooLong, lifetimeRules, longAudience, railRule } from './checks.ts';
import { allOf, denial, denialsOr, firstOf, invalid, leftToWebhook, ofPod, type Rule, warning } from './problems.ts';
import { allows, matches } from './values.ts';

const isSet = (variable: string) => `(variables.${variable} != '')`;
const isInvalid = (variable: string, format: RegExp) =>
  `${isSet(variable)} && !${matches(`variables.${variable}`, format)}`;

export function awsProblems(settings: MutateSettings): readonly Variable[] {
  const { onInvalid, tokenExpiration } = settings;
  return [
    { name: 'awsRoleProblems', expression: containerRoleProblems(settings) },
    {
      name: 'awsProblems',
      expression: firstOf(
        [
          [`variables.awsInject == 'false' || !${REQUESTS_AWS}`, '[]'],
          [
            isInvalid('awsRoleArn', ROLE_ARN),
            invalid('aws-role-arn-invalid', 'aws-role-arn', onInvalid, 'nothing is injected for AWS'),
          ],
          [isTooLong('aws-audience'), longAudience('aws-audience', 'AWS', onInvalid)],
        ],
        denialsOr(
          [
            ...railRule('aws-role-arn', 'awsRoleArn', settings),
            ['variables.awsRoleProblems.exists(p, p.deny)', 'variables.awsRoleProblems.filter(p, p.deny)'],
            ...audienceRules('aws-audience', settings),
            ...railRule('aws-region', 'awsRegion', settings),
          ],
          firstOf(
            [
              [
                `variables.awsRoleArn == '' && !variables.awsRoles.exists(n, variables.awsRoles[n].size() > 0) &&
  !variables.awsRoleKeys.exists(r, ${matches('r', ROLE_ARN)})`,
                `(variables.awsRoleKeys.size() > 0 ? variables.awsRoleProblems : ${warning('aws-role-missing', 'aws-inject')})`,
              ],
            ],
            allOf([
              ['true', 'variables.awsRoleProblems'],
              [
                `${isSet('awsTargetRoleArn')} && ${isSet('awsRoleArn')}`,
                leftToWebhook('aws-target-role-arn', 'nothing is injected for AWS'),
              ],
              ...lifetimeRules('aws-token-expiration', tokenExpiration),
              [isInvalid('awsRegion', REGION), warning('aws-region-invalid', 'aws-region')],
              [isInvalidSession(), warning('aws-session-name-invalid', 'aws-role-session-name')],
              [
                `variables.awsRoleSessionName.contains('$') && variables.awsSession.size() == 0 && !(${isInvalidSession()})`,
                leftToWebhook('aws-role-session-name', 'AWS_ROLE_SESSION_NAME is not set'),
              ],
            ]),
          ),
        ),
      ),
    },
  ];
}

/** References to the pod stand for two characters that STS accepts. */
function isInvalidSession(): string {
  const name = 'variables.awsRoleSessionName';
  const references = ['pod.name', 'pod.uid', 'pod.namespace', 'serviceaccount.name'];
  const filled = references.reduce((text, reference) => `${text}.replace('$(${reference})', 'xx')`, name);
  return `${name} != '' && (${name}.contains('$') ? !${filled}.matches('^[\\\\w+=,.@-]{2,}$') : !${matches(name, SESSION_NAME)})`;
}

const REQUESTS_AWS = `(${isSet('awsRoleArn')} || variables.awsRoleKeys.size() > 0 || variables.awsInject == 'true')`;

/** The roles of single containers. A role of a container that the pod does not have has no effect. */
function containerRoleProblems({ onInvalid, allowed }: MutateSettings): string {
  const prefix = celString(CONTAINER_ROLE);
  const isPod = "k in variables.ofPod && variables.ofPod[k].trim() != ''";
  const deny = onInvalid === undefined ? `(${isPod})` : String(onInvalid === 'deny');
  const value = `(variables.scopes.map(s, s[?k].orValue('').trim()).filter(v, v != '') + [''])[0]`;
  const role = (problem: string) => problem;
  return `variables.scopes.map(s, s.filter(k, k.startsWith(${prefix}) && s[k].trim() != '').map(k, k)).flatten().distinct().map(k,
  [${value}].map(r, !${matches('r', ROLE_ARN)} ? ${role(ofPod('aws-role-arn-invalid', 'k', deny))} :
    ${allowed.awsRoleArn ? `!${allows('r', allowed.awsRoleArn)} ? ${ofPod('not-allowed', 'k', 'true', { rule: guardRailSettings.awsRoleArn })} : []` : '[]'})[0] +
  (variables.allContainers.exists(c, ${prefix} + c.name == k) ? [] : ${ofPod('container-unknown', 'k', 'false', { names: `{{k.substring(${CONTAINER_ROLE.length})}}` })})).flatten()`;
}

export function azureProblems(settings: MutateSettings): readonly Variable[] {
  const { onInvalid, tokenExpiration, allowed } = settings;
  const none = 'nothing is injected for Azure';
  const host = 'az-authority-host';
  const knownHost = `variables.azAuthority in ${celList(Object.keys(CLOUDS))}`;
  const bare = 'variables.azAuthority.substring(0, variables.azAuthority.size() - 1)';
  const allowedHost = allowed.azAuthorityHost
    ? `(${allows('variables.azAuthority', allowed.azAuthorityHost)} || ${allows(bare, allowed.azAuthorityHost)})`
    : 'false';
  const note = allowed.azAuthorityHost ? {} : { note: 'not a login host of Microsoft' };
  return [
    {
      name: 'azProblems',
      expression: firstOf(
        [
          [`variables.azInject == 'false' || !${isSet('azClientId')} && variables.azInject != 'true'`, '[]'],
          ['!variables.azRequested', warning('az-client-id-missing', 'az-inject')],
          [isInvalid('azClientId', UUID), invalid('az-id-invalid', 'az-client-id', onInvalid, none)],
          [isInvalid('azTenantId', UUID), invalid('az-id-invalid', 'az-tenant-id', onInvalid, none)],
          [`variables.azTenant == ''`, requested('az-tenant-id-missing', 'azClientId', 'az-client-id', 'az-inject')],
          [`variables.azAuthority == ''`, invalid('az-authority-host-invalid', host, onInvalid, none)],
          [isTooLong('az-audience'), longAudience('az-audience', 'Azure', onInvalid)],
        ],
        denialsOr(
          [
            [
              `!(${knownHost}) && !${allowedHost}`,
              denial('not-allowed', host, { rule: guardRailSettings.azAuthorityHost, ...note }),
            ],
            ...railRule('az-client-id', 'azClientId', settings),
            ...railRule('az-tenant-id', 'azTenantId', settings),
            ...audienceRules('az-audience', settings),
          ],
          allOf(lifetimeRules('az-token-expiration', tokenExpiration, LONGEST_OF_AZURE)),
        ),
      ),
    },
  ];
}

/** At the annotation that requests the cloud: the trigger, or the switch if the trigger is not set. */
function requested(code: Parameters<typeof warning>[0], variable: string, trigger: string, inject: string): string {
  return `(${isSet(variable)} ? ${warning(code, trigger)} : ${warning(code, inject)})`;
}

export function gcpProblems(settings: MutateSettings): readonly Variable[] {
  const { onInvalid, tokenExpiration } = settings;
  const none = 'nothing is injected for GCP';
  const invalidAudience = (condition: string, code: Parameters<typeof invalid>[0]): Rule => [
    condition,
    invalid(code, 'gcp-audience', onInvalid, none),
  ];
  return [
    {
      name: 'gcpProblems',
      expression: firstOf(
        [
          [`variables.gcpInject == 'false' || !${isSet('gcpServiceAccount')} && variables.gcpInject != 'true'`, '[]'],
          [
            isInvalid('gcpServiceAccount', GCP_SERVICE_ACCOUNT),
            invalid('gcp-service-account-invalid', 'gcp-service-account', onInvalid, none),
          ],
          [
            `variables.gcpProvider == ''`,
            requested('gcp-audience-missing', 'gcpServiceAccount', 'gcp-service-account', 'gcp-inject'),
          ],
          invalidAudience(matches('variables.gcpAudience', PROJECT_ID_AUDIENCE), 'gcp-audience-project-id'),
          invalidAudience(isInvalid('gcpAudience', GCP_AUDIENCE), 'gcp-audience-invalid'),
          [isTooLong('gcp-token-audience'), longAudience('gcp-token-audience', 'GCP', onInvalid)],
        ],
        denialsOr(
          [
            ...railRule('gcp-service-account', 'gcpServiceAccount', settings),
            ...railRule('gcp-project', 'gcpProject', settings),
            ...railRule('gcp-audience', 'audience', settings, 'variables.gcpName'),
            ...audienceRules('gcp-token-audience', settings),
          ],
          allOf([
            ...lifetimeRules('gcp-token-expiration', tokenExpiration, LONGEST_OF_GCP),
            [isInvalid('gcpProject', PROJECT_ID), warning('gcp-project-invalid', 'gcp-project')],
            [
              `${isSet('gcpTokenLifetime')} && !${isSet('gcpServiceAccount')}`,
              warning('gcp-token-lifetime-unused', 'gcp-token-lifetime'),
            ],
            [
              `${isSet('gcpTokenLifetime')} && ${isSet('gcpServiceAccount')} && variables.gcpAccessSeconds == ''`,
              warning('gcp-token-lifetime-invalid', 'gcp-token-lifetime'),
            ],
          ]),
        ),
      ),
    },
  ];
}
