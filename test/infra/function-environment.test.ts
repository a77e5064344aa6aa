// A cluster's entry as the functions' environment: what is set, and what is left out.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { type Cluster, parseClusterFile } from '../../cluster-file/cluster-file.ts';
import { kubeEnvironment, webhookEnvironment } from '../../infra/function-environment.ts';
import { DIGEST, minimal } from './cluster-entries.ts';

const SECRET = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:cwii-prod-AbCdEf';
const CA = readFileSync(join(import.meta.dirname, '..', 'cluster-file', 'ca.crt'), 'utf8');

function entry(change: object = {}): Cluster {
  const [cluster] = parseClusterFile(stringify({ clusters: [minimal(change)] }), 'cwii.yaml').clusters;
  return cluster as Cluster;
}

describe('the webhook function', () => {
  test('gets nothing that it would take anyway', () => {
    const change = {
      providers: { aws: { enabled: true, defaultAudience: 'sts.amazonaws.com' }, gcp: { writerImage: 'busybox:1.37' } },
      settings: { tokenExpirationSeconds: 3600, cacheSeconds: 2, nativeAnnotations: false },
    };

    expect(webhookEnvironment(entry(change))).toEqual({
      CWII_CLUSTER_NAME: 'prod',
      CWII_KUBE_API_URL: 'https://api.prod.example.com:6443',
      CWII_KUBE_CREDENTIAL: 'web-identity:cwii:prod',
      CWII_CALLER_TOKEN_SHA256: DIGEST,
      CWII_API_AUDIENCES: 'https://oidc.example.com/prod',
      CWII_ALLOWED_VERIFY_IMAGES:
        'amazon/aws-cli:*,amazon/aws-cli@*,google/cloud-sdk:*,google/cloud-sdk@*,mcr.microsoft.com/azure-cli:*,mcr.microsoft.com/azure-cli@*',
    });
  });

  test('gets what the file says otherwise', () => {
    const change = {
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
        cacheSeconds: 0,
        deadlineMarginMilliseconds: 1500,
        apiAudiences: ['one', 'two'],
      },
    };

    expect(webhookEnvironment(entry(change))).toEqual({
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
      CWII_CACHE_SECONDS: '0',
      CWII_DEADLINE_MARGIN_MS: '1500',
      CWII_API_AUDIENCES: 'one,two',
    });
  });

  test('reads nothing with the credential none, and knows the API server by its URL all the same', () => {
    const environment = webhookEnvironment(entry({ credential: { none: {} } }));

    expect(Object.keys(environment).filter((name) => name.startsWith('CWII_KUBE_'))).toEqual([]);
    expect(environment['CWII_API_AUDIENCES']).toBe('https://oidc.example.com/prod,https://api.prod.example.com:6443');
  });
});

describe('every function of a cluster', () => {
  test('finds the token in the secret that the stack made', () => {
    expect(kubeEnvironment(entry({ credential: { secret: {} } }), { tokenSecretArn: SECRET })).toEqual({
      CWII_CLUSTER_NAME: 'prod',
      CWII_KUBE_API_URL: 'https://api.prod.example.com:6443',
      CWII_KUBE_CREDENTIAL: `secret:${SECRET}`,
    });
  });

  test('takes an ARN that is known only at deployment', () => {
    const tokenSecretArn = '${Token[TOKEN.123]}';

    expect(webhookEnvironment(entry({ credential: { secret: {} } }), { tokenSecretArn })).toMatchObject({
      CWII_KUBE_CREDENTIAL: `secret:${tokenSecretArn}`,
    });
  });

  test('is told by name which ARN is missing', () => {
    expect(() => kubeEnvironment(entry({ credential: { secret: {} } }))).toThrow(
      expect.objectContaining({ code: 'token-secret-missing' }),
    );
  });

  test('signs its way to aws-iam-authenticator by the ID of the cluster', () => {
    expect(kubeEnvironment(entry({ credential: { eks: { cluster: 'prod-1' } } }))).toMatchObject({
      CWII_KUBE_CREDENTIAL: 'eks:prod-1',
    });
  });
});
