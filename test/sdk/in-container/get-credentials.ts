// The program in the container: asks the SDKs for credentials without options, and prints the results.

import type { GoogleAuth } from 'google-auth-library';

// Packages whose types do not fit what their modules export.
const ALIBABA = '@alicloud/credentials';
const ANTHROPIC = '@anthropic-ai/sdk';
/** The package has no entry for its credentials. */
const TENCENT = 'tencentcloud-sdk-nodejs-common/tencentcloud/common/credential.js';

interface Alibaba {
  readonly default: new (config?: object) => { getCredential(): Promise<unknown> };
  readonly Config: new (fields: object) => object;
}

/** A CommonJS module of TypeScript: its exports are those of the default export. */
async function alibaba(): Promise<Alibaba> {
  return (await import(ALIBABA)).default as Alibaba;
}

/** The ways to get credentials, by the name on the command line. */
const ways = {
  'aws token file': async () => {
    const { fromTokenFile } = await import('@aws-sdk/credential-providers');
    return fromTokenFile()();
  },
  'aws default chain': async () => {
    const { fromNodeProviderChain } = await import('@aws-sdk/credential-providers');
    return fromNodeProviderChain()();
  },
  gcp: async () => {
    const { GoogleAuth } = await import('google-auth-library');
    // Every program or its client library sets the scopes that it needs.
    return tokenOf(new GoogleAuth({ scopes: 'https://www.googleapis.com/auth/cloud-platform' }));
  },
  'azure workload identity': async () => {
    const { WorkloadIdentityCredential } = await import('@azure/identity');
    return new WorkloadIdentityCredential().getToken('https://vault.azure.net/.default');
  },
  'azure default': async () => {
    const { DefaultAzureCredential } = await import('@azure/identity');
    return new DefaultAzureCredential().getToken('https://vault.azure.net/.default');
  },
  'alibaba default': async () => new (await alibaba()).default().getCredential(),
  alibaba: async () => {
    const { default: Credential, Config } = await alibaba();
    return new Credential(new Config({ type: 'oidc_role_arn' })).getCredential();
  },
  anthropic: async () => {
    const { default: Anthropic } = await import(ANTHROPIC);
    // The fake puts the authorization of the request into its answer.
    const { data } = await new Anthropic({ maxRetries: 0 }).models.list();
    return { authorization: data[0]?.id };
  },
  'tencent default': async () => {
    const { DefaultCredentialProvider } = await import(TENCENT);
    return new DefaultCredentialProvider().getCredential();
  },
  tencent: async () => {
    const { OIDCRoleArnCredential } = await import(TENCENT);
    return new OIDCRoleArnCredential().getCredential();
  },
} as const satisfies Record<string, () => Promise<unknown>>;

export type Way = keyof typeof ways;

/** The credentials or the error of an SDK. */
export type SdkResult =
  | { readonly credentials: Readonly<Record<string, unknown>>; readonly error?: undefined }
  | { readonly credentials?: undefined; readonly error: { readonly name: string; readonly message: string } };

async function tokenOf(auth: GoogleAuth): Promise<object> {
  return { token: await auth.getAccessToken() };
}

async function getCredentials(way: Way): Promise<SdkResult> {
  try {
    return { credentials: (await ways[way]()) as unknown as Record<string, unknown> };
  } catch (error) {
    const { name, message } = error as Error;
    return { error: { name, message } };
  }
}

const results: Record<string, SdkResult> = {};
for (const way of process.argv.slice(2) as Way[]) results[way] = await getCredentials(way);
process.stdout.write(JSON.stringify(results));
