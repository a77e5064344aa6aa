// The generated AuthenticationConfiguration on a real API server: users for web identity tokens.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commentedAuthenticationConfiguration } from '../../cli/manifests/authentication-configuration.ts';
import { toCommentedYaml } from '../../cli/manifests/commented-yaml.ts';
import { createTestAuthority } from '../../testing/certificates.ts';
import { writePrivateFile } from '../../testing/cluster/api-server-files.ts';
import { type ControlPlane, startControlPlane } from '../../testing/cluster/control-plane.ts';
import { createGuardian, type Guardian } from '../../testing/guardian.ts';
import { kubernetesMinor } from '../../testing/kubernetes.ts';
import { callApi, whoAmI } from './call-api.ts';
import { startWebIdentityIssuer, type WebIdentity, type WebIdentityIssuer } from './web-identity-issuer.ts';

const audience = 'cwii:test';
const functionArn = (name: string) => `arn:aws:lambda:eu-central-1:123456789012:function:${name}`;
const webhook: WebIdentity = {
  audience,
  roleArn: 'arn:aws:iam::123456789012:role/cwii-test-webhook',
  functionArn: functionArn('cwii-test-webhook'),
};
const issuing: WebIdentity = {
  audience,
  roleArn: 'arn:aws:iam::123456789012:role/cwii-test-issuer',
  functionArn: functionArn('cwii-test-issuer'),
};

// API servers before 1.34 know only v1beta1, which 1.34 to 1.37 read too.
const apiVersions = kubernetesMinor() < 34 ? (['v1beta1'] as const) : (['v1beta1', 'v1'] as const);

describe.each(apiVersions)('the AuthenticationConfiguration %s', (apiVersion) => {
  let guardian: Guardian;
  let issuer: WebIdentityIssuer;
  let cluster: ControlPlane;

  beforeAll(async () => {
    guardian = createGuardian();
    const authority = await createTestAuthority();
    issuer = await startWebIdentityIssuer(await authority.issue());
    const text = toCommentedYaml('Generated for a test.', [
      commentedAuthenticationConfiguration({
        issuer: issuer.url,
        audience,
        apiVersion,
        functions: [
          { ...webhook, username: 'cwii:webhook' },
          { ...issuing, username: 'cwii:issuer', functionArn: `${issuing.functionArn}:live` },
        ],
      }),
    ]);
    const path = await writePrivateFile(guardian.directory, 'authentication-configuration.yaml', text);
    cluster = await startControlPlane({
      trustedCaPem: authority.certPem,
      apiServerFlags: [`--authentication-config=${path}`],
    });
    // The API server fetches the issuer's keys in the background.
    await cluster.waitFor('a token to be accepted', async () => (await who(webhook)) !== undefined);
  });
  afterAll(async () => {
    await cluster?.stop();
    await issuer?.stop();
    await guardian?.release();
  });

  it('makes the webhook function a user with no group except system:authenticated', async () => {
    expect(await who(webhook)).toEqual({ username: 'cwii:webhook', groups: ['system:authenticated'] });
  });

  it('makes the issuer function a different user', async () => {
    expect(await who(issuing)).toMatchObject({ username: 'cwii:issuer' });
  });

  it('accepts the function under any version or alias', async () => {
    expect(await who({ ...webhook, functionArn: `${webhook.functionArn}:live` })).toMatchObject({
      username: 'cwii:webhook',
    });
  });

  it.for<[string, WebIdentity]>([
    ['another cluster', { ...webhook, audience: 'cwii:other' }],
    ['another account', { ...webhook, account: '210987654321' }],
    ['another role', { ...webhook, roleArn: 'arn:aws:iam::123456789012:role/somebody' }],
    ['another function that has the role', { ...webhook, functionArn: functionArn('somebody') }],
    ['a function whose name starts with the same text', { ...webhook, functionArn: functionArn('cwii-test-webhook2') }],
    ['the other function of the cluster', { ...webhook, functionArn: issuing.functionArn }],
    ['a caller that is not a function', { ...webhook, functionArn: '' }],
  ])('rejects a token of %s', async ([, identity]) => {
    expect(await who(identity)).toBeUndefined();
  });

  it('leaves ServiceAccount tokens and anonymous requests unchanged', async () => {
    const token = await cluster.serviceAccountToken('default', 'default');
    expect(await whoAmI(cluster, token)).toMatchObject({ username: 'system:serviceaccount:default:default' });
    expect(await callApi(cluster, '/livez')).toMatchObject({ status: 200 });
  });

  async function who(identity: WebIdentity) {
    return whoAmI(cluster, await issuer.token(identity));
  }
});
