// AWS: the trust policy of a role, and the identity provider of the issuer.

import { pascalCase } from '../../cluster-file/stack-names.ts';
import { shellWord } from '../shell-word.ts';
import { assumePolicy, targetBlocks, targetCommands, targetProps, targetTrustPolicy } from './aws-target.ts';
import type { AwsIdentity } from './identities.ts';
import { partsOf } from './role-arn.ts';
import { hclAttributes, hclBlock, hclList, hclName, hclString, tsString } from './text.ts';
import { jsonText, namesOf, script, subjectsOf, type TrustInput, type TrustWriter } from './trust-input.ts';

type Input = TrustInput<AwsIdentity>;

export const awsTrust: TrustWriter<AwsIdentity> = {
  /** With a target role, the documents of both roles. */
  json(input) {
    const { identity } = input;
    const { roleArn, target } = identity;
    return jsonText(
      target
        ? {
            role: { arn: roleArn, trustPolicy: trustPolicy(input), permissions: assumePolicy(target) },
            targetRole: { arn: target.roleArn, trustPolicy: targetTrustPolicy(identity, target) },
          }
        : trustPolicy(input),
    );
  },

  cli(input) {
    const { identity, issuer, serviceAccounts } = input;
    const { account, name, path } = partsOf(identity.roleArn);
    const audience = shellWord(identity.audience);
    const role = shellWord(name);
    return script(
      `# Lets ${namesOf(serviceAccounts)} of ${issuer.url} assume ${identity.roleArn}.`,
      '# It replaces the trust policy of the role; name all ServiceAccounts that share the role in one command.',
      'set -eu',
      '',
      'account=$(aws sts get-caller-identity --query Account --output text)',
      `if [ "$account" != ${account} ]; then`,
      `  echo "these are credentials of account $account; the role is in account ${account}" >&2`,
      '  exit 1',
      'fi',
      '',
      `provider=${shellWord(providerArn(input))}`,
      'if ! clients=$(aws iam get-open-id-connect-provider --open-id-connect-provider-arn "$provider" \\',
      '  --query ClientIDList --output text 2>/dev/null); then',
      `  aws iam create-open-id-connect-provider --url ${shellWord(issuer.url)} --client-id-list ${audience}`,
      `elif ! printf '%s' "$clients" | tr '\\t' '\\n' | grep -Fqx -e ${audience}; then`,
      '  aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn "$provider" \\',
      `    --client-id ${audience}`,
      'fi',
      '',
      `policy=${shellWord(JSON.stringify(trustPolicy(input), null, 2))}`,
      `if aws iam get-role --role-name ${role} >/dev/null 2>&1; then`,
      `  aws iam update-assume-role-policy --role-name ${role} --policy-document "$policy"`,
      'else',
      `  aws iam create-role --role-name ${role}${path === '/' ? '' : ` --path ${shellWord(path)}`} --assume-role-policy-document "$policy"`,
      'fi',
      ...targetCommands(identity),
    );
  },

  terraform(input) {
    const { identity, issuer, serviceAccounts, createProvider } = input;
    const [first] = serviceAccounts;
    const { account, name, path } = partsOf(identity.roleArn);
    const id = hclName(first);
    const provider = createProvider
      ? hclBlock(
          'resource "aws_iam_openid_connect_provider" "cluster"',
          hclAttributes([
            ['url', hclString(issuer.url)],
            ['client_id_list', hclList([identity.audience])],
          ]),
        )
      : hclBlock('data "aws_iam_openid_connect_provider" "cluster"', [`url = ${hclString(issuer.url)}`]);
    const reference = `${createProvider ? '' : 'data.'}aws_iam_openid_connect_provider.cluster.arn`;
    const condition = (claim: string, values: readonly string[]) =>
      hclBlock(
        'condition',
        hclAttributes([
          ['test', '"StringEquals"'],
          ['variable', hclString(`${issuer.hostAndPath}:${claim}`)],
          ['values', hclList(values)],
        ]),
      );
    const lines = [
      `# Lets ${namesOf(serviceAccounts)} of ${issuer.url} assume ${identity.roleArn}.`,
      `# An existing role: terraform import aws_iam_role.${id} ${name}`,
      ...provider,
      '',
      ...hclBlock(`data "aws_iam_policy_document" "${id}_trust"`, [
        ...hclBlock('statement', [
          'actions = ["sts:AssumeRoleWithWebIdentity"]',
          '',
          ...hclBlock(
            'principals',
            hclAttributes([
              ['type', '"Federated"'],
              ['identifiers', `[${reference}]`],
            ]),
          ),
          '',
          ...condition('aud', [identity.audience]),
          '',
          ...condition('sub', subjectsOf(input)),
        ]),
      ]),
      '',
      `# In account ${account}`,
      ...hclBlock(
        `resource "aws_iam_role" "${id}"`,
        hclAttributes([
          ['name', hclString(name)],
          ...(path === '/' ? [] : [['path', hclString(path)] as const]),
          ['assume_role_policy', `data.aws_iam_policy_document.${id}_trust.json`],
        ]),
      ),
      ...targetBlocks(identity, id),
    ];
    return `${lines.join('\n')}\n`;
  },

  cdk(input) {
    const { identity, issuer, serviceAccounts, createProvider } = input;
    const { account, name, path } = partsOf(identity.roleArn);
    const pods = serviceAccounts.map(
      (one) => `{ namespace: ${tsString(one.namespace)}, serviceAccount: ${tsString(one.name)} }`,
    );
    const audience = tsString(identity.audience);
    const provider = createProvider
      ? `new ClusterIdentityProvider(stack, 'IdentityProvider', { issuer: ${tsString(issuer.url)}, audiences: [${audience}] })`
      : `ClusterIdentityProvider.fromIssuer(stack, ${tsString(issuer.url)})`;
    const lines = [
      `// Lets ${namesOf(serviceAccounts)} of ${issuer.url} assume ${identity.roleArn}.`,
      `import { App, Stack } from ${tsString('aws-cdk-lib')};`,
      ...(identity.target ? [`import { PolicyDocument } from ${tsString('aws-cdk-lib/aws-iam')};`] : []),
      `import { ClusterIdentityProvider, WorkloadRole } from ${tsString('cwii/infra')};`,
      '',
      `const stack = new Stack(new App(), ${tsString(`trust-${name.replaceAll(/[^A-Za-z0-9-]/g, '-')}`)}, { env: { account: '${account}' } });`,
      `const identityProvider = ${provider};`,
      `new WorkloadRole(stack, ${tsString(pascalCase(name))}, {`,
      '  identityProvider,',
      ...(pods.length === 1 ? [`  pods: ${pods[0]},`] : ['  pods: [', ...pods.map((one) => `    ${one},`), '  ],']),
      `  audience: ${audience},`,
      `  roleName: ${tsString(name)},`,
      ...(path === '/' ? [] : [`  path: ${tsString(path)},`]),
      ...targetProps(identity),
      '});',
    ];
    return `${lines.join('\n')}\n`;
  },
};

export function trustPolicy(input: Input): object {
  const subjects = subjectsOf(input);
  const { hostAndPath } = input.issuer;
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Federated: providerArn(input) },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: {
          StringEquals: {
            [`${hostAndPath}:aud`]: input.identity.audience,
            [`${hostAndPath}:sub`]: subjects.length === 1 ? subjects[0] : subjects,
          },
        },
      },
    ],
  };
}

function providerArn({ identity, issuer }: Input): string {
  const { partition, account } = partsOf(identity.roleArn);
  return `arn:${partition}:iam::${account}:oidc-provider/${issuer.hostAndPath}`;
}
