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

export const serviceHosts = ['sts.eu-central-1.aliyuncs.com', 'api.anthropic.com', 'sts.tencentcloudapi.com'];

/** The fake of each host. */
export function answerAsServices(trusts: Readonly<Record<'alibaba' | 'anthropic' | 'tencent', ServiceTrust>>) {
  return (request: CloudRequest): Answer => {
    switch (request.host) {
      case 'sts.eu-central-1.aliyuncs.com':
        return answerAsAlibaba(trusts.alibaba, request);
      case 'api.anthropic.com':
        return answerAsAnthropic(trusts.anthropic, request);
      default:
        return answerAsTencent(trusts.tencent, request);
    }
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
      SecurityToken: `session of ${form['RoleArn']}`,
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
