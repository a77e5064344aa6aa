// Reads the identity provider and the trust policy with the AWS CLI, and names the difference to the token.

import { execFile } from 'node:child_process';
import { isObject, parseJson } from '../../../lib/common/json.ts';
import { partsOf } from '../../trust/aws.ts';
import type { AwsIdentity } from '../../trust/identities.ts';
import { differenceOf } from '../difference.ts';
import type { Exchange } from './aws.ts';
import { quote } from './exchange.ts';
import { nearestText } from './nearest-text.ts';
import { policyProblem } from './trust-policy.ts';

const ANSWER_WITHIN_MS = 8000;

/** The problem in the account, or why it is not known. */
export type AccountProblem =
  | { readonly problem: string; readonly unknown?: undefined }
  | { readonly problem?: undefined; readonly unknown: string };

export async function accountProblem(
  { identity, token, signal }: Exchange<AwsIdentity>,
  what: 'role' | 'provider',
): Promise<AccountProblem> {
  const { partition, account, name } = partsOf(identity.roleArn);
  const hostAndPath = token.issuer.replace(/^https:\/\//, '');
  const providerArn = `arn:${partition}:iam::${account}:oidc-provider/${hostAndPath}`;
  const own = await aws(['sts', 'get-caller-identity'], signal);
  if (own.error !== undefined) return { unknown: `The account was not read: ${own.error}` };
  if (own.value['Account'] !== account)
    return { unknown: `The account was not read: the AWS CLI has credentials of account ${own.value['Account']}` };
  return what === 'role' ? roleProblem(name) : providerProblem();

  async function roleProblem(roleName: string): Promise<AccountProblem> {
    const { value, error } = await aws(['iam', 'get-role', '--role-name', roleName], signal);
    if (error?.includes('NoSuchEntity')) return { problem: `Role ${roleName} does not exist in account ${account}` };
    if (error !== undefined) return { unknown: `The role was not read: ${error}` };
    const role = isObject(value['Role']) ? value['Role'] : {};
    if (role['Arn'] !== identity.roleArn)
      return {
        problem: `The ARN of role ${roleName} is "${role['Arn']}", and the annotation has "${identity.roleArn}". ${differenceOf(String(role['Arn']), identity.roleArn)}`,
      };
    const found = policyProblem(role['AssumeRolePolicyDocument'], { ...token, hostAndPath, providerArn });
    return found === undefined
      ? {
          unknown:
            'The trust policy matches the token as far as cwii evaluates it, so another policy denies it, or the change is newer than a minute',
        }
      : { problem: found };
  }

  async function providerProblem(): Promise<AccountProblem> {
    const { value, error } = await aws(
      ['iam', 'get-open-id-connect-provider', '--open-id-connect-provider-arn', providerArn],
      signal,
    );
    if (error === undefined) {
      const clientIds = Array.isArray(value['ClientIDList']) ? value['ClientIDList'].map(String) : [];
      const nearest = nearestText(token.audience, clientIds);
      const difference =
        nearest === undefined || nearest === token.audience
          ? ''
          : `; the token has "${token.audience}". ${differenceOf(nearest, token.audience)}`;
      return { problem: `Its client IDs are ${clientIds.map((id) => `"${id}"`).join(', ')}${difference}` };
    }
    if (!error.includes('NoSuchEntity')) return { unknown: `The provider was not read: ${error}` };
    const listed = await aws(['iam', 'list-open-id-connect-providers'], signal);
    if (listed.error !== undefined) return { unknown: `The providers were not read: ${listed.error}` };
    const entries: readonly unknown[] = Array.isArray(listed.value['OpenIDConnectProviderList'])
      ? listed.value['OpenIDConnectProviderList']
      : [];
    const hosts = entries.map((entry) => (isObject(entry) ? String(entry['Arn']).replace(/^[^/]*\//, '') : ''));
    const nearest = nearestText(hostAndPath, hosts);
    return nearest === undefined
      ? { problem: 'The account has no identity provider' }
      : { problem: `The account has one for "${nearest}". ${differenceOf(nearest, hostAndPath)}` };
  }
}

type Read =
  | { readonly value: Readonly<Record<string, unknown>>; readonly error?: undefined }
  | { readonly value: Readonly<Record<string, never>>; readonly error: string };

/** The AWS CLI knows profiles, SSO and roles of machines; cwii never gets the credentials. */
function aws(args: readonly string[], signal: AbortSignal): Promise<Read> {
  const limits = ['--cli-connect-timeout', '2', '--cli-read-timeout', '4', '--output', 'json'];
  const env = {
    ...process.env,
    AWS_MAX_ATTEMPTS: '1',
    AWS_METADATA_SERVICE_TIMEOUT: '1',
    AWS_METADATA_SERVICE_NUM_ATTEMPTS: '1',
    AWS_PAGER: '',
  };
  return new Promise((resolve) => {
    execFile('aws', [...args, ...limits], { env, signal, timeout: ANSWER_WITHIN_MS }, (error, stdout, stderr) => {
      const value = parseJson(stdout);
      if (!error && isObject(value)) resolve({ value });
      else if (error && 'code' in error && String(error.code) === 'ENOENT')
        resolve({ value: {}, error: 'the AWS CLI is not installed here' });
      else resolve({ value: {}, error: quote(stderr) || 'the AWS CLI did not answer' });
    });
  });
}
