// Tests of the reads with `az` and `gcloud`: how the trust of the cloud differs from the token.
//
// The programs are replaced, because they need accounts. They print the documented forms: the resources
// federatedIdentityCredential and servicePrincipal of Microsoft Graph v1.0, the federated identity credential
// of the Resource Manager, and workloadIdentityPools.providers and Policy of the IAM API v1.

import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { credentialProblem } from '../../../cli/check/trust/azure-account.ts';
import { withAccount } from '../../../cli/check/trust/cloud-cli.ts';
import type { Exchange } from '../../../cli/check/trust/each-identity.ts';
import { bindingProblem, providerProblem } from '../../../cli/check/trust/gcp-account.ts';
import type { AzureIdentity, GcpIdentity } from '../../../cli/trust/identities.ts';
import { folderOf } from '../command.ts';

const issuer = 'https://oidc.example.com/prod';
const subject = 'system:serviceaccount:shop:checkout';
const tenantId = '99999999-8888-7777-6666-555555555555';
const clientId = '11111111-2222-3333-4444-555555555555';
const audience = 'api://AzureADTokenExchange';

let folder: Awaited<ReturnType<typeof folderOf>>;
beforeEach(async () => {
  folder = await folderOf({});
  vi.stubEnv('PATH', folder.path);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await folder[Symbol.asyncDispose]();
});

/** An answer, or the words and the status of a failure, by the first arguments of the command. */
type Answers = Readonly<Record<string, object | { readonly fails: string }>>;

async function program(name: 'az' | 'gcloud', answers: Answers): Promise<void> {
  const cases = Object.entries(answers).map(([command, answer]) =>
    'fails' in answer
      ? `  ${quoted(command)}*) echo ${quoted(String(answer.fails))} >&2; exit 1;;`
      : `  ${quoted(command)}*) echo ${quoted(JSON.stringify(answer))};;`,
  );
  const log = quoted(join(folder.path, 'calls'));
  const text = ['#!/bin/sh', `echo "$*" >> ${log}`, 'case "$*" in', ...cases, '  *) exit 2;;', 'esac', ''].join('\n');
  await writeFile(join(folder.path, name), text);
  await chmod(join(folder.path, name), 0o700);
}

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
const calls = async () => (await readFile(join(folder.path, 'calls'), 'utf8')).trim().split('\n');

function exchangeOf<I>(identity: object, ofToken: object, signal = new AbortController().signal): Exchange<I & never> {
  const target = { serviceAccount: { namespace: 'shop', name: 'checkout' } };
  return { identity, target, signal, token: { issuer, subject, ...ofToken } } as unknown as Exchange<I & never>;
}

describe('the federated credentials of a client', () => {
  const right = { name: 'prod-checkout', issuer, subject, audiences: [audience], description: null };
  const app = { id: 'object-id', appId: clientId, servicePrincipalType: 'Application', alternativeNames: [] };
  const listOfApp = 'ad app federated-credential list';
  const problem = (signal?: AbortSignal) =>
    credentialProblem(exchangeOf<AzureIdentity>({ cloud: 'azure', clientId, tenantId }, { audience }, signal));
  const withCredentials = (...credentials: readonly object[]) =>
    program('az', { 'account show': { tenantId }, 'ad sp show': app, [listOfApp]: credentials });

  it.each([
    [
      { ...right, issuer: `${issuer}/` },
      `has issuer "${issuer}/", the token has "${issuer}". They differ only in the slash at the end.`,
    ],
    [
      { ...right, subject: 'system:serviceaccount:shop:chekout' },
      `has subject "system:serviceaccount:shop:chekout", the token has "${subject}". They differ from character 31: "kout" and "ckout".`,
    ],
    [
      { ...right, subject: 'system:serviceaccount:Shop:checkout' },
      `has subject "system:serviceaccount:Shop:checkout", the token has "${subject}". They differ only in upper and lower case, from character 23: "S" and "s".`,
    ],
    [
      { ...right, audiences: ['api://AzureADTokenExchang'] },
      `has audience "api://AzureADTokenExchang", the token has "${audience}". They differ from character 26: the end and "e".`,
    ],
  ])('show the letter that differs: %o', async (credential, text) => {
    const far = { ...right, name: 'far', issuer: 'https://other.example.com', subject: 'repo:a/b' };
    await withCredentials(far, credential);

    expect(await problem()).toEqual({ problem: `The federated credential "prod-checkout" ${text}` });
  });

  it('of a managed identity are read from its resource', async () => {
    const id = `/subscriptions/sub-1/resourcegroups/group-1/providers/Microsoft.ManagedIdentity/userAssignedIdentities/shop`;
    const identity = { ...app, servicePrincipalType: 'ManagedIdentity', alternativeNames: ['isExplicit=True', id] };
    const list = 'identity federated-credential list';
    await program('az', {
      'account show': { tenantId },
      'ad sp show': identity,
      [list]: [{ ...right, subject: 'system:serviceaccount:pay:checkout' }],
    });

    expect((await problem()).problem).toContain('has subject "system:serviceaccount:pay:checkout"');
    expect(await calls()).toEqual([
      'account show --only-show-errors --output json',
      `ad sp show --id ${clientId} --only-show-errors --output json`,
      `${list} --identity-name shop --resource-group group-1 --subscription sub-1 --only-show-errors --output json`,
    ]);
  });

  it('are none', async () => {
    await withCredentials();

    expect(await problem()).toEqual({ problem: 'The client has no federated credential' });
  });

  it('match the token', async () => {
    await withCredentials(right);

    expect((await problem()).unknown).toContain('"prod-checkout" matches the token');
  });

  it('with an expression count as a subject that may match', async () => {
    await withCredentials({ ...right, subject: null, claimsMatchingExpression: { value: "claims['sub'] eq 'x'" } });

    expect((await problem()).unknown).toContain('matches the token');
  });

  it.each<[string, Answers, string]>([
    [
      'nobody is logged in',
      { 'account show': { fails: "ERROR: Please run 'az login' to setup account." } },
      "az account show: ERROR: Please run 'az login' to setup account.",
    ],
    [
      'the login is of another tenant',
      { 'account show': { tenantId: 'other' } },
      'the Azure CLI is logged in to tenant other',
    ],
    [
      'the user may not read them',
      { 'account show': { tenantId }, 'ad sp show': app, [listOfApp]: { fails: 'ERROR: Insufficient privileges' } },
      'az ad app federated-credential list: ERROR: Insufficient privileges',
    ],
  ])('are not known if %s', async (_, answers, why) => {
    await program('az', answers);

    expect(await problem()).toEqual({ unknown: `The federated credentials were not read: ${why}` });
  });

  it('are not known without the program, or without time', async () => {
    const unknown = (why: string) => ({ unknown: `The federated credentials were not read: ${why}` });

    expect(await problem()).toEqual(unknown('the Azure CLI (`az`) is not in the PATH'));
    await withCredentials(right);
    expect(await problem(AbortSignal.abort())).toEqual(unknown('az account show did not end in time'));
  });
});

const provider = '//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/prod/providers/k8s';

describe('the workload identity provider', () => {
  const right = {
    name: provider.slice('//iam.googleapis.com/'.length),
    state: 'ACTIVE',
    attributeMapping: { 'google.subject': 'assertion.sub' },
    oidc: { issuerUri: issuer },
  };
  const problem = () =>
    providerProblem(exchangeOf<GcpIdentity>({ cloud: 'gcp', provider }, { audience: `https:${provider}` }));
  const describeProvider = 'iam workload-identity-pools providers describe k8s';

  it.each([
    [
      { ...right, oidc: { issuerUri: `${issuer}/` } },
      {
        problem: `The provider has the issuer "${issuer}/", the token has "${issuer}". They differ only in the slash at the end.`,
      },
    ],
    [
      { ...right, oidc: { issuerUri: issuer, allowedAudiences: ['https://iam.googleapis.com/other'] } },
      {
        problem: expect.stringMatching(
          /^The provider allows the audience ".*\/other", the token has ".*k8s"\. They differ from character 28: /,
        ),
      },
    ],
    [{ ...right, disabled: true }, { problem: 'The provider is disabled' }],
    [{ ...right, state: 'DELETED' }, { problem: 'The provider is DELETED' }],
    [{ ...right, oidc: undefined, saml: {} }, { problem: 'The provider is not of the type OIDC' }],
    [
      { ...right, attributeCondition: "assertion.sub == 'x'" },
      {
        problem: `Issuer and audience of the provider match the token; its attribute condition is "assertion.sub == 'x'"`,
      },
    ],
    [
      { ...right, attributeMapping: { 'google.subject': 'assertion.email' } },
      { problem: expect.stringContaining('it maps google.subject from "assertion.email", not from "assertion.sub"') },
    ],
    [
      right,
      { unknown: 'Issuer and audience of the provider match the token, so the change is newer than a few minutes' },
    ],
  ])('shows the difference: %o', async (found, expected) => {
    await program('gcloud', { [describeProvider]: found });

    expect(await problem()).toEqual(expected);
    expect(await calls()).toEqual([
      `${describeProvider} --workload-identity-pool=prod --location=global --project=123456789012 --quiet --format=json`,
    ]);
  });

  it.each([
    [
      'ERROR: (gcloud…describe) NOT_FOUND: Requested entity was not found.',
      { problem: expect.stringContaining('Google has no provider k8s in the pool prod of project 123456789012') },
    ],
    [
      'ERROR: You do not currently have an active account selected.',
      {
        unknown: expect.stringContaining(
          'The provider was not read: gcloud iam workload-identity-pools providers describe: ERROR: You do not',
        ),
      },
    ],
  ])('is not read: %s', async (fails, expected) => {
    await program('gcloud', { [describeProvider]: { fails } });

    expect(await problem()).toEqual(expected);
  });

  it('is not read without the program', async () => {
    expect(await problem()).toEqual({
      unknown: 'The provider was not read: the Google Cloud CLI (`gcloud`) is not in the PATH',
    });
  });
});

describe('the IAM policy of a service account', () => {
  const email = 'checkout@my-project.iam.gserviceaccount.com';
  const get = `iam service-accounts get-iam-policy ${email}`;
  const pool = 'principal://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/prod';
  const member = `${pool}/subject/${subject}`;
  const role = 'roles/iam.workloadIdentityUser';
  const problem = () => bindingProblem(exchangeOf<GcpIdentity>({ cloud: 'gcp', provider }, {}), email);

  it.each([
    [
      [{ role, members: ['user:a@example.com', `${pool}/subject/system:serviceaccount:shop:chekout`] }],
      {
        problem: expect.stringMatching(
          /^The policy has ".*:chekout", the token is ".*:checkout"\. They differ from character \d+: "kout" and "ckout"\.$/,
        ),
      },
    ],
    [
      [{ role, members: [member], condition: { expression: 'request.time < timestamp("2026-01-01T00:00:00Z")' } }],
      { problem: expect.stringContaining(`The binding of ${role} has the condition "request.time < `) },
    ],
    [
      [{ role: 'roles/viewer', members: [member] }],
      { problem: expect.stringContaining(`No binding of ${role} has a principal`) },
    ],
    [[], { problem: expect.stringContaining('No binding of') }],
    [[{ role, members: [member] }], { unknown: expect.stringContaining('The policy has a binding for the principal') }],
  ])('shows the nearest principal: %o', async (bindings, expected) => {
    await program('gcloud', { [get]: { bindings, etag: 'x', version: 1 } });

    expect(await problem()).toEqual(expected);
  });

  it('does not exist', async () => {
    await program('gcloud', { [get]: { fails: 'ERROR: (gcloud.iam…) NOT_FOUND: Unknown service account' } });

    expect(await problem()).toEqual({ problem: `The service account ${email} does not exist` });
  });
});

describe('the cause of a refusal', () => {
  it('has the difference before the words of the cloud, and what is not known after them', () => {
    expect(withAccount('cause', { problem: 'Problem.' }, 'The cloud answers no')).toBe(
      'cause. Problem. The cloud answers no',
    );
    expect(withAccount('cause', { unknown: 'It was not read' }, 'The cloud answers no.')).toBe(
      'cause. The cloud answers no. It was not read',
    );
  });
});
