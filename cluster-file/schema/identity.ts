// The keys of cwii.yaml for identities: hosting of the issuer, its IAM identity provider, roles for pods.

import { z } from 'zod';
import { MAX_THUMBPRINTS, THUMBPRINT } from '../issuer-url.ts';
import { exactlyOne, group, key } from './documented-key.ts';
import * as values from './value-formats.ts';
import { matching, wholeNumber } from './value-formats.ts';

export const issuerHosting = group(
  {
    certificateArn: key(
      matching(
        /^arn:aws[\w-]*:acm:us-east-1:\d{12}:certificate\/[\w-]+$/,
        'the ARN of an ACM certificate in us-east-1, the region that CloudFront uses',
      ),
      "The certificate for the issuer's host. Without it the issuer is on CloudFront's own name.",
      'arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555',
    ).optional(),
    hostedZone: group(
      {
        id: key(matching(/^Z[A-Z0-9]+$/, 'the ID of a Route 53 zone, Z…'), "The zone's ID.", 'Z0123456789ABCDEFGHIJ'),
        name: key(values.zoneName(), "The zone's name.", 'example.com'),
      },
      "The public Route 53 zone for the alias records of the issuer's host.",
    ).optional(),
    terminationProtection: key(
      z.boolean(),
      "Whether the stack is protected against deletion. CloudFormation must delete a stack whose first deployment failed, so `cwii init` writes `false`: remove that when the first deployment stands. The first of two deployments on CloudFront's own name is never protected.",
      false,
    ).default(true),
    keyGraceSeconds: key(
      wholeNumber(0, 30 * 86_400),
      'How many seconds a key stays published after the cluster has removed it.',
    ).default(172_800),
    oldIssuers: key(
      z.array(values.oldIssuer()),
      "The API server's former issuers, whose tokens it still accepts: `cwii manifests` adds them as further `--service-account-issuer` and to `--api-audiences`. `cwii init` writes the cluster's current issuer here. Set `[]` when the last of their tokens has expired.",
      ['https://kubernetes.default.svc.cluster.local'],
      'the default issuer of the Kubernetes distribution',
    ).optional(),
  },
  "Publishes the cluster's discovery document and keys at `issuer`, through a bucket and CloudFront.",
);

export const identityProvider = group(
  {
    audiences: key(
      z.array(values.listEntry()).min(1),
      'The audiences that the identity provider accepts.',
      ['sts.amazonaws.com'],
      '`providers.aws.defaultAudience`',
    ).optional(),
    thumbprints: key(
      z.array(matching(THUMBPRINT, '40 hex digits without colons')).max(MAX_THUMBPRINTS),
      "SHA-1 fingerprints of the last certificate that the issuer's host sends. With them IAM does not connect to the host when it creates the identity provider. Use them if that connection fails, or if CloudFormation requires the list.",
      ['06b25927c42a721631c1efd9431e648fa62e1e39'],
      'IAM fetches the certificate itself',
    ).optional(),
  },
  'The IAM identity provider for the issuer. Created by default if there are `workloadRoles`.',
);

export const workloadRole = z
  .strictObject({
    name: key(matching(/^[\w+=,.@-]{1,64}$/, 'the name of an IAM role'), "The role's name.", 'shop-checkout'),
    path: key(
      matching(/^\/([!-.0-~]+\/)*$/, 'an IAM path that begins and ends with a slash'),
      "The role's path, which is a part of its ARN: `/shop/` fits the guard rail `role/${namespace}/*`.",
      '/shop/',
    ).default('/'),
    namespace: key(values.namespace(), 'The namespace whose pods may assume the role.', 'shop'),
    serviceAccount: key(
      values.serviceAccount(),
      'The ServiceAccount whose pods may assume the role.',
      'checkout',
    ).optional(),
    allServiceAccounts: key(
      z.literal(true),
      'Instead of `serviceAccount`: all ServiceAccounts of the namespace may assume the role.',
    ).optional(),
    managedPolicyArns: key(
      z.array(matching(/^arn:aws[\w-]*:iam::(aws|\d{12}):policy\/[\w+=,.@/-]+$/, 'the ARN of a managed policy')),
      'The managed policies of the role.',
      ['arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess'],
    ).default([]),
  })
  .check(exactlyOne('serviceAccount', 'allServiceAccounts'));
