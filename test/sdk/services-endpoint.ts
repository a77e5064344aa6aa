// Fakes of the token endpoints of services: they verify issuer, signature, audience, subject and expiry.

import { readToken } from './presented-token.ts';
import { type Answer, type CloudRequest, json, unknownCall } from './stand-in.ts';
import type { ClusterIdentity } from './token-issuer.ts';

/** The trust of a service in one ServiceAccount. */
export interface ServiceTrust extends ClusterIdentity {
  readonly subject: string;
  /** The identity that the request must name, by its field. */
  readonly identity: Readonly<Record<string, string>>;
}

type Fake = (trust: ServiceTrust, request: CloudRequest) => Answer;

const fakes = {
  alibaba: { host: 'sts.eu-central-1.aliyuncs.com', answer: answerAsAlibaba },
  anthropic: { host: 'api.anthropic.com', answer: answerAsAnthropic },
  databricks: { host: 'my-workspace.cloud.databricks.com', answer: answerAsDatabricks },
  hcp: { host: 'api.cloud.hashicorp.com', answer: answerAsHcp },
  huawei: { host: 'iam.myhuaweicloud.com', answer: answerAsHuawei },
  stackit: { host: 'accounts.stackit.cloud', answer: answerAsStackit },
  tencent: { host: 'sts.tencentcloudapi.com', answer: answerAsTencent },
} satisfies Record<string, { host: string; answer: Fake }>;

export type ServiceName = keyof typeof fakes;

export const serviceHosts = Object.values(fakes).map(({ host }) => host);

/** The fake of each host. */
export function answerAsServices(trusts: Readonly<Record<ServiceName, ServiceTrust>>) {
  return (request: CloudRequest): Answer => {
    const name = (Object.keys(fakes) as ServiceName[]).find((candidate) => fakes[candidate].host === request.host);
    return name ? fakes[name].answer(trusts[name], request) : unknownCall(request);
  };
}

/** Why the service rejects the token or the identity; undefined if it accepts both. */
function rejectionOf(
  { issuer, jwks, subject, identity }: ServiceTrust,
  audience: string,
  token: string | undefined,
  fields: Readonly<Record<string, unknown>>,
): string | undefined {
  const presented = readToken(token);
  if (!presented) return 'the token is not a JWT';
  if (presented.issuer !== issuer) return `the issuer ${presented.issuer} is not trusted`;
  if (!presented.isSignedBy(jwks)) return 'the signature is not valid';
  if (!presented.audiences.includes(audience)) return `the audience ${presented.audiences} is not ${audience}`;
  if (presented.subject !== subject) return `the subject ${presented.subject} is not trusted`;
  if (presented.expired) return 'the token has expired';
  const wrong = Object.entries(identity).find(([name, value]) => fields[name] !== value);
  return wrong && `${wrong[0]} is ${String(fields[wrong[0]])}`;
}

function answerAsAlibaba(trust: ServiceTrust, request: CloudRequest): Answer {
  const { query, form } = request;
  if (query['Action'] !== 'AssumeRoleWithOIDC') return unknownCall(request);
  const rejected = rejectionOf(trust, 'sts.aliyuncs.com', form['OIDCToken'], form);
  if (rejected !== undefined) return json(400, { Code: 'AuthenticationFail', Message: rejected });
  return json(200, {
    Credentials: {
      AccessKeyId: 'STS.example',
      AccessKeySecret: 'secret-of-the-session',
      SecurityToken: `session ${form['RoleSessionName']} of ${form['RoleArn']}`,
      Expiration: new Date(Date.now() + 3_600_000).toISOString(),
    },
  });
}

function answerAsAnthropic(trust: ServiceTrust, request: CloudRequest): Answer {
  const { method, path, body, headers } = request;
  if (method === 'GET' && path === '/v1/models') {
    return json(200, { data: [{ id: headers.authorization }], has_more: false, first_id: null, last_id: null });
  }
  if (path !== '/v1/oauth/token') return unknownCall(request);
  const fields = JSON.parse(body) as Record<string, string>;
  const rejected = rejectionOf(trust, 'https://api.anthropic.com', fields['assertion'], fields);
  if (rejected !== undefined) return json(401, { error: { type: 'authentication_error', message: rejected } });
  return json(200, {
    access_token: `token of ${fields['federation_rule_id']}`,
    token_type: 'Bearer',
    expires_in: 3600,
  });
}

/** RFC 8693, as a workspace implements it. */
function answerAsDatabricks(trust: ServiceTrust, request: CloudRequest): Answer {
  const { host, path, form } = request;
  if (path === '/.well-known/databricks-config') return json(200, { oidc_endpoint: `https://${host}/oidc` });
  if (path === '/oidc/.well-known/oauth-authorization-server') {
    const [authorize, token] = ['authorize', 'token'].map((name) => `https://${host}/oidc/v1/${name}`);
    return json(200, { authorization_endpoint: authorize, token_endpoint: token });
  }
  if (path !== '/oidc/v1/token' || !form['grant_type']?.endsWith(':token-exchange')) return unknownCall(request);
  const rejected = rejectionOf(trust, '66666666-7777-8888-9999-000000000000', form['subject_token'], form);
  if (rejected !== undefined) return json(400, { error: 'invalid_request', error_description: rejected });
  return json(200, { access_token: `token of ${form['client_id']}`, token_type: 'Bearer', expires_in: 3600 });
}

function answerAsHcp(trust: ServiceTrust, request: CloudRequest): Answer {
  const provider = /^\/2019-12-10\/(.+)\/exchange-token$/.exec(request.path)?.[1];
  if (provider === undefined) return unknownCall(request);
  const { jwt_token: token } = JSON.parse(request.body) as Record<string, string>;
  const rejected = rejectionOf(trust, provider, token, { provider });
  if (rejected !== undefined) return json(401, { code: 16, message: rejected });
  return json(200, { access_token: `token of ${provider}`, expires_in: 3600 });
}

/** The token of the cluster gives a token of IAM, which gives a temporary access key. */
function answerAsHuawei(trust: ServiceTrust, request: CloudRequest): Answer {
  const { auth } = JSON.parse(request.body) as {
    auth: { id_token?: { id: string }; identity?: { token: { id: string } } };
  };
  const provider = String(request.headers['x-idp-id']);
  if (request.path === '/v3.0/OS-AUTH/id-token/tokens') {
    const rejected = rejectionOf(trust, 'huawei.example.com', auth.id_token?.id, { provider });
    if (rejected !== undefined) return json(401, { error: { code: 401, message: rejected } });
    return { ...json(201, { token: {} }), headers: { 'x-subject-token': `token of ${provider}` } };
  }
  if (request.path !== '/v3.0/OS-CREDENTIAL/securitytokens') return unknownCall(request);
  const credential = {
    access: 'access',
    secret: 'secret',
    securitytoken: `session with ${auth.identity?.token.id}`,
    expires_at: new Date(Date.now() + 3_600_000).toISOString().replace('Z', '000Z'),
  };
  return json(201, { credential });
}

function answerAsStackit(trust: ServiceTrust, request: CloudRequest): Answer {
  const { path, form } = request;
  if (path !== '/oauth/v2/token' || form['grant_type'] !== 'client_credentials') return unknownCall(request);
  const rejected = rejectionOf(trust, 'sts.accounts.stackit.cloud', form['client_assertion'], form);
  if (rejected !== undefined) return json(400, { error: 'invalid_client', error_description: rejected });
  // The SDK reads the expiry of the token.
  const claims = { sub: form['client_id'], exp: Math.floor(Date.now() / 1000) + 3600 };
  const token = [{ alg: 'none' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'));
  return json(200, { access_token: `${token.join('.')}.x`, token_type: 'Bearer', expires_in: 3600 });
}

function answerAsTencent(trust: ServiceTrust, request: CloudRequest): Answer {
  const fields = JSON.parse(request.body) as Record<string, string>;
  if (request.headers['x-tc-action'] !== 'AssumeRoleWithWebIdentity') return unknownCall(request);
  const rejected = rejectionOf(trust, 'sts.cloud.tencent.com', fields['WebIdentityToken'], fields);
  const failed = rejected !== undefined && { Error: { Code: 'InvalidParameter', Message: rejected } };
  return json(200, {
    Response: failed
      ? { ...failed, RequestId: 'r' }
      : {
          Credentials: { TmpSecretId: 'id', TmpSecretKey: 'key', Token: `session of ${fields['RoleArn']}` },
          ExpiredTime: Math.floor(Date.now() / 1000) + 3600,
          Expiration: new Date(Date.now() + 3_600_000).toISOString(),
          RequestId: 'r',
        },
  });
}
