// A fake of AWS STS for AssumeRoleWithWebIdentity, AssumeRole and GetCallerIdentity.
//
// It has the messages that users report.

import { isSignedBy } from '../fakes/aws/signature.ts';
import { readToken } from './presented-token.ts';
import type { Answer, CloudRequest } from './stand-in.ts';
import { type ClusterIdentity, nowOf, sessionEnd } from './token-issuer.ts';

/** The IAM of an account: one OIDC provider and the roles that trust it. */
export interface AwsAccount extends ClusterIdentity {
  /** The provider's client ID list. */
  readonly clientIds: readonly string[];
  /** The trust policies' conditions on `<issuer>:aud` and `<issuer>:sub`, by ARN of the role. */
  readonly roles: Readonly<Record<string, { readonly aud: string; readonly sub: string }>>;
  /** Roles of other accounts: the role that each trusts, and the external ID of its trust policy. */
  readonly otherRoles: Readonly<Record<string, { readonly trusts: string; readonly externalId: string }>>;
}

export const awsHosts = ['sts.amazonaws.com', 'sts.us-east-1.amazonaws.com', 'sts.eu-central-1.amazonaws.com'];

const LONGEST_SESSION_NAME = 64;
const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/';

export function answerAsSts(account: AwsAccount): (request: CloudRequest) => Answer {
  return (request) => {
    const { form } = request;
    if (form['Action'] === 'AssumeRole') return assumeRole(account, request);
    if (form['Action'] === 'GetCallerIdentity') return getCallerIdentity(request);
    if (form['Action'] !== 'AssumeRoleWithWebIdentity' || form['Version'] !== '2011-06-15')
      return refuse(400, 'InvalidAction', `Could not find operation ${form['Action']} for version ${form['Version']}`);
    const { RoleArn: arn = '', RoleSessionName: session = '', WebIdentityToken } = form;
    if (session.length > LONGEST_SESSION_NAME) {
      const constraint = `Member must have length less than or equal to ${LONGEST_SESSION_NAME}`;
      const message = `1 validation error detected: Value '${session}' at 'roleSessionName' failed to satisfy constraint: ${constraint}`;
      return refuse(400, 'ValidationError', message);
    }
    const token = readToken(WebIdentityToken, nowOf(account));
    if (!token) return refuse(400, 'InvalidIdentityToken', 'The ID Token provided is not a valid JWT.');
    if (token.issuer !== account.issuer) {
      const message = `No OpenIDConnect provider found in your account for ${token.issuer}`;
      return refuse(400, 'InvalidIdentityToken', message);
    }
    if (!token.isSignedBy(account.jwks))
      return refuse(
        400,
        'InvalidIdentityToken',
        "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
      );
    if (token.early) return refuse(400, 'InvalidIdentityToken', 'The ID Token provided is not yet valid.');
    if (token.expired) {
      const message = `Token expired: current date/time ${Math.floor(nowOf(account) / 1000)} must be before the expiration date/time ${token.expiresAt}`;
      return refuse(400, 'ExpiredTokenException', message);
    }
    const audience = token.audiences.find((one) => account.clientIds.includes(one));
    if (audience === undefined) return refuse(400, 'InvalidIdentityToken', 'Incorrect token audience');
    const policy = account.roles[arn];
    if (policy?.aud !== audience || policy.sub !== token.subject)
      return refuse(403, 'AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity');
    const identified = `<Audience>${audience}</Audience>
    <SubjectFromWebIdentityToken>${token.subject}</SubjectFromWebIdentityToken>`;
    return assumed(account, 'AssumeRoleWithWebIdentity', arn, session, identified);
  };
}

const KEYS = { accessKeyId: 'ASIACLKWSDQRAOEXAMPLE', secretAccessKey: 'secret-of-the-session' };

/** The session of the request's credentials; undefined if the signature does not prove it. */
function callerOf({ host, method, path, headers, body }: CloudRequest): string | undefined {
  const sessionToken = String(headers['x-amz-security-token']);
  const [, region = 'us-east-1'] = /^sts\.([a-z0-9-]+)\.amazonaws/.exec(host) ?? [];
  const signed = { method, url: new URL(`https://${host}${path}`), headers, body };
  return isSignedBy({ ...KEYS, sessionToken }, { region, service: 'sts' }, signed) ? sessionToken : undefined;
}

function refuseSignature(): Answer {
  const message = 'The request signature we calculated does not match the signature you provided.';
  return refuse(403, 'SignatureDoesNotMatch', message);
}

function assumeRole(account: AwsAccount, request: CloudRequest): Answer {
  const caller = callerOf(request);
  if (caller === undefined) return refuseSignature();
  const { RoleArn: arn = '', RoleSessionName: session = '', ExternalId } = request.form;
  const policy = account.otherRoles[arn];
  const trusted = policy && caller.startsWith(sessionOf(policy.trusts, ''));
  if (!trusted || policy.externalId !== ExternalId)
    return refuse(
      403,
      'AccessDenied',
      `User: ${caller} is not authorized to perform: sts:AssumeRole on resource: ${arn}`,
    );
  return assumed(account, 'AssumeRole', arn, session);
}

function getCallerIdentity(request: CloudRequest): Answer {
  const [, key] = /Credential=(\w+)\//.exec(String(request.headers.authorization)) ?? [];
  // The keys of a user: the fake knows no secret of them.
  if (key !== undefined && key !== KEYS.accessKeyId) {
    const arn = `arn:aws:iam::123456789012:user/${key}`;
    return result('GetCallerIdentity', `<UserId>${key}</UserId><Account>123456789012</Account><Arn>${arn}</Arn>`);
  }
  const caller = callerOf(request);
  if (caller === undefined) return refuseSignature();
  return result(
    'GetCallerIdentity',
    `<UserId>AROACLKWSDQRAOEXAMPLE:${caller.split('/').at(-1)}</UserId>
    <Account>${caller.split(':')[4]}</Account>
    <Arn>${caller}</Arn>`,
  );
}

/** The session of the credentials. The fake writes it into the session token, so that tests can check it. */
export function sessionOf(roleArn: string, session: string): string {
  return `${roleArn.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/${session}`;
}

function assumed(account: AwsAccount, action: string, arn: string, session: string, identified = ''): Answer {
  return result(
    action,
    `${identified}
    <AssumedRoleUser>
      <AssumedRoleId>AROACLKWSDQRAOEXAMPLE:${session}</AssumedRoleId>
      <Arn>${sessionOf(arn, session)}</Arn>
    </AssumedRoleUser>
    <Credentials>
      <AccessKeyId>${KEYS.accessKeyId}</AccessKeyId>
      <SecretAccessKey>${KEYS.secretAccessKey}</SecretAccessKey>
      <SessionToken>${sessionOf(arn, session)}</SessionToken>
      <Expiration>${sessionEnd(account).toISOString()}</Expiration>
    </Credentials>`,
  );
}

function result(action: string, content: string): Answer {
  return xml(
    200,
    `<${action}Response xmlns="${NAMESPACE}">
  <${action}Result>
    ${content}
  </${action}Result>
  <ResponseMetadata><RequestId>${crypto.randomUUID()}</RequestId></ResponseMetadata>
</${action}Response>`,
  );
}

function refuse(status: number, code: string, message: string): Answer {
  return xml(
    status,
    `<ErrorResponse xmlns="${NAMESPACE}">
  <Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>
  <RequestId>${crypto.randomUUID()}</RequestId>
</ErrorResponse>`,
  );
}

function xml(status: number, body: string): Answer {
  return { status, type: 'text/xml', body };
}
