// The program in the container: asks the SDKs for credentials without options.
//
// It prints the results as a line, and asks again for each line of standard input, with the same objects of
// the SDKs.

import { createInterface } from 'node:readline';

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

/** The ways to get credentials, by name on the command line. Each makes the function that asks the SDK. */
const ways = {
  'aws token file': async () => {
    const { fromTokenFile } = await import('@aws-sdk/credential-providers');
    return fromTokenFile();
  },
  'aws default chain': async () => {
    const { fromNodeProviderChain } = await import('@aws-sdk/credential-providers');
    return fromNodeProviderChain();
  },
  'aws client': async () => {
    const { STSClient } = await import('@aws-sdk/client-sts');
    const { region } = new STSClient({}).config;
    return async () => ({ region: await region() });
  },
  gcp: async () => {
    const { GoogleAuth } = await import('google-auth-library');
    // Every program or its client library sets the scopes that it needs.
    const auth = new GoogleAuth({ scopes: 'https://www.googleapis.com/auth/cloud-platform' });
    return async () => ({ token: await auth.getAccessToken() });
  },
  'azure workload identity': async () => {
    const { WorkloadIdentityCredential } = await import('@azure/identity');
    const credential = new WorkloadIdentityCredential();
    return () => credential.getToken('https://vault.azure.net/.default');
  },
  'azure default': async () => {
    const { DefaultAzureCredential } = await import('@azure/identity');
    const credential = new DefaultAzureCredential();
    return () => credential.getToken('https://vault.azure.net/.default');
  },
  'alibaba default': async () => {
    const credential = new (await alibaba()).default();
    return () => credential.getCredential();
  },
  alibaba: async () => {
    const { default: Credential, Config } = await alibaba();
    const credential = new Credential(new Config({ type: 'oidc_role_arn' }));
    return () => credential.getCredential();
  },
  anthropic: async () => {
    const { default: Anthropic } = await import(ANTHROPIC);
    const client = new Anthropic({ maxRetries: 0 });
    return async () => {
      // The fake puts the authorization of the request into its answer.
      const { data } = await client.models.list();
      return { authorization: data[0]?.id };
    };
  },
  'tencent default': async () => {
    const { DefaultCredentialProvider } = await import(TENCENT);
    const provider = new DefaultCredentialProvider();
    return () => provider.getCredential();
  },
  tencent: async () => {
    const { OIDCRoleArnCredential } = await import(TENCENT);
    const credential = new OIDCRoleArnCredential();
    return () => credential.getCredential();
  },
} as const satisfies Record<string, () => Promise<() => Promise<unknown>>>;

export type Way = keyof typeof ways;

/** The credentials or the error of an SDK. */
export type SdkResult =
  | { readonly credentials: Readonly<Record<string, unknown>>; readonly error?: undefined }
  | { readonly credentials?: undefined; readonly error: { readonly name: string; readonly message: string } };

const asking = new Map<Way, () => Promise<unknown>>();

async function getCredentials(way: Way): Promise<SdkResult> {
  try {
    const ask = asking.get(way) ?? (await ways[way]());
    asking.set(way, ask);
    return { credentials: (await ask()) as Record<string, unknown> };
  } catch (error) {
    const { name, message } = error as Error;
    return { error: { name, message } };
  }
}

async function printResults(): Promise<void> {
  const results: Record<string, SdkResult> = {};
  for (const way of process.argv.slice(2) as Way[]) results[way] = await getCredentials(way);
  process.stdout.write(`${JSON.stringify(results)}\n`);
}

await printResults();
for await (const _ of createInterface({ input: process.stdin })) await printResults();
