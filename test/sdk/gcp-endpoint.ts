// A fake of Google's STS, IAM Credentials API and Resource Manager API.
//
// The messages are those that users report from the real services.

import { readToken } from './presented-token.ts';
import { type Answer, type CloudRequest, json, unknownCall } from './stand-in.ts';
import { type ClusterIdentity, nowOf, sessionEnd, sessionSecondsOf } from './token-issuer.ts';

/** A project with workload identity providers and service accounts. */
export interface GcpProject extends ClusterIdentity {
  readonly id: string;
  readonly number: string;
  /**
   * By a provider's full name (`//…`). An empty list allows this name, with or without `https:`.
   */
  readonly allowedAudiences: Readonly<Record<string, readonly string[]>>;
  /** The subjects that the providers' attribute condition accepts. */
  readonly subjects: readonly string[];
  /** The subjects with roles/iam.workloadIdentityUser, by e-mail address of the service account. */
  readonly serviceAccounts: Readonly<Record<string, readonly string[]>>;
  /** The service accounts with resourcemanager.projects.get. */
  readonly viewers: readonly string[];
}

export const gcpHosts = ['sts.googleapis.com', 'iamcredentials.googleapis.com', 'cloudresourcemanager.googleapis.com'];

const EXCHANGE = {
  grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
  requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
  subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
};

export function answerAsGoogle(project: GcpProject): (request: CloudRequest) => Answer {
  return (request) => {
    const { host, path } = request;
    if (host === 'sts.googleapis.com' && path === '/v1/token') return exchange(request, project);
    const account = /^\/v1\/projects\/-\/serviceAccounts\/([^/:]+):generateAccessToken$/.exec(path)?.[1];
    if (host === 'iamcredentials.googleapis.com' && account) return impersonate(request, account, project);
    if (host === 'cloudresourcemanager.googleapis.com' && path === `/v1/projects/${project.number}`)
      return lookUp(request, project);
    return unknownCall(request);
  };
}

/** The access token for a subject, which names it, so that tests can check it. */
export function federatedToken(subject: string): string {
  return `federated token of ${subject}`;
}

export function impersonatedToken(account: string): string {
  return `access token of ${account}`;
}

function exchange({ form }: CloudRequest, project: GcpProject): Answer {
  const { issuer, jwks } = project;
  const odd = Object.entries(EXCHANGE).find(([name, value]) => form[name] !== value);
  if (odd || !form['scope']) return refuse('invalid_request', `Invalid value for "${odd?.[0] ?? 'scope'}".`);
  const { audience: provider = '' } = form;
  const allowed = project.allowedAudiences[provider];
  if (!allowed) {
    const why = 'The target service indicated by the "audience" parameters is invalid.';
    return refuse('invalid_target', why);
  }
  const token = readToken(form['subject_token'], nowOf(project));
  if (!token) return refuse('invalid_request', 'Unable to parse the ID Token.');
  if (token.issuer !== issuer)
    return refuse(
      'invalid_grant',
      `The issuer in ID Token ${token.issuer} does not match the expected ones: ${issuer}`,
    );
  if (!token.hasKeyIn(jwks)) return refuse('invalid_grant', "Error connecting to the given credential's issuer.");
  if (!token.isSignedBy(jwks)) return refuse('invalid_grant', 'Unable to verify the ID Token signature.');
  if (token.expired || token.early)
    return refuse('invalid_grant', `ID Token issued at ${token.issuedAt} is stale to sign-in.`);
  const expected = allowed.length > 0 ? allowed : [provider, `https:${provider}`];
  if (!token.audiences.some((audience) => expected.includes(audience))) {
    const why = `The audience in ID Token [${token.audiences.join()}] does not match the expected audience.`;
    return refuse('invalid_grant', why);
  }
  if (!project.subjects.includes(token.subject))
    return refuse('unauthorized_client', 'The given credential is rejected by the attribute condition.');
  return json(200, {
    access_token: federatedToken(token.subject),
    issued_token_type: EXCHANGE.requested_token_type,
    token_type: 'Bearer',
    expires_in: sessionSecondsOf(project),
  });
}

function impersonate({ headers }: CloudRequest, account: string, project: GcpProject): Answer {
  const { serviceAccounts } = project;
  const users = serviceAccounts[account] ?? [];
  if (!users.some((subject) => headers.authorization === `Bearer ${federatedToken(subject)}`)) {
    const permission = 'iam.serviceAccounts.getAccessToken';
    return forbid(`Permission '${permission}' denied on resource (or it may not exist).`);
  }
  return json(200, {
    accessToken: impersonatedToken(account),
    // Without milliseconds, which Google does not send and google-auth for Python does not read.
    expireTime: sessionEnd(project).toISOString().replace(/\.\d+/, ''),
  });
}

function lookUp({ headers }: CloudRequest, { id, number, viewers }: GcpProject): Answer {
  if (!viewers.some((account) => headers.authorization === `Bearer ${impersonatedToken(account)}`))
    return forbid('The caller does not have permission');
  return json(200, { projectNumber: number, projectId: id, lifecycleState: 'ACTIVE' });
}

function forbid(message: string): Answer {
  return json(403, { error: { code: 403, message, status: 'PERMISSION_DENIED' } });
}

function refuse(error: string, error_description: string): Answer {
  return json(400, { error, error_description });
}
