// Writes the text of a new cluster in cwii.yaml, with a comment above each block.

import { stringify } from 'yaml';
import type { AddressScope } from '../../cluster-file/api-address.ts';

export interface NewCluster {
  readonly name: string;
  readonly account: string;
  readonly region: string;
  /** The account's limit of concurrent executions. */
  readonly concurrencyLimit: number;
  readonly api: { readonly url: string; readonly ca: string | undefined; readonly scope: AddressScope };
  /** Undefined if the version is unknown. */
  readonly kubernetesMinor: number | undefined;
  readonly issuer: string;
  readonly hosting: 'none' | 'cloudfront' | 'domain';
  readonly certificateArn: string;
  /** The cluster's current issuer, if another one is hosted. Undefined if it is the same or unknown. */
  readonly oldIssuer: string | undefined;
  readonly credentialKind: keyof typeof credentialComments;
  /** The credential and its keys, as in cwii.yaml. */
  readonly credential: object;
  readonly callerDigest: string;
  readonly callerTokenFile: string;
}

const credentialComments = {
  'web-identity': "tokens of AWS STS from the account's issuer; no secret is stored anywhere",
  secret: 'a ServiceAccount token in Secrets Manager, which a function rotates',
  eks: 'a presigned request to AWS STS, for aws-iam-authenticator',
  none: 'it does not, so only annotations on the pods themselves have an effect',
} as const;

/** The YAML of a list entry, indented by two. */
export function clusterEntry(cluster: NewCluster): string {
  const { name, account, region, api, kubernetesMinor, issuer, credential, callerDigest, callerTokenFile } = cluster;
  const blocks = [
    [`name: ${name}`],
    [
      `# The account and region of the stack cwii-${name}.${account && region ? '' : ' If one is missing, it comes from your AWS profile.'}`,
      ...(account ? [`account: "${account}"`] : []),
      ...(region ? [`region: ${region}`] : []),
    ],
    [
      '# The API server, as the function reaches it.',
      ...yamlLines({ api: { url: api.url, ...(api.ca && { ca: api.ca }) } }),
      ...(api.scope === 'private' ? vpcTemplate(region) : []),
    ],
    ...(kubernetesMinor === undefined
      ? []
      : [
          [
            '# The version of the API servers, which selects the API version in generated files. Change it after an upgrade.',
            `kubernetesVersion: "1.${kubernetesMinor}"`,
          ],
        ]),
    [...issuerComment(cluster), `issuer: ${issuer}`],
    ...hostingBlocks(cluster),
    [
      `# How the function authenticates to the cluster: ${credentialComments[cluster.credentialKind]}.`,
      ...yamlLines({ credential }),
    ],
    [
      '# Who may call the webhook: SHA-256 digests of tokens, two during a rotation (cwii caller-token --help).',
      `# The token itself is in ${callerTokenFile}. Copy it to the control plane; do not commit it to git.`,
      ...yamlLines({ callers: { tokenSha256: [callerDigest] } }),
    ],
    [
      '# The pods that are sent to the webhook: those in namespaces with the label cwii.dev/inject: enabled.',
      ...yamlLines({ webhook: { namespaces: 'labelled', failurePolicy: 'Fail' } }),
    ],
    [
      '# cwii.dev/aws-region sets AWS_REGION. boto3 and the AWS CLI v1 read AWS_DEFAULT_REGION instead, so set both.',
      ...yamlLines({ providers: { aws: { setDefaultRegion: true } } }),
      `    # defaultRegion: ${region || 'eu-central-1'} # for pods without cwii.dev/aws-region`,
    ],
    ...concurrencyBlocks(cluster),
    [
      '# Limits for annotations. Without a rule everything is allowed, except for verify images other than the defaults.',
      '# An identity is protected by its trust policy in the cloud, not by these rules.',
      '# guardRails:',
      '#   roleArns:',
      `#     - arn:aws:iam::${account || '123456789012'}:role/\${namespace}/*`,
    ],
  ];
  return `  - ${blocks
    .map((block) => block.map((line) => (line === '' ? '' : `    ${line}`)).join('\n'))
    .join('\n\n')
    .trimStart()}\n`;
}

/** Lambda keeps 10, 50 or 100 of the limit unreserved, depending on the account, and cwii reserves 50. */
const ENOUGH_TO_RESERVE = 150;

function concurrencyBlocks({ concurrencyLimit }: NewCluster): string[][] {
  if (concurrencyLimit >= ENOUGH_TO_RESERVE) return [];
  return [
    [
      `# The account's limit of ${concurrencyLimit} concurrent executions is too low to reserve some of them for the webhook.`,
      '# Request a higher limit (Service Quotas, Lambda), then remove this block: other functions could use up the limit.',
      ...yamlLines({ function: { reservedConcurrency: 'unreserved' } }),
    ],
  ];
}

function issuerComment({ hosting }: NewCluster): string[] {
  const meaning = '# The issuer that clouds trust: `iss` of ServiceAccount tokens, character for character.';
  if (hosting === 'none') return [meaning];
  if (hosting === 'domain')
    return [
      meaning,
      "# It replaces the cluster's current issuer: cwii manifests writes the API server's flags, which keep the old one.",
    ];
  return [
    meaning,
    '# This host is a placeholder for the first deployment, which creates the distribution. After it, replace the host with',
    '# the value of the stack output IssuerDistributionDomain, and deploy again (docs/deploying.md).',
  ];
}

function hostingBlocks({ hosting, certificateArn, oldIssuer }: NewCluster): string[][] {
  if (hosting === 'none') return [];
  const oldIssuers = oldIssuer === undefined ? {} : { oldIssuers: [oldIssuer] };
  const comments = [
    "# Publishes the cluster's keys at the issuer, through a bucket, CloudFront and a function that copies them.",
    ...(oldIssuer === undefined
      ? []
      : ["# oldIssuers has the cluster's current issuer, so that its tokens are still accepted."]),
  ];
  if (hosting === 'cloudfront') return [[...comments, ...yamlLines({ issuerHosting: oldIssuers })]];
  return [
    [
      ...comments,
      ...yamlLines({ issuerHosting: { certificateArn, ...oldIssuers } }),
      '  # Remove this line when the first deployment stands, and deploy again: it protects the stack against deletion.',
      '  terminationProtection: false',
      "  # hostedZone: { id: Z0123456789ABCDEFGHIJ, name: example.com }   # if Route 53 has the issuer's zone",
    ],
  ];
}

function vpcTemplate(region: string): string[] {
  return [
    '  # The address is private: the function needs a VPC that reaches it, and AWS APIs through NAT or endpoints.',
    '  # vpc:',
    '  #   vpcId: vpc-0123456789abcdef0',
    `  #   availabilityZones: [${region || 'eu-central-1'}a]`,
    '  #   subnetIds: [subnet-0123456789abcdef0]',
    '  #   securityGroupIds: [sg-0123456789abcdef0]',
  ];
}

function yamlLines(value: object): string[] {
  return stringify(value, { lineWidth: 0 }).trimEnd().split('\n');
}
