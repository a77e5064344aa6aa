// A fake of Microsoft's login host, with the messages that users report from the real one.

import { type PresentedToken, readToken } from './presented-token.ts';
import { type Answer, type CloudRequest, json, unknownCall } from './stand-in.ts';
import { type ClusterIdentity, nowOf, sessionSecondsOf } from './token-issuer.ts';

/** A tenant with applications that trust tokens of a cluster. */
export interface AzureTenant extends ClusterIdentity {
  readonly tenantId: string;
  /**
   * The subject and audience of the federated credentials, by client ID. Their issuer is that of the cluster.
   */
  readonly applications: Readonly<Record<string, { readonly subject: string; readonly audience: string }>>;
}

export const azureHosts = ['login.microsoftonline.com', 'login.microsoftonline.us'];

/** Maximum lifetime of a token: a day and an hour, in seconds. */
const LONGEST_LIFETIME = 90_000;
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

export function answerAsMicrosoft(tenant: AzureTenant): (request: CloudRequest) => Answer {
  return (request) => {
    const { host, path } = request;
    if (path === '/common/discovery/instance') return instances(host);
    if (path === `/${tenant.tenantId}/v2.0/.well-known/openid-configuration`) return openIdConfiguration(host, tenant);
    if (path === `/${tenant.tenantId}/oauth2/v2.0/token`) return grant(request, tenant);
    if (path.endsWith('/oauth2/v2.0/token')) return tenantNotFound(host, path.split('/')[1] ?? '');
    return unknownCall(request);
  };
}

/** The access token for a client, which names it, so that tests can check it. */
export function clientToken(clientId: string, scope: string): string {
  return `access token of ${clientId} for ${scope}`;
}

function instances(host: string): Answer {
  return json(200, {
    tenant_discovery_endpoint: `https://${host}/common/.well-known/openid-configuration`,
    'api-version': '1.1',
    metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host] }],
  });
}

function openIdConfiguration(host: string, { tenantId }: AzureTenant): Answer {
  const base = `https://${host}/${tenantId}`;
  return json(200, {
    issuer: `${base}/v2.0`,
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    token_endpoint: `${base}/oauth2/v2.0/token`,
    end_session_endpoint: `${base}/oauth2/v2.0/logout`,
    jwks_uri: `${base}/discovery/v2.0/keys`,
  });
}

function tenantNotFound(host: string, tenant: string): Answer {
  const words = `Tenant '${tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.`;
  return refusal(host, 90002, words, { status: 400, error: 'invalid_request' });
}

function grant({ host, form }: CloudRequest, tenant: AzureTenant): Answer {
  const { issuer, jwks, applications, tenantId } = tenant;
  const { client_id: clientId = '', scope = '' } = form;
  const refuse = (code: number, words: string) => refusal(host, code, words);
  const application = applications[clientId];
  if (!application) {
    const words = `Application with identifier '${clientId}' was not found in the directory '${tenantId}'.`;
    return refuse(700016, words);
  }
  if (form['client_secret']) return refuse(7000215, 'Invalid client secret provided.');
  const token =
    form['client_assertion_type'] === ASSERTION_TYPE ? readToken(form['client_assertion'], nowOf(tenant)) : undefined;
  if (!token) return refuse(50027, 'JWT token is invalid or malformed.');
  const noRecord = (of: string) =>
    `No matching federated identity record found for presented assertion ${of}. Check your federated identity credential Subject, Audience and Issuer against the presented assertion.`;
  if (token.issuer !== issuer) return refuse(700211, noRecord(`issuer '${token.issuer}'`));
  if (!token.isSignedBy(jwks)) return refuse(50013, 'Assertion failed signature validation.');
  if (token.expired || token.early) return refuse(700024, outOfTime(token, nowOf(tenant)));
  if (token.expiresAt - token.issuedAt > LONGEST_LIFETIME) {
    const words = 'External OIDC Provider token must have a lifetime of less than or equal to 1.01:00:00.';
    return refuse(70023, words);
  }
  if (token.subject !== application.subject && token.subject === application.subject.toLowerCase()) {
    const words = `No matching federated identity record found for presented assertion subject '${token.subject}'. The subject matches with case-insensitive comparison, but not with case-sensitive comparison. Check your federated identity credential Subject, Audience and Issuer against the presented assertion.`;
    return refuse(7002138, words);
  }
  if (token.subject !== application.subject) return refuse(700213, noRecord(`subject '${token.subject}'`));
  if (!token.audiences.includes(application.audience))
    return refuse(700212, noRecord(`audience '${token.audiences.join()}'`));
  return json(200, {
    token_type: 'Bearer',
    expires_in: sessionSecondsOf(tenant),
    ext_expires_in: sessionSecondsOf(tenant),
    access_token: clientToken(clientId, scope),
  });
}

function outOfTime({ issuedAt, expiresAt }: PresentedToken, at: number): string {
  const [now, from, until] = [at, issuedAt * 1000, expiresAt * 1000].map((ms) => new Date(ms).toISOString());
  return `Client assertion is not within its valid time range. Current time: ${now}, assertion valid from ${from}, expiry time of assertion ${until}.`;
}

function refusal(
  host: string,
  code: number,
  words: string,
  { status, error } = { status: 401, error: 'invalid_client' },
): Answer {
  const timestamp = `${new Date().toISOString().slice(0, 19).replace('T', ' ')}Z`;
  const [trace_id, correlation_id] = [crypto.randomUUID(), crypto.randomUUID()];
  return json(status, {
    error,
    error_description: `AADSTS${code}: ${words} Trace ID: ${trace_id} Correlation ID: ${correlation_id} Timestamp: ${timestamp}`,
    error_codes: [code],
    timestamp,
    trace_id,
    correlation_id,
    error_uri: `https://${host}/error?code=${code}`,
  });
}
