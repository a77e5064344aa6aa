// The token exchanges of services, as the vendors' SDKs make them: none needs another credential.
//
// test/languages/ and test/sdk/ run these SDKs against the same fakes as the tests of the check.

import { isObject } from '../../../lib/common/json.ts';

export interface ServiceRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The field of the answer with what the service gives for the token. */
  readonly given: string;
}

type Values = Readonly<Record<string, string | undefined>>;

const SESSION = 'cwii-check';
const SHORTEST = '900';

/** The domains of workspaces. An annotation cannot send the check to another host. */
const DATABRICKS_DOMAINS =
  /^https:\/\/[a-z0-9-]+(\.[a-z0-9-]+)*\.(cloud\.databricks\.(com|us)|gcp\.databricks\.com|azuredatabricks\.net|databricks\.azure\.(us|cn))$/;

/** Each by the service's name in the catalogue. A text is the reason why the exchange is not tried. */
export const serviceExchanges: Readonly<Record<string, (values: Values, jwt: string) => ServiceRequest | string>> = {
  alibaba(values, jwt) {
    const region = values['sts-region'];
    const host = region === undefined ? 'sts.aliyuncs.com' : `sts.${region}.aliyuncs.com`;
    const query = new URLSearchParams({
      Action: 'AssumeRoleWithOIDC',
      Version: '2015-04-01',
      Format: 'JSON',
      Timestamp: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
    });
    return form(`https://${host}/?${query}`, 'Credentials', {
      OIDCProviderArn: values['oidc-provider-arn'],
      OIDCToken: jwt,
      RoleArn: values['role-arn'],
      RoleSessionName: values['role-session-name'] ?? SESSION,
      DurationSeconds: SHORTEST,
    });
  },

  anthropic: (values, jwt) =>
    json(
      'https://api.anthropic.com/v1/oauth/token',
      'access_token',
      {
        grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
        assertion: jwt,
        federation_rule_id: values['federation-rule-id'],
        organization_id: values['organization-id'],
        service_account_id: values['service-account-id'],
        workspace_id: values['workspace-id'],
      },
      { 'anthropic-beta': 'oauth-2025-04-20,oidc-federation-2026-04-01' },
    ),

  databricks(values, jwt) {
    const host = values['host'] ?? '';
    if (!DATABRICKS_DOMAINS.test(host)) return `${host} is not in a domain of Databricks that cwii knows`;
    return form(`${host}/oidc/v1/token`, 'access_token', {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: jwt,
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      client_id: values['client-id'],
      scope: 'all-apis',
    });
  },

  hcp: (values, jwt) =>
    json(`https://api.cloud.hashicorp.com/2019-12-10/${values['provider']}/exchange-token`, 'access_token', {
      jwt_token: jwt,
    }),

  huawei: (values, jwt) =>
    json(
      'https://iam.myhuaweicloud.com/v3.0/OS-AUTH/id-token/tokens',
      'token',
      { auth: { id_token: { id: jwt } } },
      { 'x-idp-id': values['idp-id'] ?? '' },
    ),

  stackit: (values, jwt) =>
    form('https://accounts.stackit.cloud/oauth/v2/token', 'access_token', {
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:schwarz:params:oauth:client-assertion-type:workload-jwt',
      client_assertion: jwt,
      client_id: values['service-account-email'],
    }),

  tencent: (values, jwt) =>
    json(
      'https://sts.tencentcloudapi.com/',
      'Credentials',
      {
        ProviderId: values['provider-id'],
        WebIdentityToken: jwt,
        RoleArn: values['role-arn'],
        RoleSessionName: SESSION,
        DurationSeconds: Number(SHORTEST),
      },
      {
        'x-tc-action': 'AssumeRoleWithWebIdentity',
        'x-tc-version': '2018-08-13',
        'x-tc-region': values['region'] ?? '',
        'x-tc-timestamp': String(Math.floor(Date.now() / 1000)),
        authorization: 'SKIP',
      },
    ),
};

function form(url: string, given: string, fields: Values): ServiceRequest {
  const set = Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return { url, given, headers, body: new URLSearchParams(set).toString() };
}

function json(
  url: string,
  given: string,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): ServiceRequest {
  return { url, given, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}

/** Code and message of a refusal, in the forms of all services. Undefined if the answer has neither. */
export function refusalIn(body: unknown): string | undefined {
  if (!isObject(body)) return undefined;
  const inner = [body['Response'], body['Error'], body['error']].find(isObject);
  if (inner) return refusalIn(inner);
  const first = (...keys: readonly string[]) => keys.map((key) => body[key]).find((value) => isText(value));
  const code = first('Code', 'error', 'type', 'error_code', 'code');
  const message = first('Message', 'error_description', 'message', 'error_msg');
  return code === undefined && message === undefined
    ? undefined
    : [code, message].filter((part) => part !== undefined).join(': ');
}

function isText(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number';
}
