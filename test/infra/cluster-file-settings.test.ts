// Tests for the environment that the webhook function gets from an entry of cwii.yaml.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readClusterFile } from '../../cluster-file/cluster-file.ts';
import { functionEnvironment } from '../../cluster-file/function-environment.ts';
import { clusterOf, DIGEST, minimal } from '../cluster-file/entries.ts';
import { SECRET_ARN, webhookVariables } from './synth.ts';

const CA = readFileSync(join(import.meta.dirname, '..', 'cluster-file', 'ca.crt'), 'utf8');

function variablesOf(changes: object = {}): Record<string, string> {
  return webhookVariables(clusterOf(minimal(changes)));
}

describe('cwii check', () => {
  test.each(readClusterFile('test/infra/clusters.yaml').clusters)('expects the same environment: $name', (cluster) => {
    expect(functionEnvironment(cluster, SECRET_ARN)).toEqual(webhookVariables(cluster));
  });
});

describe('the webhook function', () => {
  test('gets no setting that equals a default of the function', () => {
    const changes = {
      providers: { aws: { enabled: true, defaultAudience: 'sts.amazonaws.com' }, gcp: { writerImage: 'busybox:1.37' } },
      settings: { tokenExpirationSeconds: 3600, cacheSeconds: 0, nativeAnnotations: false },
    };

    expect(variablesOf(changes)).toEqual({
      CWII_CLUSTER_NAME: 'prod',
      CWII_KUBE_API_URL: 'https://api.prod.example.com:6443',
      CWII_KUBE_CREDENTIAL: 'web-identity:cwii:prod',
      // Always set by the credential, whose permission names the algorithm too.
      CWII_WEB_IDENTITY_ALGORITHM: 'ES384',
      CWII_CALLER_TOKEN_SHA256: DIGEST,
      CWII_API_AUDIENCES: 'https://oidc.example.com/prod',
      CWII_ALLOWED_VERIFY_IMAGES:
        'amazon/aws-cli:*,amazon/aws-cli@*,google/cloud-sdk:*,google/cloud-sdk@*,mcr.microsoft.com/azure-cli:*,mcr.microsoft.com/azure-cli@*',
    });
  });

  test('gets every setting that differs from its default', () => {
    const changes = {
      api: { url: 'https://10.0.0.1:6443', ca: CA },
      credential: { webIdentity: { issuer: 'https://sts.example.com', signingAlgorithm: 'RS256' } },
      callers: { tokenSha256: [DIGEST, DIGEST.replace('9', 'a')], pathKeySha256: [DIGEST] },
      providers: {
        aws: { defaultRegion: 'eu-central-1', setDefaultRegion: true, verifyImage: 'registry.example.com/aws-cli:2' },
        gcp: { enabled: false },
        azure: { defaultTenantId: '66666666-7777-8888-9999-000000000000' },
      },
      guardRails: { roleArns: ['arn:aws:iam::123456789012:role/${namespace}/*'], verifyImages: ['*'] },
      settings: {
        tokenExpirationSeconds: 7200,
        mountRoot: '/var/run/cwii',
        nativeAnnotations: true,
        ownerKinds: ['argoproj.io/v1alpha1/rollouts=Rollout'],
        onInvalid: 'warn',
        onReadFailure: 'deny',
        cacheSeconds: 2,
        deadlineMarginMilliseconds: 1500,
        apiAudiences: ['one', 'two'],
      },
    };

    expect(variablesOf(changes)).toEqual({
      CWII_CLUSTER_NAME: 'prod',
      CWII_KUBE_API_URL: 'https://10.0.0.1:6443',
      CWII_KUBE_CA: CA,
      CWII_KUBE_CREDENTIAL: 'web-identity:cwii:prod',
      CWII_WEB_IDENTITY_ALGORITHM: 'RS256',
      CWII_CALLER_TOKEN_SHA256: `${DIGEST},${DIGEST.replace('9', 'a')}`,
      CWII_PATH_KEY_SHA256: DIGEST,
      CWII_AWS_DEFAULT_REGION: 'eu-central-1',
      CWII_AWS_SET_DEFAULT_REGION: 'true',
      CWII_AWS_VERIFY_IMAGE: 'registry.example.com/aws-cli:2',
      CWII_GCP_ENABLED: 'false',
      CWII_AZ_DEFAULT_TENANT_ID: '66666666-7777-8888-9999-000000000000',
      CWII_ALLOWED_ROLE_ARNS: 'arn:aws:iam::123456789012:role/${namespace}/*',
      CWII_ALLOWED_VERIFY_IMAGES: '*',
      CWII_TOKEN_EXPIRATION: '7200',
      CWII_MOUNT_ROOT: '/var/run/cwii',
      CWII_NATIVE_ANNOTATIONS: 'true',
      CWII_OWNER_KINDS: 'argoproj.io/v1alpha1/rollouts=Rollout',
      CWII_ON_INVALID: 'warn',
      CWII_ON_READ_FAILURE: 'deny',
      CWII_CACHE_SECONDS: '2',
      CWII_DEADLINE_MARGIN_MS: '1500',
      CWII_API_AUDIENCES: 'one,two',
    });
  });

  test('gets no access to the cluster with credential none, but the URL of the API server as an audience', () => {
    const variables = variablesOf({ credential: { none: {} } });

    expect(Object.keys(variables).filter((name) => name.startsWith('CWII_KUBE_'))).toEqual([]);
    expect(variables['CWII_API_AUDIENCES']).toBe('https://oidc.example.com/prod,https://api.prod.example.com:6443');
  });

  test.for([
    ['secret', { secret: {} }, `secret:${SECRET_ARN}`],
    ['eks', { eks: { cluster: 'prod-1' } }, 'eks:prod-1'],
  ] as const)('gets the API server and the credential %s', ([, credential, expected]) => {
    expect(variablesOf({ credential })).toMatchObject({
      CWII_CLUSTER_NAME: 'prod',
      CWII_KUBE_API_URL: 'https://api.prod.example.com:6443',
      CWII_KUBE_CREDENTIAL: expected,
    });
  });

  test('gets an environment for each cluster of the example', () => {
    for (const cluster of readClusterFile('examples/cwii.yaml').clusters)
      expect(webhookVariables(cluster)['CWII_CLUSTER_NAME']).toBe(cluster.name);
  });
});
