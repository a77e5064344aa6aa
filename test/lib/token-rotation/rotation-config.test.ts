// Tests of parseRotationConfig: the settings of token rotation, and the error for each invalid one.

import { describe, expect, it } from 'vitest';
import type { ConfigError } from '../../../lib/common/errors.ts';
import { parseRotationConfig } from '../../../lib/token-rotation/rotation-config.ts';

const arn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:cwii-test-a1b2c3';
const env = { CWII_CLUSTER_NAME: 'test', CWII_KUBE_API_URL: 'https://api.example.com', CWII_TOKEN_SECRET_ARN: arn };

function problemsOf(variables: Record<string, string>): readonly string[] {
  try {
    parseRotationConfig(variables);
  } catch (error) {
    return (error as ConfigError).problems;
  }
  return [];
}

describe('the configuration of token rotation', () => {
  it('needs only the cluster and the secret', () => {
    expect(parseRotationConfig({ ...env, AWS_REGION: 'eu-west-1', PATH: '/bin' })).toEqual({
      clusterName: 'test',
      cluster: { url: new URL('https://api.example.com'), ca: undefined },
      secret: { arn, region: 'eu-central-1' },
      expirationSeconds: 86_400,
      serviceAccount: { namespace: 'cwii-system', name: 'cwii-reader' },
    });
  });

  it('may set another lifetime and another ServiceAccount', () => {
    const other = { CWII_TOKEN_EXPIRATION_SECONDS: '3600', CWII_TOKEN_SERVICE_ACCOUNT: 'tools/reader' };

    expect(parseRotationConfig({ ...env, ...other })).toMatchObject({
      expirationSeconds: 3600,
      serviceAccount: { namespace: 'tools', name: 'reader' },
    });
  });

  it('is rejected with every missing setting and its meaning', () => {
    expect(problemsOf({})).toEqual([
      "CWII_CLUSTER_NAME is not set; set it to the cluster's name, as in cwii.yaml",
      "CWII_KUBE_API_URL is not set; set it to the API server's URL",
      'CWII_TOKEN_SECRET_ARN is not set; set it to the ARN of the secret with the token',
    ]);
  });

  it.each([
    ['CWII_KUBE_CREDENTIAL', 'none', '; see docs/cluster-credential.md'],
    ['CWII_TOKEN_SECRET_ARN', 'cwii-test', 'is not the ARN of a secret'],
    ['CWII_TOKEN_EXPIRATION_SECONDS', '599', 'write a whole number from 600 to 604800'],
    ['CWII_TOKEN_EXPIRATION_SECONDS', '604801', 'write a whole number from 600 to 604800'],
    ['CWII_TOKEN_SERVICE_ACCOUNT', 'cwii-reader', 'write NAMESPACE/NAME'],
    ['CWII_TOKEN_SERVICE_ACCOUNT', 'a/b/c', 'write NAMESPACE/NAME'],
    ['CWII_TOKEN_SERVICE_ACCOUNT', '../b', 'write NAMESPACE/NAME'],
  ])('is rejected with %s=%s', (name, value, words) => {
    expect(problemsOf({ ...env, [name]: value })).toEqual([
      expect.stringMatching(`^(${name} |unknown setting ${name}).*${words}`),
    ]);
  });
});
