// Reads of `az` and `gcloud` after a refusal, with tokens of a real API server.
//
// The programs are stand-ins that print the documented forms, as in test/cli/check/cloud-accounts.test.ts.

import { chmod, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, it } from 'vitest';
import { shellWord } from '../../../cli/shell-word.ts';
import { azure, gcpProvider } from '../three-clouds.ts';
import { expectFault } from './expect-fault.ts';
import { changeApplication, impersonation, otherIssuer, trustOf } from './trust-faults.ts';
import { account, issuerUrl, startTrustingClouds, subject, type TrustingClouds } from './trusting-clouds.ts';

let clouds: TrustingClouds;
beforeAll(async () => {
  clouds = await startTrustingClouds();
});
afterAll(() => clouds?.stop());
afterEach(async () => {
  for (const name of ['az', 'gcloud']) await rm(join(clouds.programs, name), { force: true });
});

/** A program that answers the commands that begin so, and fails for others. */
async function program(name: 'az' | 'gcloud', answers: Readonly<Record<string, object>>): Promise<void> {
  const cases = Object.entries(answers).map(
    ([command, answer]) => `  ${shellWord(command)}*) echo ${shellWord(JSON.stringify(answer))};;`,
  );
  const text = ['#!/bin/sh', 'case "$*" in', ...cases, '  *) echo "not logged in" >&2; exit 1;;', 'esac', ''];
  const path = join(clouds.programs, name);
  await writeFile(path, text.join('\n'));
  await chmod(path, 0o700);
}

const login = { 'account show': { tenantId: azure.tenant } };
const identity = (credential: object) => ({
  ...login,
  'ad sp show': { alternativeNames: [] },
  'ad app federated-credential list': [
    { name: 'prod', issuer: issuerUrl, subject, audiences: ['api://AzureADTokenExchange'], ...credential },
  ],
});

describe('az', () => {
  it.each([
    [
      'subject',
      { subject: 'system:serviceaccount:shop:chekout' },
      { subject: 'system:serviceaccount:shop:chekout' },
      `The federated credential "prod" has subject "system:serviceaccount:shop:chekout", the token has "${subject}". They differ from character 31`,
    ],
    [
      'audience',
      { audience: 'api://AzureADTokenExchang' },
      { audiences: ['api://AzureADTokenExchang'] },
      'has audience "api://AzureADTokenExchang", the token has "api://AzureADTokenExchange". They differ from character 26',
    ],
  ])('names the letter in the %s of the federated credential', async (_, application, credential, cause) => {
    await program('az', identity(credential));
    await clouds.with(
      (trust) => changeApplication(trust, application),
      () => expectFault(clouds, { code: 'trust-azure', cause, remedy: trustOf('azure') }),
    );
  });

  it('names the slash at the end of the issuer', async () => {
    await program('az', identity({ issuer: otherIssuer }));
    await clouds.with(
      (trust) => ({ azure: { ...trust.azure, issuer: otherIssuer } }),
      () =>
        expectFault(clouds, {
          code: 'trust-azure',
          cause: 'They differ only in the slash at the end',
          remedy: trustOf('azure'),
        }),
    );
  });

  it('of another tenant is not read', async () => {
    await program('az', { 'account show': { tenantId: 'other' } });
    await clouds.with(
      (trust) => changeApplication(trust, { subject: 'other' }),
      () =>
        expectFault(clouds, {
          code: 'trust-azure',
          cause: 'The federated credentials were not read: the Azure CLI is logged in to tenant other',
          remedy: trustOf('azure'),
        }),
    );
  });
});

describe('gcloud', () => {
  const describeProvider = 'iam workload-identity-pools providers describe';
  const provider = {
    state: 'ACTIVE',
    oidc: { issuerUri: issuerUrl, allowedAudiences: [] },
    attributeMapping: { 'google.subject': 'assertion.sub' },
  };

  it('names the audience that the provider allows', async () => {
    await program('gcloud', {
      [describeProvider]: { ...provider, oidc: { issuerUri: issuerUrl, allowedAudiences: ['vault'] } },
    });
    await clouds.with(
      (trust) => ({ gcp: { ...trust.gcp, allowedAudiences: { [gcpProvider]: ['vault'] } } }),
      () =>
        expectFault(clouds, {
          code: 'trust-gcp',
          cause: 'The provider allows the audience "vault"',
          remedy: 'cwii.dev/gcp-token-audience',
          results: impersonation,
        }),
    );
  });

  it('names the attribute condition', async () => {
    await program('gcloud', { [describeProvider]: { ...provider, attributeCondition: "assertion.sub == 'x'" } });
    await clouds.with(
      (trust) => ({ gcp: { ...trust.gcp, subjects: [] } }),
      () =>
        expectFault(clouds, {
          code: 'trust-gcp',
          cause: `its attribute condition is "assertion.sub == 'x'"`,
          remedy: 'attribute condition',
          results: impersonation,
        }),
    );
  });

  it('names the principal in the binding that is most similar', async () => {
    const members = [
      `principal:${gcpProvider.replace(/\/providers\/.*$/, '')}/subject/system:serviceaccount:shop:chekout`,
    ];
    await program('gcloud', {
      'iam service-accounts get-iam-policy': { bindings: [{ role: 'roles/iam.workloadIdentityUser', members }] },
    });
    await clouds.with(
      (trust) => ({ gcp: { ...trust.gcp, serviceAccounts: { [account]: [] } } }),
      () =>
        expectFault(clouds, {
          code: 'trust-gcp-impersonation',
          cause: 'The policy has "principal:',
          remedy: trustOf('gcp'),
        }),
    );
  });

  it('that is not logged in is told, beside the refusal', async () => {
    await program('gcloud', {});
    await clouds.with(
      (trust) => ({ gcp: { ...trust.gcp, serviceAccounts: {} } }),
      () =>
        expectFault(clouds, {
          code: 'trust-gcp-impersonation',
          cause: 'not logged in',
          remedy: trustOf('gcp'),
        }),
    );
  });
});
