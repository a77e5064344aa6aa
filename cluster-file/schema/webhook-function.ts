// The keys of cwii.yaml that become settings of the webhook function.

import { z } from 'zod';
import { parseOwnerKinds } from '../../lib/kubernetes/owner-kinds.ts';
import { LONGEST_EXPIRATION, SHORTEST_EXPIRATION } from '../../lib/settings/formats.ts';
import * as parsers from '../../lib/settings/parsers.ts';
import { catalogue } from '../../lib/settings/service-catalogue.ts';
import { group, key, setting } from './documented-key.ts';
import * as values from './value-formats.ts';
import { parsed, wholeNumber } from './value-formats.ts';

export const providers = group(
  {
    aws: group(
      {
        enabled: setting('CWII_AWS_ENABLED', z.boolean(), false),
        defaultAudience: setting('CWII_AWS_DEFAULT_AUDIENCE', parsed(parsers.audience)),
        defaultRegion: setting('CWII_AWS_DEFAULT_REGION', values.region()),
        setDefaultRegion: setting('CWII_AWS_SET_DEFAULT_REGION', z.boolean(), true),
        verifyImage: setting('CWII_AWS_VERIFY_IMAGE', values.image()),
      },
      'AWS.',
    ).prefault({}),
    gcp: group(
      {
        enabled: setting('CWII_GCP_ENABLED', z.boolean(), false),
        defaultAudience: setting('CWII_GCP_DEFAULT_AUDIENCE', parsed(parsers.gcpAudience)),
        verifyImage: setting('CWII_GCP_VERIFY_IMAGE', values.image()),
        writerImage: setting('CWII_GCP_WRITER_IMAGE', values.image()),
      },
      'Google Cloud.',
    ).prefault({}),
    azure: group(
      {
        enabled: setting('CWII_AZ_ENABLED', z.boolean(), false),
        defaultAudience: setting('CWII_AZ_DEFAULT_AUDIENCE', parsed(parsers.audience)),
        defaultTenantId: setting('CWII_AZ_DEFAULT_TENANT_ID', parsed(parsers.uuid)),
        verifyImage: setting('CWII_AZ_VERIFY_IMAGE', values.image()),
      },
      'Azure.',
    ).prefault({}),
  },
  'The clouds, and their defaults for pods without the annotation.',
);

const patterns = () => z.array(values.pattern()).min(1);

/**
 * Not documented through `setting`: in cwii.yaml the patterns are a list, in the setting comma-separated
 * text.
 */
const rail = (what: string, example: string) =>
  key(patterns(), `The ${what} that pods may request.`, [example], 'all').optional();

export const guardRails = group(
  {
    roleArns: rail('IAM roles', 'arn:aws:iam::123456789012:role/${namespace}/*'),
    gcpServiceAccounts: rail('Google service accounts', '*@my-project.iam.gserviceaccount.com'),
    azureClientIds: rail('Azure client IDs', '11111111-2222-3333-4444-555555555555'),
    azureAuthorityHosts: key(
      patterns(),
      "Hosts to which Azure tokens may be sent, in addition to Microsoft's own.",
      ['https://login.stack.example.com/'],
      "Microsoft's own",
    ).optional(),
    audiences: rail('token audiences', 'sts.amazonaws.com'),
    awsRegions: rail('AWS regions', 'eu-*'),
    serviceValues: rail(
      'values of the keys of services, as `<service>-<key>=<pattern>`',
      'alibaba-role-arn=acs:ram::1234567890123456:role/*',
    ),
    azureTenantIds: rail('Azure tenant IDs', '66666666-7777-8888-9999-000000000000'),
    gcpProjects: rail('Google projects', 'my-project'),
    verifyImages: key(
      patterns(),
      "The verify images that annotations may choose. `['*']` allows every image.",
      ['registry.example.com/aws-cli:*'],
      'every tag and digest of the three default images and of the configured `verifyImage`s',
    ).optional(),
  },
  "Limits for annotations, as patterns: `*` matches any characters, `${namespace}` the pod's namespace. Without a pattern everything is allowed, except for verify images.",
);

export const settings = group(
  {
    tokenExpirationSeconds: setting(
      'CWII_TOKEN_EXPIRATION',
      wholeNumber(SHORTEST_EXPIRATION, LONGEST_EXPIRATION),
      7200,
    ),
    mountRoot: setting('CWII_MOUNT_ROOT', parsed(parsers.mountRoot)),
    nativeAnnotations: setting('CWII_NATIVE_ANNOTATIONS', z.boolean(), true),
    markPods: setting('CWII_MARK_PODS', z.boolean(), true),
    ownerKinds: key(
      z.array(values.listEntry(parseOwnerKinds)),
      'Further kinds that own pods, as `group/version/plural=Kind`, or `version/plural=Kind` in the core group (`v1/pods=Pod`, for pods of a pod). `cwii manifests` grants `get` on them.',
      ['argoproj.io/v1alpha1/rollouts=Rollout'],
    ).default([]),
    onInvalid: setting('CWII_ON_INVALID', z.enum(['deny', 'warn'])),
    onReadFailure: setting('CWII_ON_READ_FAILURE', z.enum(['fail', 'deny'])),
    cacheSeconds: setting('CWII_CACHE_SECONDS', wholeNumber(0, 60), 2),
    deadlineMarginMilliseconds: setting('CWII_DEADLINE_MARGIN_MS', wholeNumber(1000, 10_000), 1500),
    catalogueServices: key(
      z.array(z.enum(catalogue.map(({ name }) => name))),
      'The services of the catalogue that pods can request (docs/services.md). `[]` disables all of them.',
      ['alibaba'],
      'all',
    ).optional(),
    apiAudiences: key(
      z.array(values.listEntry()),
      "The API server's own audiences (`--api-audiences`). No cloud gets a token for them.",
      ['https://oidc.example.com/prod'],
      "the API server's default: its issuers",
    ).optional(),
  },
  'Settings of the webhook function (docs/configuration.md).',
);
