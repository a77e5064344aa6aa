// The text of a new cluster in cwii.yaml: what was found and answered, with a line above each block that says what it is.

import { stringify } from 'yaml';
import type { Reach } from './reach.ts';

export interface NewCluster {
  readonly name: string;
  readonly account: string;
  readonly region: string;
  readonly api: { readonly url: string; readonly ca: string | undefined; readonly reach: Reach };
  readonly issuer: string;
  readonly hosting: 'none' | 'cloudfront' | 'domain';
  readonly certificateArn: string;
  /** The cluster's own until now, where another is hosted; undefined where it is the same, or unknown. */
  readonly oldIssuer: string | undefined;
  readonly credentialKind: keyof typeof ways;
  /** The credential and its keys, as cwii.yaml has them. */
  readonly credential: object;
  readonly callerDigest: string;
  /** Where the token is, for the comment; undefined where only its digest was given. */
  readonly callerTokenFile: string | undefined;
}

const ways = {
  'web-identity': "tokens of AWS STS, by the account's own issuer; no secret anywhere",
  secret: 'a ServiceAccount token in Secrets Manager, which renews itself',
  eks: 'a presigned request to AWS STS, for aws-iam-authenticator',
  none: "not at all, so that only pods' own annotations count",
} as const;

/** YAML of the list entry, indented by two. */
export function clusterEntry(cluster: NewCluster): string {
  const { name, account, region, api, issuer, credential, callerDigest, callerTokenFile } = cluster;
  const blocks = [
    [`name: ${name}`],
    [
      `# Where the stack cwii-${name} goes.${account && region ? '' : ' What is absent is taken from the AWS CLI.'}`,
      ...(account ? [`account: "${account}"`] : []),
      ...(region ? [`region: ${region}`] : []),
    ],
    [
      '# The API server, as the function reaches it.',
      ...(api.reach === 'this-machine'
        ? [
            '# This address leads back to whoever asks: write the one from outside, which its certificate must name too.',
          ]
        : []),
      ...lines({ api: { url: api.url, ...(api.ca && { ca: api.ca }) } }),
      ...(api.reach === 'private' ? vpc(region) : []),
    ],
    [...issuerComment(cluster), `issuer: ${issuer}`],
    ...hosting(cluster),
    [`# How the function authenticates to the cluster: ${ways[cluster.credentialKind]}.`, ...lines({ credential })],
    [
      '# Who may call the webhook: SHA-256 digests of tokens, two while rotating (cwii caller-token --help).',
      ...(callerTokenFile
        ? [`# The token itself is in ${callerTokenFile}; it belongs on the control plane, not into git.`]
        : []),
      ...lines({ callers: { tokenSha256: [callerDigest] } }),
    ],
    [
      '# Whose pods are asked about: namespaces with the label cwii.dev/inject: enabled.',
      ...lines({ webhook: { namespaces: 'labelled', failurePolicy: 'Fail' } }),
    ],
    [
      '# What annotations may ask for. Without a rule everything, but for verify images: then the default images only.',
      '# The boundary of an identity is its trust policy in the cloud, not this.',
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

function issuerComment({ hosting }: NewCluster): string[] {
  const what = '# `iss` of ServiceAccount tokens: the issuer that clouds trust, letter by letter.';
  if (hosting === 'none') return [what];
  if (hosting === 'domain')
    return [
      what,
      "# The cluster's own issuer changes to it: cwii manifests has the API server's flags, the old one kept beside.",
    ];
  return [
    what,
    '# This is the stand-in for a first deployment, which makes the distribution. Then write the name that its output',
    '# IssuerDistributionDomain tells in place of the host, and deploy again (docs/deploying.md).',
  ];
}

function hosting({ hosting: kind, certificateArn, oldIssuer }: NewCluster): string[][] {
  if (kind === 'none') return [];
  const what = "# Publishes the cluster's keys at the issuer, by a bucket, CloudFront and a function that copies them.";
  const old = oldIssuer === undefined ? {} : { oldIssuers: [oldIssuer] };
  const kept =
    oldIssuer === undefined ? [] : ['# oldIssuers: the cluster has this one so far; its tokens stay accepted.'];
  if (kind === 'cloudfront') return [[what, ...kept, ...lines({ issuerHosting: old })]];
  return [
    [
      what,
      ...kept,
      ...lines({ issuerHosting: { certificateArn, ...old } }),
      "  # hostedZone: { id: Z0123456789ABCDEFGHIJ, name: example.com }   # if Route 53 has the issuer's zone",
    ],
  ];
}

function vpc(region: string): string[] {
  return [
    '  # Its address is private: the function needs a VPC from which it is reached, with a way to AWS APIs (NAT or endpoints).',
    '  # vpc:',
    '  #   vpcId: vpc-0123456789abcdef0',
    `  #   availabilityZones: [${region || 'eu-central-1'}a]`,
    '  #   subnetIds: [subnet-0123456789abcdef0]',
    '  #   securityGroupIds: [sg-0123456789abcdef0]',
  ];
}

function lines(value: object): string[] {
  return stringify(value, { lineWidth: 0 }).trimEnd().split('\n');
}
