// AWS: what the two roles of a chain need, so that the first one can assume the second one.

import { shellWord } from '../shell-word.ts';
import type { AwsIdentity, TargetRole } from './identities.ts';
import { partsOf } from './role-arn.ts';
import { hclAttributes, hclBlock, hclList, hclString, tsString } from './text.ts';

/** The permission of the first role. */
export function assumePolicy({ roleArn }: TargetRole): object {
  return {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: roleArn }],
  };
}

/** The trust policy of the second role. Others may use it too, so a statement is added to what it has. */
export function targetTrustPolicy({ roleArn }: AwsIdentity, { externalId }: TargetRole): object {
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: roleArn },
        Action: 'sts:AssumeRole',
        ...(externalId !== undefined && { Condition: { StringEquals: { 'sts:ExternalId': externalId } } }),
      },
    ],
  };
}

/** The name of the inline policy with the permission. */
const ASSUME_POLICY_NAME = 'cwii-assume-target-role';

/** The second role can be in an account of others, so its trust policy is printed, and not replaced. */
export function targetCommands(identity: AwsIdentity): string[] {
  const { roleArn, target } = identity;
  if (!target) return [];
  return [
    '',
    `# The permission to assume ${target.roleArn}.`,
    `aws iam put-role-policy --role-name ${shellWord(partsOf(roleArn).name)} --policy-name ${ASSUME_POLICY_NAME} \\`,
    `  --policy-document ${shellWord(JSON.stringify(assumePolicy(target)))}`,
    '',
    `echo ${shellWord(`Add this statement to the trust policy of ${target.roleArn}:`)}`,
    `printf '%s\\n' ${shellWord(JSON.stringify(targetTrustPolicy(identity, target), null, 2))}`,
  ];
}

export function targetBlocks(identity: AwsIdentity, id: string): string[] {
  const { target, roleArn } = identity;
  if (!target) return [];
  const document = (name: string, lines: readonly string[]) =>
    hclBlock(`data "aws_iam_policy_document" "${id}_${name}"`, hclBlock('statement', lines));
  const condition = [
    ['test', '"StringEquals"'],
    ['variable', '"sts:ExternalId"'],
    ['values', hclList([target.externalId ?? ''])],
  ] as const;
  const principal = [
    ['type', '"AWS"'],
    ['identifiers', hclList([roleArn])],
  ] as const;
  return [
    '',
    ...document(
      'assume',
      hclAttributes([
        ['actions', '["sts:AssumeRole"]'],
        ['resources', hclList([target.roleArn])],
      ]),
    ),
    '',
    ...hclBlock(
      `resource "aws_iam_role_policy" "${id}_assume"`,
      hclAttributes([
        ['name', hclString(ASSUME_POLICY_NAME)],
        ['role', `aws_iam_role.${id}.name`],
        ['policy', `data.aws_iam_policy_document.${id}_assume.json`],
      ]),
    ),
    '',
    `# For the trust policy of ${target.roleArn}: source_policy_documents has what it trusts already.`,
    ...document('target_trust', [
      'actions = ["sts:AssumeRole"]',
      '',
      ...hclBlock('principals', hclAttributes(principal)),
      ...(target.externalId === undefined ? [] : ['', ...hclBlock('condition', hclAttributes(condition))]),
    ]),
  ];
}

export function targetProps(identity: AwsIdentity): string[] {
  const { target } = identity;
  if (!target) return [];
  const trusted = JSON.stringify(targetTrustPolicy(identity, target));
  return [
    `  // ${target.roleArn} must trust it: ${trusted}`,
    `  inlinePolicies: { ${tsString(ASSUME_POLICY_NAME)}: PolicyDocument.fromJson(${JSON.stringify(assumePolicy(target))}) },`,
  ];
}
