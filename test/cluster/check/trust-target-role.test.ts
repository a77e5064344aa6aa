// `cwii check serviceaccount` for the second role of AWS, and what `cwii trust` prints for it.

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Annotations } from '../manifests.ts';
import { type EmulatedAccount, startEmulatedAccount } from './aws-account.ts';
import { expectFault } from './expect-fault.ts';
import { noClouds, trustOf } from './trust-faults.ts';
import { annotations, role, startTrustingClouds, type TrustingClouds, targetRole } from './trusting-clouds.ts';

let clouds: TrustingClouds;
beforeAll(async () => {
  clouds = await startTrustingClouds();
});
afterAll(() => clouds?.stop());
afterEach(() => clouds.annotate(annotations));

describe('the second role of AWS', () => {
  const withTarget = {
    'cwii.dev/aws-role-arn': role,
    'cwii.dev/aws-target-role-arn': targetRole.arn,
    'cwii.dev/aws-external-id': targetRole.externalId,
  };
  const results = { ...noClouds, 'trust-aws': 'passed' } as const;

  it('is assumed with the session of the first one', async () => {
    await clouds.annotate(withTarget);
    const [line] = await clouds.linesOf('trust-aws-target-role');

    expect(line).toMatchObject({
      result: 'passed',
      detail: 'arn:aws:sts::210987654321:assumed-role/shared-data/cwii-check',
    });
  });

  const faults: Readonly<Record<string, readonly [Annotations, cause: string]>> = {
    'another external ID': [
      { ...withTarget, 'cwii.dev/aws-external-id': 'my-clustr' },
      `role ${role} may not assume ${targetRole.arn} with the external ID "my-clustr"`,
    ],
    'no external ID': [
      { 'cwii.dev/aws-role-arn': role, 'cwii.dev/aws-target-role-arn': targetRole.arn },
      `role ${role} may not assume ${targetRole.arn} without an external ID`,
    ],
    'a role that does not exist': [
      { ...withTarget, 'cwii.dev/aws-target-role-arn': 'arn:aws:iam::210987654321:role/shared-dat' },
      'or the target does not trust it or does not exist',
    ],
  };
  it.each(Object.entries(faults))('%s', async (_, [chosen, cause]) => {
    await clouds.annotate(chosen);
    await expectFault(clouds, {
      code: 'trust-aws-target-role',
      cause,
      remedy: 'apply what its output has for both roles',
      results,
    });
  });

  it('a permission that the first role lacks, as AWS says it', async () => {
    await clouds.annotate(withTarget);
    const message =
      'User: x is not authorized to perform: sts:AssumeRole on resource: y because no identity-based policy allows the sts:AssumeRole action';
    await clouds.with(
      () => ({
        instead: ({ form }) =>
          form['Action'] === 'AssumeRole'
            ? {
                status: 403,
                type: 'text/xml',
                body: `<ErrorResponse><Error><Code>AccessDenied</Code><Message>${message}</Message></Error></ErrorResponse>`,
              }
            : undefined,
      }),
      () =>
        expectFault(clouds, {
          code: 'trust-aws-target-role',
          cause: `role ${role} lacks the permission sts:AssumeRole for ${targetRole.arn}`,
          remedy: 'for both roles',
          results,
        }),
    );
  });

  it('is not tried if the first role is refused', async () => {
    await clouds.annotate(withTarget);
    await clouds.with(
      ({ aws }) => ({ aws: { ...aws, roles: {} } }),
      () =>
        expectFault(clouds, {
          code: 'trust-aws',
          cause: 'or does not exist',
          remedy: trustOf('aws'),
          results: { ...results, 'trust-aws-target-role': 'skipped' },
        }),
    );
  });

  describe('with credentials of its account', () => {
    let aws: EmulatedAccount;
    const target = 'arn:aws:iam::123456789012:role/shared-data';
    const inOneAccount = { ...withTarget, 'cwii.dev/aws-target-role-arn': target };
    beforeAll(async () => {
      aws = await startEmulatedAccount(clouds.programs);
    });
    afterAll(() => aws?.stop());

    const causeWith = async (statement: object, chosen: Annotations = inOneAccount) => {
      const document = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] });
      await aws.sh('aws iam delete-role --role-name shared-data');
      await aws.aws('iam', 'create-role', '--role-name', 'shared-data', '--assume-role-policy-document', document);
      await clouds.annotate(chosen);
      const [line] = await clouds.linesOf('trust-aws-target-role');
      expect(line?.result).toBe('failed');
      return line?.cause;
    };
    const conditions = (id: string) => ({ Condition: { StringEquals: { 'sts:ExternalId': id } } });

    it.each([
      [
        'another role in the trust policy',
        { Action: 'sts:AssumeRole', Principal: { AWS: 'arn:aws:iam::123456789012:role/shop-chekout' } },
        `has "arn:aws:iam::123456789012:role/shop-chekout", and the role of the pod is "${role}". They differ from character`,
      ],
      [
        'another external ID in the trust policy',
        { Action: 'sts:AssumeRole', Principal: { AWS: role }, ...conditions('my-clustr') },
        'has the external ID "my-clustr" (StringEquals), and the annotation cwii.dev/aws-external-id has "my-cluster"',
      ],
      [
        'no difference, so that the permission is missing',
        { Action: 'sts:AssumeRole', Principal: { AWS: 'arn:aws:iam::123456789012:root' }, ...conditions('my-cluster') },
        'so look at the permissions of role shop-checkout',
      ],
    ])('%s', async (_, statement, cause) => {
      expect(await causeWith(statement)).toContain(cause);
    });

    it('is what the commands of cwii trust permit and print', async () => {
      await aws.sh('aws iam delete-role --role-name shop-checkout');
      await clouds.annotate(withTarget);
      const { stdout } = await clouds.run('trust', 'shop/checkout', '--cloud', 'aws');
      const ended = await aws.sh(stdout);

      expect(ended).toMatchObject({ code: 0, stderr: '' });
      const policy = ['--role-name', 'shop-checkout', '--policy-name', 'cwii-assume-target-role'];
      expect(await aws.aws('iam', 'get-role-policy', ...policy)).toMatchObject({
        PolicyDocument: { Statement: [{ Action: 'sts:AssumeRole', Resource: targetRole.arn }] },
      });
      expect(ended.stdout).toContain(`Add this statement to the trust policy of ${targetRole.arn}:\n`);
      expect(ended.stdout).toContain(`"sts:ExternalId": "${targetRole.externalId}"`);
    });
  });
});
