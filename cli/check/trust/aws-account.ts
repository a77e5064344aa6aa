// Reads the identity provider and the trust policy with the AWS CLI, and names the difference to the token.

import { isObject } from '../../../lib/common/json.ts';
import { AwsError, aws } from '../../aws/aws-cli.ts';
import { partsOf } from '../../trust/role-arn.ts';
import { differenceOf } from '../difference.ts';
import type { AccountProblem } from './cloud-cli.ts';
import { quote } from './exchange.ts';
import { nearestText } from './nearest-text.ts';
import type { AwsExchange } from './sts.ts';
import { policyProblem } from './trust-policy.ts';

export async function accountProblem(
  { identity, token, signal }: AwsExchange,
  what: 'role' | 'provider',
): Promise<AccountProblem> {
  const { partition, account } = partsOf(identity.roleArn);
  const hostAndPath = token.issuer.replace(/^https:\/\//, '');
  const providerArn = `arn:${partition}:iam::${account}:oidc-provider/${hostAndPath}`;
  return what === 'role' ? roleProblem() : ((await otherAccount(account, signal)) ?? providerProblem());

  async function roleProblem(): Promise<AccountProblem> {
    const { role, problem } = await readRole(identity.roleArn, signal);
    if (problem) return problem;
    const found = policyProblem(role['AssumeRolePolicyDocument'], { ...token, hostAndPath, providerArn });
    return found === undefined
      ? {
          unknown:
            'The trust policy matches the token as far as cwii evaluates it, so another policy denies it, or the change is newer than a minute',
        }
      : { problem: found };
  }

  async function providerProblem(): Promise<AccountProblem> {
    const { value, error } = await read(
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
    const listed = await read(['iam', 'list-open-id-connect-providers'], signal);
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

type Role = Readonly<Record<string, unknown>>;

/** The role as IAM returns it, or why it is not what the annotation names. */
export async function readRole(
  arn: string,
  signal: AbortSignal,
): Promise<
  | { readonly role: Role; readonly problem?: undefined }
  | { readonly role?: undefined; readonly problem: AccountProblem }
> {
  const { account, name } = partsOf(arn);
  const other = await otherAccount(account, signal);
  if (other) return { problem: other };
  const { value, error } = await read(['iam', 'get-role', '--role-name', name], signal);
  if (error?.includes('NoSuchEntity'))
    return { problem: { problem: `Role ${name} does not exist in account ${account}` } };
  if (error !== undefined) return { problem: { unknown: `The role was not read: ${error}` } };
  const role = isObject(value['Role']) ? value['Role'] : {};
  if (role['Arn'] === arn) return { role };
  const found = String(role['Arn']);
  return {
    problem: {
      problem: `The ARN of role ${name} is "${found}", and the annotation has "${arn}". ${differenceOf(found, arn)}`,
    },
  };
}

/** Why nothing can be read, if the credentials of the AWS CLI are not of the account. */
async function otherAccount(account: string, signal: AbortSignal): Promise<AccountProblem | undefined> {
  const own = await read(['sts', 'get-caller-identity'], signal);
  if (own.error !== undefined) return { unknown: `The account was not read: ${own.error}` };
  if (own.value['Account'] === account) return undefined;
  return { unknown: `The account was not read: the AWS CLI has credentials of account ${own.value['Account']}` };
}

type Read =
  | { readonly value: Readonly<Record<string, unknown>>; readonly error?: undefined }
  | { readonly value: Readonly<Record<string, never>>; readonly error: string };

async function read(args: readonly string[], signal: AbortSignal): Promise<Read> {
  try {
    return { value: (await aws<Record<string, unknown>>(args, signal)) ?? {} };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return { value: {}, error: quote(error.message) };
  }
}
