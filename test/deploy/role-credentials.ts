// The credentials of a function's role, as code in the function has them.

import { strToU8, zipSync } from 'fflate';
import type { Deployment } from './deployment.ts';
import type { Caller } from './emulated-aws/emulator.ts';
import { invoke } from './functions.ts';

const code = 'exports.handler = async () => process.env;';
let serial = 0;

/** Creates a function that returns its environment, invokes it, and deletes it. */
export async function credentialsOf(deployment: Deployment, Role: string): Promise<Caller['credentials']> {
  const { aws } = deployment;
  serial += 1;
  const FunctionName = `reveals-credentials-${serial}`;
  const ZipFile = Buffer.from(zipSync({ 'index.js': strToU8(code) })).toString('base64');
  const properties = { FunctionName, Role, Runtime: 'nodejs24.x', Handler: 'index.handler', Code: { ZipFile } };
  await aws.rest('lambda', 'POST', '/2015-03-31/functions', properties);
  const env = JSON.parse(await invoke(deployment, FunctionName));
  await aws.rest('lambda', 'DELETE', `/2015-03-31/functions/${FunctionName}`);
  return {
    accessKeyId: env.AWS_ACCESS_KEY_ID,
    secretAccessKey: env.AWS_SECRET_ACCESS_KEY,
    sessionToken: env.AWS_SESSION_TOKEN,
  };
}
