// Property tests: any text is read or rejected with a position, and any valid entry works in the function.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseClusterFile } from '../../cluster-file/cluster-file.ts';
import { ClusterCredential } from '../../infra/cluster-credential.ts';
import { credentialOf, webhookSettingsOf } from '../../infra/cluster-file-settings.ts';
import { webhookEnvironment } from '../../infra/webhook-environment.ts';
import { CwiiError } from '../../lib/common/errors.ts';
import { parseConfig } from '../../lib/settings/webhook-config.ts';
import { SECRET_ARN } from '../infra/synth.ts';
import { clusterOf, DIGEST, minimal } from './entries.ts';

/** Any of these keys, all of them optional. */
const some = <Shape extends Record<string, fc.Arbitrary<unknown>>>(shape: Shape) =>
  fc.record(shape, { requiredKeys: [] });
const list = (...values: string[]) => fc.subarray(values, { minLength: 1 });
const image = fc.constantFrom('amazon/aws-cli:2', 'registry.example.com:5000/a/b@sha256:0f', 'busybox');
const audience = fc.constantFrom('sts.amazonaws.com', 'api://AzureADTokenExchange', 'custom');

const notRead = { none: {} };
const byClusterToken = {
  subjects: ['system:serviceaccount:cwii-system:api-server'],
  audiences: ['https://cwii.example.com/mutate'],
};

const entry = some({
  credential: fc.constantFrom<object>(
    { webIdentity: { issuer: 'https://sts.example.com' } },
    { webIdentity: { issuer: 'https://sts.example.com', audience: 'cluster', signingAlgorithm: 'RS256' } },
    { secret: {} },
    { eks: { cluster: 'prod.k8s.example.com' } },
    notRead,
  ),
  callers: fc.constantFrom(
    { tokenSha256: [DIGEST] },
    { tokenSha256: [DIGEST], pathKeySha256: [DIGEST] },
    { pathKeySha256: [DIGEST] },
    byClusterToken,
  ),
  webhook: some({
    namespaces: fc.constantFrom('labelled', 'all'),
    failurePolicy: fc.constantFrom('Fail', 'Ignore'),
    timeoutSeconds: fc.integer({ min: 2, max: 30 }),
  }),
  providers: some({
    aws: some({
      enabled: fc.boolean(),
      defaultAudience: audience,
      defaultRegion: fc.constantFrom('eu-central-1', 'us-gov-west-1'),
      setDefaultRegion: fc.boolean(),
      verifyImage: image,
    }),
    gcp: some({
      enabled: fc.boolean(),
      defaultAudience: fc.constant(
        '//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/my-pool/providers/my-cluster',
      ),
      verifyImage: image,
      writerImage: image,
    }),
    azure: some({ enabled: fc.boolean(), defaultAudience: audience, defaultTenantId: fc.uuid(), verifyImage: image }),
  }),
  guardRails: some({
    roleArns: list('*', 'arn:aws:iam::123456789012:role/${namespace}/*'),
    gcpServiceAccounts: list('*@my-project.iam.gserviceaccount.com'),
    azureClientIds: list('11111111-2222-3333-4444-555555555555', '2*'),
    azureAuthorityHosts: list('https://login.stack.example.com/'),
    audiences: list('sts.amazonaws.com', '//iam.googleapis.com/*'),
    verifyImages: list('*', 'amazon/aws-cli@*'),
    awsRegions: list('eu-*', 'us-east-1'),
    azureTenantIds: list('66666666-7777-8888-9999-000000000000'),
    gcpProjects: list('${namespace}-*'),
  }),
  settings: some({
    tokenExpirationSeconds: fc.integer({ min: 600, max: 2 ** 32 }),
    mountRoot: fc.constantFrom('/var/run/secrets/cwii.dev', '/run/ids'),
    nativeAnnotations: fc.boolean(),
    ownerKinds: fc.subarray([
      'argoproj.io/v1alpha1/rollouts=Rollout',
      'apps.kruise.io/v1beta1/statefulsets=StatefulSet',
    ]),
    onInvalid: fc.constantFrom('deny', 'warn'),
    onReadFailure: fc.constantFrom('fail', 'deny'),
    cacheSeconds: fc.integer({ min: 0, max: 60 }),
    deadlineMarginMilliseconds: fc.integer({ min: 1000, max: 10_000 }),
    apiAudiences: fc.subarray(['https://oidc.example.com/prod', 'cluster']),
  }),
});

/** Tokens of the cluster need a cluster that is read. */
const valid = entry.filter(({ credential, callers }) => credential !== notRead || callers !== byClusterToken);

const example = readFileSync(join(import.meta.dirname, '..', '..', 'examples', 'cwii.yaml'), 'utf8');
const piece = fc.constantFrom(
  '',
  '\n',
  ' ',
  '  ',
  ':',
  '- ',
  '&a ',
  '*a',
  '<<: *a',
  '{',
  '}',
  '[',
  ']',
  '"',
  "'",
  '|',
  '#',
  'null',
  '~',
  '!!binary x',
  '1e400',
  '0x1f',
  '2026-01-01',
  '!<tag:x>',
  '---\n',
  '%YAML 9\n',
  '\u0000',
  '\ud800',
  '__proto__: 1\n',
  '? ',
);
const mutation = fc.record({ at: fc.nat(example.length), length: fc.nat(40), piece });

test('any text is read, or rejected with the position of each problem', () => {
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 4 }), (mutations) => {
      const text = mutations.reduce(
        (all, { at, length, piece: between }) => `${all.slice(0, at)}${between}${all.slice(at + length)}`,
        example,
      );
      try {
        parseClusterFile(text, join(import.meta.dirname, '..', '..', 'examples', 'cwii.yaml'));
      } catch (error) {
        if (!(error instanceof CwiiError)) throw error;
        expect(error.code).toBe('cluster-file-invalid');
        for (const line of error.message.split('\n')) expect(line).toMatch(/^(cwii\.yaml:\d+:\d+: |\s|$)/);
      }
    }),
    { numRuns: 200 },
  );
});

const stack = new Stack(new App(), 'test');
const tokenSecret = ClusterCredential.secret(Secret.fromSecretCompleteArn(stack, 'Token', SECRET_ARN));

test('any valid entry gives an environment that the function accepts, with the same values', () => {
  fc.assert(
    fc.property(valid, (keys) => {
      const cluster = clusterOf(minimal(keys));
      const credential = credentialOf(cluster, cluster.credential.secret && tokenSecret);
      const access = { name: cluster.name, apiUrl: cluster.api.url, apiCa: cluster.api.ca, credential };
      const { environment } = webhookEnvironment(stack, webhookSettingsOf(cluster, access));
      const config = parseConfig({ ...environment, AWS_REGION: 'eu-central-1', AWS_LAMBDA_FUNCTION_NAME: 'webhook' });

      const { settings, providers, guardRails } = cluster;
      expect(config.clusterName).toBe(cluster.name);
      expect(config.mutate.tokenExpiration).toBe(settings.tokenExpirationSeconds ?? 3600);
      expect(config.cacheSeconds).toBe(settings.cacheSeconds ?? 0);
      expect(config.mutate.providers.gcp.enabled).toBe(providers.gcp.enabled ?? true);
      expect(config.mutate.providers.az.defaultTenantId).toBe(providers.azure.defaultTenantId);
      expect(config.mutate.allowed.verifyImage?.map(({ text }) => text)).toEqual(guardRails.verifyImages);
      expect(config.mutate.allowed.awsRoleArn?.map(({ text }) => text)).toEqual(guardRails.roleArns);
      expect(config.cluster === undefined).toBe(cluster.credential.none !== undefined);
    }),
    { numRuns: 150 },
  );
});
