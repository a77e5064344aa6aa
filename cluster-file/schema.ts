// The keys of cwii.yaml: meaning, default and example. docs/cluster-file.md is generated from here.

import { z } from 'zod';
import * as parsers from '../lib/settings/parsers.ts';
import { guardRails, providers, settings } from './function-keys.ts';
import { MOST_THUMBPRINTS, THUMBPRINT } from './issuer-url.ts';
import { exactlyOne, group, key } from './key.ts';
import * as values from './values.ts';
import { matching, parsed, whole } from './values.ts';

const api = group(
  {
    url: key(
      parsed(parsers.httpsUrl),
      "The API server's URL, as the function reaches it.",
      'https://api.prod.example.com:6443',
    ),
    ca: key(
      parsed(parsers.certificates),
      'Its certificate authorities, PEM.',
      '-----BEGIN CERTIFICATE-----…',
      'public roots',
    ).optional(),
    caFile: key(z.string().min(1), 'The same in a file, relative to cwii.yaml.', 'ca.crt').optional(),
    vpc: group(
      {
        vpcId: key(values.resourceId('vpc'), 'The VPC from which the API server is reached.', 'vpc-0123456789abcdef0'),
        availabilityZones: key(z.array(z.string()).min(1), "The subnets' availability zones, in their order.", [
          'eu-central-1a',
        ]),
        subnetIds: key(
          z.array(values.resourceId('subnet')).min(1),
          'Private subnets with NAT, or with interface endpoints of what the functions call: `sts` for `webIdentity`, `secretsmanager` for `secret`; and a gateway endpoint of `s3` for `issuerHosting`.',
          ['subnet-0123456789abcdef0'],
        ),
        securityGroupIds: key(z.array(values.resourceId('sg')).min(1), 'Security groups of the function.', [
          'sg-0123456789abcdef0',
        ]),
      },
      'Only if the API server has no public address: where the function runs.',
    ).optional(),
  },
  'The API server.',
);

const credential = group(
  {
    webIdentity: group(
      {
        issuer: key(
          values.accountIssuer(),
          "The account's own issuer of outbound identity federation.",
          'https://11111111-2222-3333-4444-555555555555.tokens.sts.global.api.aws',
        ),
        audience: key(
          values.webIdentityAudience(),
          'The audience of tokens for this cluster; no other cluster may have the same.',
          'cwii:prod',
          '`cwii:<name>`',
        ).optional(),
        signingAlgorithm: key(z.enum(['ES384', 'RS256']), 'How STS signs.').default('ES384'),
      },
      'A token of AWS STS, which the cluster trusts by its AuthenticationConfiguration (Kubernetes 1.34, as a beta from 1.30; no secret anywhere).',
    ).optional(),
    secret: group(
      {
        expirationSeconds: key(
          whole(3600, 604_800),
          "The token's lifetime, in seconds; it renews itself before that.",
        ).default(86_400),
      },
      'A ServiceAccount token in Secrets Manager, rotated by the cluster itself.',
    ).optional(),
    eks: group(
      {
        cluster: key(values.eksClusterId(), "aws-iam-authenticator's cluster ID (EKS: the cluster's name).", 'prod'),
      },
      'A presigned GetCallerIdentity, for clusters with aws-iam-authenticator.',
    ).optional(),
    none: group({}, 'Nothing is read: only annotations on pods themselves count. Write `none: {}`.').optional(),
  },
  'How the function authenticates to the cluster: exactly one of these.',
).check(exactlyOne('webIdentity', 'secret', 'eks', 'none'));

const callers = group(
  {
    tokenSha256: key(
      z.array(values.digest()).max(2),
      'SHA-256 digests, in hex, of the tokens that the API server may use; two while rotating. `cwii caller-token` makes them.',
      ['9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'],
    ).default([]),
    pathKeySha256: key(
      z.array(values.digest()).max(2),
      'The same for keys in the path `/k/<key>`, for clusters whose API server flags cannot be set. Weaker.',
    ).default([]),
  },
  'Who may call the webhook: at least one digest.',
);

const webhook = group(
  {
    namespaces: key(
      z.enum(['labelled', 'all']),
      "Whose pods are sent to the webhook: `labelled` with `cwii.dev/inject: enabled`, or `all` but the system's.",
    ).default('labelled'),
    failurePolicy: key(
      z.enum(['Fail', 'Ignore']),
      'What happens to a pod when the webhook cannot be asked: `Fail` refuses it, `Ignore` lets it start without identity.',
      undefined,
      '`Fail` for labelled, `Ignore` for all',
    ).optional(),
    timeoutSeconds: key(whole(2, 30), 'How long the API server waits. The function answers before that.').default(5),
  },
  'The MutatingWebhookConfiguration.',
);

const functionProps = group(
  {
    memoryMiB: key(
      whole(128, 10_240),
      "The webhook function's memory, in MiB; its share of a CPU grows with it.",
      1024,
      '`512`',
    ).optional(),
    reservedConcurrency: key(
      z.union([whole(0, 10_000), z.literal('unreserved')], {
        error: 'is no whole number from 0 to 10000; write one, or unreserved',
      }),
      "How many requests the webhook function answers at once, reserved for it and its limit. `0` switches it off. `unreserved` shares the account's concurrency: for accounts whose limit leaves nothing to reserve.",
      20,
      '`50`',
    ).optional(),
    logRetentionDays: key(values.retentionDays(), 'How many days logs are kept.', 90).default(30),
  },
  'The functions.',
);

const alarms = group(
  {
    email: key(
      matching(/^[^\s@]+@[^\s@]+\.[^\s@]+$/, 'an e-mail address'),
      'Alarms go to this address, by a topic of the stack; AWS asks it for confirmation.',
      'ops@example.com',
    ).optional(),
    topicArn: key(
      matching(/^arn:aws[\w-]*:sns:[\w-]+:\d{12}:[\w.-]+$/, 'the ARN of an SNS topic'),
      'Alarms go to this topic.',
      'arn:aws:sns:eu-central-1:123456789012:ops',
    ).optional(),
  },
  'Who hears of alarms: one of these. Absent: alarms without action.',
).check(exactlyOne('email', 'topicArn'));

const issuerHosting = group(
  {
    certificateArn: key(
      matching(
        /^arn:aws[\w-]*:acm:us-east-1:\d{12}:certificate\/[\w-]+$/,
        'the ARN of an ACM certificate in us-east-1, where CloudFront looks for it',
      ),
      "The certificate of the issuer's host. Absent: CloudFront's own name.",
      'arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555',
    ).optional(),
    hostedZone: group(
      {
        id: key(matching(/^Z[A-Z0-9]+$/, 'the ID of a Route 53 zone, Z…'), 'Its ID.', 'Z0123456789ABCDEFGHIJ'),
        name: key(values.zoneName(), 'Its name.', 'example.com'),
      },
      "The public Route 53 zone of the issuer's host, for an alias record.",
    ).optional(),
    keyGraceSeconds: key(whole(0, 30 * 86_400), 'How long a key that the cluster has dropped stays published.').default(
      172_800,
    ),
    oldIssuers: key(
      z.array(values.oldIssuer()),
      "The issuers that the API server had before, whose tokens it goes on accepting: further `--service-account-issuer`, and in `--api-audiences`. `cwii init` writes the cluster's own. `[]` when the last of their tokens has expired.",
      ['https://kubernetes.default.svc.cluster.local'],
      "the distribution's, for `cwii manifests`",
    ).optional(),
  },
  "Publishes the cluster's discovery document and keys at `issuer`, by a bucket and CloudFront.",
);

const workloadRole = z
  .strictObject({
    name: key(matching(/^[\w+=,.@-]{1,64}$/, 'the name of an IAM role'), "The role's name.", 'shop-checkout'),
    namespace: key(values.namespace(), 'The namespace that it trusts.', 'shop'),
    serviceAccount: key(values.serviceAccount(), 'The ServiceAccount that it trusts.', 'checkout').optional(),
    allServiceAccounts: key(z.literal(true), 'Instead of one ServiceAccount: every one of the namespace.').optional(),
    managedPolicyArns: key(
      z.array(matching(/^arn:aws[\w-]*:iam::(aws|\d{12}):policy\/[\w+=,.@/-]+$/, 'the ARN of a managed policy')),
      'The managed policies of the role.',
      ['arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess'],
    ).default([]),
  })
  .check(exactlyOne('serviceAccount', 'allServiceAccounts'));

export const clusterSchema = z.strictObject({
  name: key(values.clusterName(), "The cluster's name, in logs, metrics and the stack's name `cwii-<name>`.", 'prod'),
  account: key(
    matching(/^\d{12}$/, 'the 12 digits of an AWS account, in quotes'),
    'The AWS account.',
    '123456789012',
    "the CDK CLI's",
  ).optional(),
  region: key(values.region(), 'The AWS region.', 'eu-central-1', "the CDK CLI's").optional(),
  api,
  issuer: key(
    values.issuer(),
    '`iss` of ServiceAccount tokens: the issuer that clouds trust.',
    'https://oidc.example.com/prod',
  ),
  credential,
  callers,
  webhook: webhook.prefault({}),
  providers: providers.prefault({}),
  guardRails: guardRails.prefault({}),
  settings: settings.prefault({}),
  function: functionProps.prefault({}),
  alarms: alarms.optional(),
  issuerHosting: issuerHosting.optional(),
  identityProvider: group(
    {
      audiences: key(
        z.array(values.listEntry()).min(1),
        'The audiences that it accepts.',
        ['sts.amazonaws.com'],
        '`providers.aws.defaultAudience`',
      ).optional(),
      thumbprints: key(
        z.array(matching(THUMBPRINT, '40 hex digits without colons')).max(MOST_THUMBPRINTS),
        "SHA-1 fingerprints of the last certificate that the issuer's host sends. With them IAM connects to nobody when the provider is made; for where that fails, or CloudFormation asks for the list.",
        ['06b25927c42a721631c1efd9431e648fa62e1e39'],
        'IAM fetches the certificate itself',
      ).optional(),
    },
    'The IAM identity provider of the issuer. Present by default where there are `workloadRoles`.',
  ).optional(),
  workloadRoles: key(z.array(workloadRole), 'IAM roles that pods may take by their ServiceAccount.').default([]),
});

export const fileSchema = z.strictObject({
  clusters: key(z.array(clusterSchema).min(1), 'Each cluster gets a stack of its own.'),
});

/** One entry of `clusters` as it stands in the file, with the defaults that depend on nothing else. */
export type ClusterEntry = z.output<typeof clusterSchema>;
