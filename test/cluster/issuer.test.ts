// Knows that what clouds are served follows the cluster's keys: the built issuer function between a real API server and a
// local S3, through rotations, and tokens of each key verified as a cloud verifies them.
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authenticationConfiguration } from '../../cli/manifests/authentication-configuration.ts';
import type { Answer } from '../../functions/issuer/report.ts';
import { type Sts, startSts } from '../fakes/aws/sts.ts';
import { WebIdentityIssuer } from '../fakes/aws/web-identity-issuer.ts';
import { writePrivateFile } from './harness/api-server-files.ts';
import { createSigningKey, createTestAuthority } from './harness/certificates.ts';
import { type ControlPlane, startControlPlane } from './harness/control-plane.ts';
import { createGuardian } from './harness/guardian.ts';
import { type LocalS3, startLocalS3 } from './harness/local-s3.ts';
import { invokeFunction } from './invoke-function.ts';
import { type IssuerHost, startIssuerHost } from './issuer-host.ts';

const host = 'oidc.example.com';
const issuer = `https://${host}/my-cluster`;
const bucket = 'cwii-issuer';
const user = 'cwii:issuer';
const region = 'eu-central-1';
const functionAudience = 'cwii:test';
const issuerFunction = {
  account: '123456789012',
  roleArn: 'arn:aws:iam::123456789012:role/cwii-test-issuer',
  functionArn: 'arn:aws:lambda:eu-central-1:123456789012:function:cwii-test-issuer',
};
const credentials = { accessKeyId: 'ASIAISSUER', secretAccessKey: 'of the role', sessionToken: 'of the function' };
const audience = 'sts.amazonaws.com';
const expected = { issuer, audience };
const documents = ['my-cluster/.well-known/openid-configuration', 'my-cluster/openid/v1/jwks'] as const;
const headers = { 'content-type': 'application/json', 'cache-control': 'public, max-age=300' };

const binding = `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: cwii-issuer }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: 'system:service-account-issuer-discovery' }
subjects: [{ apiGroup: rbac.authorization.k8s.io, kind: User, name: '${user}' }]
`;

describe('the issuer that clouds see', { timeout: 60_000 }, () => {
  const guardian = createGuardian();
  let cluster: ControlPlane;
  let s3: LocalS3;
  let sts: Sts;
  let functionIssuer: WebIdentityIssuer;
  let served: IssuerHost;

  beforeAll(async () => {
    const authority = await createTestAuthority();
    functionIssuer = await WebIdentityIssuer.start(await authority.issue());
    const { url } = functionIssuer;
    const { account: _, ...trusted } = issuerFunction;
    const trust = authenticationConfiguration({
      issuer: url,
      audience: functionAudience,
      functions: [{ username: user, ...trusted }],
    });
    const trustPath = await writePrivateFile(guardian.directory, 'authentication.yaml', JSON.stringify(trust));
    [sts, s3, cluster] = await Promise.all([
      startSts({ issuer: url, region, functions: [{ ...issuerFunction, credentials }] }),
      startLocalS3(),
      startControlPlane({
        issuer,
        trustedCaPem: authority.certPem,
        apiServerFlags: [`--authentication-config=${trustPath}`],
      }),
    ]);
    await s3.createBucket(bucket);
    served = await startIssuerHost(s3.client, bucket, host, authority);
  });
  afterAll(async () => {
    await served?.stop();
    await s3?.stop();
    await cluster?.stop();
    await sts?.endpoint[Symbol.asyncDispose]();
    await functionIssuer?.[Symbol.asyncDispose]();
    await guardian.release();
  });

  it('says of a user without the discovery role which binding it lacks, and leaves the bucket empty', async () => {
    const { error, log } = await invoke();
    expect(error).toMatchObject({ code: 'cluster-forbidden' });
    expect(error?.message).toContain(`${cluster.url}/`);
    expect(error?.message).toContain('ClusterRole system:service-account-issuer-discovery');
    expect(error?.message).toContain('User "cwii:issuer" cannot get path');
    expect(log).toContainEqual(
      expect.objectContaining({ level: 'error', outcome: 'failed', code: 'cluster-forbidden' }),
    );
    expect(log).toContainEqual(
      expect.objectContaining({ service: 'issuer', cluster: 'test', Published: 0, Failures: 1 }),
    );
    expect(await objects()).toEqual([]);
  });

  describe('with the discovery role', () => {
    let first: string;
    let second: string;
    let third: string;

    beforeAll(async () => {
      await cluster.apply(binding);
    });

    it('serves the key of a new cluster, and a cloud takes a token of it', async () => {
      first = await token();
      const { answer } = await invoke();
      expect(answer?.keys).toEqual([{ kid: kidOf(first), alg: 'RS256', status: 'current' }]);
      expect(answer?.written).toEqual(['state/test.json', documents[1], documents[0]]);
      expect(await served.verify(first, expected)).toMatchObject({ sub: 'system:serviceaccount:default:default' });
    });

    it('serves what AWS, Azure and GCP ask of an issuer, with headers that CloudFront passes on', async () => {
      const discovery = await served.fetch(`${issuer}/.well-known/openid-configuration`);
      expect(discovery).toMatchObject({ status: 200, headers });
      expect(JSON.parse(discovery.body)).toEqual({
        issuer,
        jwks_uri: `${issuer}/openid/v1/jwks`,
        response_types_supported: ['id_token'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
        claims_supported: ['iss', 'sub', 'aud', 'exp', 'iat', 'nbf'],
      });
      const jwks = await served.fetch(`${issuer}/openid/v1/jwks`);
      expect(jwks).toMatchObject({ status: 200, headers });
      const members = ['kid', 'kty', 'use', 'alg', 'n', 'e'].sort();
      for (const key of JSON.parse(jwks.body).keys) expect(Object.keys(key).sort()).toEqual(members);
      expect(await served.fetch(`https://${host}/state/test.json`)).toMatchObject({ status: 403 });
    });

    it('writes nothing where nothing has changed', async () => {
      const { answer, log } = await invoke();
      expect(answer).toMatchObject({ written: [], changes: [], warnings: [] });
      expect(log).toContainEqual(expect.objectContaining({ level: 'info', outcome: 'unchanged' }));
      expect(log).toContainEqual(expect.objectContaining({ Published: 1, Failures: 0, Warnings: 0, Keys: 1 }));
    });

    it('follows a rotation: the new key is served before it signs, and the old one while its tokens live', async () => {
      const keys = [cluster.signingKey, await createSigningKey(), await createSigningKey()] as const;
      // The new key verifies, the old one still signs.
      await cluster.restartApiServer([keys[0], keys[1]]);
      expect((await invoke()).answer?.keys.map(({ status }) => status)).toEqual(['current', 'current']);
      // The new key signs.
      await cluster.restartApiServer([keys[1], keys[0]]);
      second = await token();
      expect(kidOf(second)).not.toBe(kidOf(first));
      expect((await invoke()).answer).toMatchObject({ written: [] });
      await served.verify(first, expected);
      await served.verify(second, expected);
      // The old one is gone from the cluster, in haste: the next rotation is done at once.
      await cluster.restartApiServer([keys[2], keys[1]]);
      third = await token();
      const { answer } = await invoke();
      expect(statuses(answer)).toEqual({
        [kidOf(first)]: 'removed',
        [kidOf(second)]: 'current',
        [kidOf(third)]: 'current',
      });
      for (const one of [first, second, third]) await served.verify(one, expected);
    });

    it('serves a removed key no more when its grace is over', async () => {
      const changes = await cluster.waitFor('a grace of three seconds to be over', async () => {
        const { answer } = await invoke({}, { CWII_ISSUER_KEY_GRACE_SECONDS: '3' });
        return answer && answer.changes.length > 0 && answer.changes;
      });
      expect(changes).toEqual([`${kidOf(first)} is no longer served`]);
      await expect(served.verify(first, expected)).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
      await served.verify(second, expected);
      await served.verify(third, expected);
    });

    it('drops a compromised key at once, and says that the cluster still publishes it', async () => {
      const { answer, log } = await invoke({ drop: [kidOf(second)] });
      expect(statuses(answer)).toEqual({ [kidOf(third)]: 'current' });
      expect(answer?.warnings).toEqual([expect.stringContaining(`${kidOf(second)} was dropped and is not served`)]);
      expect(log).toContainEqual(expect.objectContaining({ level: 'warn', outcome: 'published' }));
      await expect(served.verify(second, expected)).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
      await served.verify(third, expected);
    });

    it('does not bring it back with the next run', async () => {
      const { answer } = await invoke();
      expect(answer).toMatchObject({ written: [], warnings: [expect.stringContaining(kidOf(second))] });
      await expect(served.verify(second, expected)).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
    });

    it('refuses to drop the last key that signs', async () => {
      const { error } = await invoke({ drop: [kidOf(third)] });
      expect(error).toMatchObject({ code: 'issuer-drop-leaves-nothing' });
      await served.verify(third, expected);
    });

    it('takes a drop back on command', async () => {
      const { answer } = await invoke({ undrop: [kidOf(second)] });
      expect(answer).toMatchObject({ dropped: [], warnings: [] });
      await served.verify(second, expected);
    });

    it('may be read with any ServiceAccount’s token, which needs no binding of its own', async () => {
      const path = await writePrivateFile(
        guardian.directory,
        'token',
        await cluster.serviceAccountToken('default', 'default'),
      );
      expect(await invoke({}, { CWII_KUBE_CREDENTIAL: `file:${path}` })).toMatchObject({ error: undefined });
    });

    it('may be read without a token only where the cluster lets everybody', async () => {
      const { error } = await invoke({}, { CWII_KUBE_CREDENTIAL: 'none' });
      expect(error?.message).toContain('User "system:anonymous" cannot get path');
      await cluster.apply(
        binding
          .replaceAll(user, 'system:unauthenticated')
          .replace('kind: User', 'kind: Group')
          .replace('name: cwii-issuer', 'name: everybody'),
      );
      expect(await invoke({}, { CWII_KUBE_CREDENTIAL: 'none' })).toMatchObject({ error: undefined });
    });

    it('publishes nothing of a cluster with another issuer, and says which flag', async () => {
      const { error } = await invoke({}, { CWII_ISSUER_URL: `https://${host}/my-clusters` });
      expect(error).toMatchObject({ code: 'issuer-mismatch' });
      expect(error?.message).toContain(`--service-account-issuer=https://${host}/my-clusters`);
      expect(await objects()).toEqual([...documents, 'state/test.json']);
    });

    it('serves on what it has while the API server is away', async () => {
      const { error } = await invoke({}, { CWII_KUBE_API_URL: 'https://127.0.0.1:1' });
      expect(error).toMatchObject({ code: 'cluster-unreachable' });
      await served.verify(third, expected);
    });
  });

  function invoke(event: unknown = {}, env: Readonly<Record<string, string>> = {}) {
    return invokeFunction<Answer>('issuer', event, {
      ...s3.env,
      AWS_ENDPOINT_URL_STS: sts.endpoint.url,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: credentials.sessionToken,
      CWII_CLUSTER_NAME: 'test',
      CWII_KUBE_API_URL: cluster.url,
      CWII_KUBE_CA: cluster.caPem,
      CWII_KUBE_CREDENTIAL: `web-identity:${functionAudience}`,
      CWII_ISSUER_URL: issuer,
      CWII_ISSUER_BUCKET: bucket,
      ...env,
    });
  }

  async function objects(): Promise<(string | undefined)[]> {
    const { Contents = [] } = await s3.client.send(new ListObjectsV2Command({ Bucket: bucket }));
    return Contents.map(({ Key }) => Key);
  }

  function token(): Promise<string> {
    return cluster.serviceAccountToken('default', 'default', { audiences: [audience] });
  }
});

function kidOf(token: string): string {
  return decodeProtectedHeader(token).kid ?? '';
}

function statuses(answer: Answer | undefined): Record<string, string> {
  return Object.fromEntries(answer?.keys.map(({ kid, status }) => [kid, status]) ?? []);
}
