// The schema of cwii.yaml, with the meaning, default and example of every key (docs/cluster-file.md).

import { z } from 'zod';
import { catalogue } from '../lib/settings/service-catalogue.ts';
import { serviceDefinition } from '../lib/settings/service-definition.ts';
import { serviceRules } from '../lib/settings/service-rules.ts';
import { MAX_CALLER_CIDRS, parseCallerCidr } from './caller-cidrs.ts';
import { KUBERNETES_VERSION } from './kubernetes-version.ts';
import { api, callers, credential } from './schema/access.ts';
import { exactlyOne, group, key } from './schema/documented-key.ts';
import { identityProvider, issuerHosting, workloadRole } from './schema/identity.ts';
import * as values from './schema/value-formats.ts';
import { matching, parsed, wholeNumber } from './schema/value-formats.ts';
import { guardRails, providers, settings } from './schema/webhook-function.ts';

const webhook = group(
  {
    namespaces: key(
      z.enum(['labelled', 'all']),
      'The namespaces whose pods are sent to the webhook: `labelled` for those with `cwii.dev/inject: enabled`, or `all` except the system namespaces.',
    ).default('labelled'),
    failurePolicy: key(
      z.enum(['Fail', 'Ignore']),
      'What happens to a pod while the webhook cannot be reached: `Fail` rejects it, `Ignore` admits it without identity.',
      undefined,
      '`Fail` for `labelled`, `Ignore` for `all`',
    ).optional(),
    timeoutSeconds: key(
      wholeNumber(2, 30),
      'How long the API server waits for an answer. The function answers earlier.',
    ).default(5),
  },
  'The MutatingWebhookConfiguration.',
);

const functionProps = group(
  {
    memoryMiB: key(
      wholeNumber(128, 10_240),
      "The webhook function's memory in MiB. Its CPU share grows with it.",
      1024,
      '`512`',
    ).optional(),
    reservedConcurrency: key(
      z.union([wholeNumber(0, 10_000), z.literal('unreserved')], {
        error: 'is not valid; write a whole number from 0 to 10000, or unreserved',
      }),
      "The reserved concurrency of the webhook function: the number of requests that it can handle at the same time. `0` disables the function. `unreserved` uses the account's shared concurrency, for accounts with too low a limit to reserve any.",
      20,
      '`50`',
    ).optional(),
    logRetentionDays: key(values.retentionDays(), 'How many days logs are kept.', 90).default(30),
    allowedCallerCidrs: key(
      z.array(parsed(parseCallerCidr)).min(1).max(MAX_CALLER_CIDRS),
      'The public addresses with which the API servers call the webhook, IPv4 and IPv6. Lambda answers calls from elsewhere with 403, and neither invokes the function nor bills for it ([a narrower door](deploying.md#a-narrower-door)).',
      ['203.0.113.0/24', '2001:db8:1::/48'],
      'every address',
    ).optional(),
  },
  'The Lambda functions.',
);

const alarms = group(
  {
    email: key(
      matching(/^[^\s@]+@[^\s@]+\.[^\s@]+$/, 'an e-mail address'),
      'An address that gets the alarms through an SNS topic of the stack. AWS sends it a confirmation request.',
      'ops@example.com',
    ).optional(),
    topicArn: key(
      matching(/^arn:aws[\w-]*:sns:[\w-]+:\d{12}:[\w.-]+$/, 'the ARN of an SNS topic'),
      'An SNS topic that gets the alarms.',
      'arn:aws:sns:eu-central-1:123456789012:ops',
    ).optional(),
  },
  'The receiver of alarms: exactly one of these keys. Without `alarms` they are visible only in CloudWatch.',
).check(exactlyOne('email', 'topicArn'));

/** A service has annotations of its own, so its name is not one of the catalogue. */
function uniqueServices({ value, issues }: z.core.ParsePayload<readonly { readonly name: string }[]>): void {
  const names = [...catalogue, ...value].map(({ name }) => name);
  for (const [index, { name }] of value.entries()) {
    if (names.indexOf(name) === catalogue.length + index) continue;
    const message = `is "${name}", which exists already; choose another name`;
    issues.push({ code: 'custom', message, input: value, path: [index, 'name'] });
  }
}

export const clusterSchema = z.strictObject({
  name: key(
    values.clusterName(),
    "The cluster's name in logs, metrics and the name of the stack, `cwii-<name>`.",
    'prod',
  ),
  account: key(
    matching(/^\d{12}$/, 'the 12 digits of an AWS account, in quotes'),
    'The AWS account.',
    '123456789012',
    'that of your AWS credentials',
  ).optional(),
  region: key(values.region(), 'The AWS region.', 'eu-central-1', 'that of your AWS profile').optional(),
  api,
  kubernetesVersion: key(
    matching(KUBERNETES_VERSION, 'a minor version in quotes, such as "1.34"'),
    'The Kubernetes version of the API servers; of the oldest one during an upgrade. It selects the API version in generated files.',
    '1.34',
    'unknown: the files are for 1.30 to 1.37',
  ).optional(),
  issuer: key(
    values.issuer(),
    'The issuer that clouds trust: `iss` of ServiceAccount tokens.',
    'https://oidc.example.com/prod',
  ),
  credential,
  callers,
  webhook: webhook.prefault({}),
  providers: providers.prefault({}),
  services: key(
    z.array(serviceDefinition(serviceRules)).min(1).max(20).check(uniqueServices),
    'Services of your own, which pods request with annotations ([services](services.md#services-of-your-own)).',
  ).optional(),
  guardRails: guardRails.prefault({}),
  settings: settings.prefault({}),
  function: functionProps.prefault({}),
  alarms: alarms.optional(),
  encryptionKey: key(
    values.encryptionKey(),
    'A customer managed KMS key for logs, function environments, the secret, and the topic of `alarms.email`: `create` for a key of the stack, or the ARN of one in the same region ([your own key](deploying.md#your-own-key)).',
    'create',
    'keys of AWS',
  ).optional(),
  issuerHosting: issuerHosting.optional(),
  identityProvider: identityProvider.optional(),
  workloadRoles: key(z.array(workloadRole), 'IAM roles that pods can assume with their ServiceAccount.').default([]),
});

export const fileSchema = z.strictObject({
  clusters: key(z.array(clusterSchema).min(1), 'The clusters. Each one gets its own stack.'),
  dashboard: group(
    {
      account: key(
        matching(/^\d{12}$/, 'the 12 digits of an AWS account, in quotes'),
        'The AWS account. Metrics of other accounts need CloudWatch cross-account observability.',
        '123456789012',
        'that of your AWS credentials',
      ).optional(),
      region: key(values.region(), 'The AWS region.', 'eu-central-1', 'that of your AWS profile').optional(),
    },
    'A CloudWatch dashboard over all clusters, in the stack `cwii-fleet` ([many clusters](deploying.md#many-clusters)). Write `dashboard: {}`.',
  ).optional(),
});

/** One entry of `clusters`, with the defaults that do not depend on other keys. */
export type ClusterEntry = z.output<typeof clusterSchema>;

export type FileContent = z.output<typeof fileSchema>;
