// The keys of cwii.yaml for the connection between function and API server: its address and both credentials.

import { z } from 'zod';
import * as parsers from '../../lib/settings/parsers.ts';
import { exactlyOne, group, key } from './documented-key.ts';
import * as values from './value-formats.ts';
import { parsed, wholeNumber } from './value-formats.ts';

export const api = group(
  {
    url: key(
      parsed(parsers.httpsUrl),
      "The API server's URL, as the function reaches it.",
      'https://api.prod.example.com:6443',
    ),
    ca: key(
      parsed(parsers.certificates),
      "The API server's certificate authorities, in PEM.",
      '-----BEGIN CERTIFICATE-----…',
      'public roots',
    ).optional(),
    caFile: key(
      z.string().min(1),
      'A file with the same content, relative to cwii.yaml. Use instead of `ca`.',
      'ca.crt',
    ).optional(),
    vpc: group(
      {
        vpcId: key(values.resourceId('vpc'), 'The VPC that reaches the API server.', 'vpc-0123456789abcdef0'),
        availabilityZones: key(
          z.array(z.string()).min(1),
          'The availability zones of the subnets, in the same order.',
          ['eu-central-1a'],
        ),
        subnetIds: key(
          z.array(values.resourceId('subnet')).min(1),
          'Private subnets with NAT, or with interface endpoints for the services that the functions call: `sts` for `webIdentity`, `secretsmanager` for `secret`, and a gateway endpoint for `s3` with `issuerHosting`.',
          ['subnet-0123456789abcdef0'],
        ),
        securityGroupIds: key(z.array(values.resourceId('sg')).min(1), 'The security groups of the functions.', [
          'sg-0123456789abcdef0',
        ]),
      },
      'The network in which the functions run. Needed only if the API server has no public address.',
    ).optional(),
    egress: group(
      {
        natGateways: key(
          z.literal([1, 2]),
          'The number of NAT gateways. With two, the functions reach the API server while an availability zone fails.',
          2,
        ).default(1),
      },
      'Instead of `vpc`, for a public API server behind a firewall: the stack creates a VPC with a NAT gateway, so that the functions have the fixed addresses in the output `EgressAddresses` ([costs](deploying.md#a-fixed-address-for-the-functions)). Write `egress: {}`.',
    ).optional(),
  },
  'The API server.',
);

export const credential = group(
  {
    webIdentity: group(
      {
        issuer: key(
          values.accountIssuer(),
          "The issuer of the AWS account's outbound identity federation.",
          'https://11111111-2222-3333-4444-555555555555.tokens.sts.global.api.aws',
        ),
        audience: key(
          values.webIdentityAudience(),
          'The audience of the tokens for this cluster. No other cluster may use the same one.',
          'cwii:prod',
          '`cwii:<name>`',
        ).optional(),
        signingAlgorithm: key(z.enum(['ES384', 'RS256']), 'The algorithm with which STS signs.').default('ES384'),
      },
      'A token of AWS STS, which the cluster trusts through its AuthenticationConfiguration (Kubernetes 1.30 and newer). No secret is stored anywhere.',
    ).optional(),
    secret: group(
      {
        expirationSeconds: key(
          wholeNumber(7200, 604_800),
          "The token's lifetime in seconds. A function replaces it after an eighth of it. Secrets Manager keeps about 100 versions and none younger than a day is removed, so the shortest lifetime is two hours.",
        ).default(86_400),
      },
      'A ServiceAccount token in Secrets Manager, rotated through the TokenRequest API of the cluster.',
    ).optional(),
    eks: group(
      {
        cluster: key(values.eksClusterId(), "aws-iam-authenticator's cluster ID (on EKS the cluster's name).", 'prod'),
      },
      'A presigned GetCallerIdentity request, for clusters with aws-iam-authenticator.',
    ).optional(),
    none: group(
      {},
      'The cluster is not read, so only annotations on the pods themselves have an effect. Write `none: {}`.',
    ).optional(),
  },
  'How the function authenticates to the cluster: exactly one of these keys.',
).check(exactlyOne('webIdentity', 'secret', 'eks', 'none'));

export const callers = group(
  {
    tokenSha256: key(
      z.array(values.digest()).max(2),
      "SHA-256 digests, in hex, of the API server's bearer tokens. Two during a rotation. `cwii caller-token` makes them.",
      ['9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'],
    ).default([]),
    pathKeySha256: key(
      z.array(values.digest()).max(2),
      'Digests of keys in the path `/k/<key>`, for clusters whose API server flags cannot be set. Less secure than a token.',
    ).default([]),
    subjects: key(
      z.array(parsed(parsers.serviceAccountSubject)),
      'ServiceAccounts of the cluster whose tokens callers may present. With `cwii manifests --caller service-account` the first one is the API server, and no secret lives longer than an hour (docs/callers.md).',
      ['system:serviceaccount:cwii-system:api-server'],
    ).default([]),
    audiences: key(
      z.array(parsed(parsers.webhookUrl)),
      "The audiences of these tokens: URLs of the webhook. Needed only for a domain of your own in front of the function's URL.",
      ['https://cwii.example.com/mutate'],
      "`https://HOST/mutate` with the host of the function's URL",
    ).default([]),
  },
  'Who may call the webhook: at least one digest or subject.',
);
