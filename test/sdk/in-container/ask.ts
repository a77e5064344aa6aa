// The program in the container: asks the clouds' SDKs for credentials as a newcomer's program would, without any
// option, and prints what each said.

import type { GoogleAuth } from 'google-auth-library';

/** Each way to ask, by the name that the command line gives. */
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
    // Every program names the scopes that it needs, or its client library does.
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
} as const satisfies Record<string, () => Promise<unknown>>;

export type Way = keyof typeof ways;

/** What an SDK gave, or its own error. */
export type Said =
  | { readonly gave: Readonly<Record<string, unknown>>; readonly failed?: undefined }
  | { readonly gave?: undefined; readonly failed: { readonly name: string; readonly message: string } };

async function tokenOf(auth: GoogleAuth): Promise<object> {
  return { token: await auth.getAccessToken() };
}

async function ask(way: Way): Promise<Said> {
  try {
    return { gave: (await ways[way]()) as unknown as Record<string, unknown> };
  } catch (error) {
    const { name, message } = error as Error;
    return { failed: { name, message } };
  }
}

const said: Record<string, Said> = {};
for (const way of process.argv.slice(2) as Way[]) said[way] = await ask(way);
process.stdout.write(JSON.stringify(said));
