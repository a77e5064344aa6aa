// The faults of `cwii check serviceaccount` at one cloud: how each is caused, and what the report says.

import { json } from '../../sdk/stand-in.ts';
import { azure, gcpProvider } from '../three-clouds.ts';
import { account, issuerUrl, role, subject, type Trust } from './trusting-clouds.ts';

export const healthy = {
  'cluster-reachable': 'passed',
  'trust-request': 'passed',
  'trust-token': 'passed',
  'trust-aws': 'passed',
  'trust-aws-target-role': 'skipped',
  'trust-azure': 'passed',
  'trust-gcp': 'passed',
  'trust-gcp-impersonation': 'passed',
  'trust-services': 'skipped',
} as const;

export type Code = keyof typeof healthy;
export type Results = Partial<Record<Code, string>>;

/** The results for a ServiceAccount that requests no cloud. */
export const noClouds = {
  'trust-aws': 'skipped',
  'trust-azure': 'skipped',
  'trust-gcp': 'skipped',
  'trust-gcp-impersonation': 'skipped',
} as const satisfies Results;

export const impersonation = { 'trust-gcp-impersonation': 'skipped' } as const;
export const trustOf = (cloud: string) => `run \`cwii trust shop/checkout --cloud ${cloud}\``;

export interface Fault {
  readonly change: (trust: Trust) => Partial<Trust>;
  readonly code: Code;
  readonly cause: string;
  readonly remedy: string;
  readonly results?: Results;
}

export const otherIssuer = `${issuerUrl}/`;
export const hour = 3_600_000;

export const faults: Readonly<Record<string, Fault>> = {
  'AWS: the account has no provider for the issuer': {
    change: (trust) => ({ aws: { ...trust.aws, issuer: otherIssuer } }),
    code: 'trust-aws',
    cause: `account 123456789012 has no identity provider for the issuer ${issuerUrl}`,
    remedy: trustOf('aws'),
  },
  'AWS: the provider has another client ID': {
    change: (trust) => ({ aws: { ...trust.aws, clientIds: ['vault'] } }),
    code: 'trust-aws',
    cause: 'does not list the audience sts.amazonaws.com as client ID',
    remedy: trustOf('aws'),
  },
  'AWS: the trust policy is of another namespace': {
    change: (trust) => ({
      aws: {
        ...trust.aws,
        roles: { [role]: { aud: 'sts.amazonaws.com', sub: 'system:serviceaccount:pay:checkout' } },
      },
    }),
    code: 'trust-aws',
    cause: `role shop-checkout does not trust sub "${subject}", aud "sts.amazonaws.com" of ${issuerUrl}`,
    remedy: trustOf('aws'),
  },
  'AWS: the role does not exist': {
    change: (trust) => ({ aws: { ...trust.aws, roles: {} } }),
    code: 'trust-aws',
    cause: 'or does not exist',
    remedy: trustOf('aws'),
  },
  'AWS: the clock of the API server is behind by an hour': {
    change: (trust) => ({ aws: { ...trust.aws, clockAhead: 2 * hour } }),
    code: 'trust-aws',
    cause: 'Token expired',
    remedy: 'NTP',
  },
  'AWS: the issuer does not answer in time': {
    change: (_trust) => ({
      instead: ({ host }) =>
        host.startsWith('sts.amazonaws')
          ? {
              status: 400,
              type: 'text/xml',
              body: '<ErrorResponse><Error><Code>IDPCommunicationError</Code><Message>Failed to communicate</Message></Error></ErrorResponse>',
            }
          : undefined,
    }),
    code: 'trust-aws',
    cause: `AWS cannot reach the issuer ${issuerUrl} in time`,
    remedy: 'let the internet reach',
  },
  'AWS: a proxy answers instead': {
    change: (_trust) => ({
      instead: ({ host }) =>
        host.startsWith('sts.amazonaws') ? { status: 502, type: 'text/html', body: '<h1>Bad gateway</h1>' } : undefined,
    }),
    code: 'trust-aws',
    cause: 'sts.amazonaws.com answers with status 502',
    remedy: 'try again later',
  },
  'Azure: the federated credential has another issuer': {
    change: (trust) => ({ azure: { ...trust.azure, issuer: otherIssuer } }),
    code: 'trust-azure',
    cause: `no federated credential of client ${azure.client} has the issuer "${issuerUrl}"`,
    remedy: trustOf('azure'),
  },
  'Azure: the federated credential has another subject': {
    change: (trust) => changeApplication(trust, { subject: 'system:serviceaccount:pay:checkout' }),
    code: 'trust-azure',
    cause: `no federated credential of client ${azure.client} has the subject "${subject}". Entra ID answers AADSTS700213`,
    remedy: trustOf('azure'),
  },
  'Azure: the subject differs in case': {
    change: (trust) => changeApplication(trust, { subject: 'system:serviceaccount:Shop:checkout' }),
    code: 'trust-azure',
    cause: `has the subject "${subject}" in another case. Entra ID answers AADSTS7002138`,
    remedy: trustOf('azure'),
  },
  'Azure: the federated credential has another audience': {
    change: (trust) => changeApplication(trust, { audience: 'api://other' }),
    code: 'trust-azure',
    cause: 'has the audience "api://AzureADTokenExchange". Entra ID answers AADSTS700212',
    remedy: trustOf('azure'),
  },
  'Azure: the client is unknown': {
    change: (trust) => ({ azure: { ...trust.azure, applications: {} } }),
    code: 'trust-azure',
    cause: `tenant ${azure.tenant} has no client ${azure.client}`,
    remedy: 'correct cwii.dev/az-client-id',
  },
  'Azure: the tenant is wrong': {
    change: (trust) => ({ azure: { ...trust.azure, tenantId: '00000000-0000-0000-0000-000000000000' } }),
    code: 'trust-azure',
    cause: `tenant ${azure.tenant} does not exist at https://login.microsoftonline.com/`,
    remedy: 'correct cwii.dev/az-tenant-id',
  },
  'Azure: the clock of the API server is ahead by two hours': {
    change: (trust) => ({ azure: { ...trust.azure, clockAhead: -2 * hour } }),
    code: 'trust-azure',
    cause: 'AADSTS700024',
    remedy: 'NTP',
  },
  'GCP: the provider does not exist': {
    change: (trust) => ({ gcp: { ...trust.gcp, allowedAudiences: {} } }),
    code: 'trust-gcp',
    cause: `the workload identity provider ${gcpProvider} does not exist, or is disabled or deleted`,
    remedy: 'correct cwii.dev/gcp-audience',
    results: impersonation,
  },
  'GCP: the provider has another issuer': {
    change: (trust) => ({ gcp: { ...trust.gcp, issuer: otherIssuer } }),
    code: 'trust-gcp',
    cause: `"${otherIssuer}", and the token has "${issuerUrl}". They differ only in the slash at the end`,
    remedy: trustOf('gcp'),
    results: impersonation,
  },
  'GCP: the provider has other audiences': {
    change: (trust) => ({ gcp: { ...trust.gcp, allowedAudiences: { [gcpProvider]: ['vault'] } } }),
    code: 'trust-gcp',
    cause: `the provider does not accept the audience "${gcpProvider}"`,
    remedy: 'cwii.dev/gcp-token-audience',
    results: impersonation,
  },
  'GCP: the attribute condition rejects the subject': {
    change: (trust) => ({ gcp: { ...trust.gcp, subjects: [] } }),
    code: 'trust-gcp',
    cause: `the attribute condition of the provider does not accept sub "${subject}"`,
    remedy: 'attribute condition',
    results: impersonation,
  },
  'GCP: the impersonation is not granted': {
    change: (trust) => ({ gcp: { ...trust.gcp, serviceAccounts: {} } }),
    code: 'trust-gcp-impersonation',
    cause: `the principal with the subject ${subject} may not impersonate ${account}`,
    remedy: trustOf('gcp'),
  },
  'GCP: the token is older than its lifetime by the clock of Google': {
    change: (trust) => ({ gcp: { ...trust.gcp, clockAhead: 2 * hour } }),
    code: 'trust-gcp',
    cause: 'is stale to sign-in',
    remedy: 'NTP',
    results: impersonation,
  },
  'GCP: the answer of the impersonation names a lifetime': {
    change: (_trust) => ({
      instead: ({ host }) =>
        host.startsWith('iamcredentials')
          ? json(400, {
              error: { code: 400, status: 'INVALID_ARGUMENT', message: 'can not have lifetimes of more than 1 hour' },
            })
          : undefined,
    }),
    code: 'trust-gcp-impersonation',
    cause: `a token of ${account} cannot live 600s`,
    remedy: 'cwii.dev/gcp-token-lifetime',
  },
};

export function changeApplication(
  trust: Trust,
  change: Partial<{ subject: string; audience: string }>,
): Partial<Trust> {
  const application = { subject, audience: 'api://AzureADTokenExchange', ...change };
  return { azure: { ...trust.azure, applications: { [azure.client]: application } } };
}

export function xmlError(code: string, message: string) {
  const body = `<ErrorResponse><Error><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`;
  return { status: 400, type: 'text/xml', body };
}
