// The documents that the issuer function publishes, its access to the cluster, and its refusals.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  discoveryBinding,
  expected,
  type HostedIssuer,
  host,
  issuer,
  kidOf,
  startHostedIssuer,
  user,
} from './hosted-issuer.ts';

const documents = ['my-cluster/.well-known/openid-configuration', 'my-cluster/openid/v1/jwks'] as const;
const headers = { 'content-type': 'application/json', 'cache-control': 'public, max-age=300' };

describe('the issuer function', () => {
  let hosted: HostedIssuer;
  let first: string;

  beforeAll(async () => {
    hosted = await startHostedIssuer();
    first = await hosted.token();
  });
  afterAll(() => hosted?.stop());

  it('names the missing binding of a user without the discovery role, and leaves the bucket empty', async () => {
    const { error, log } = await hosted.invoke();
    expect(error).toMatchObject({ code: 'cluster-forbidden' });
    expect(error?.message).toContain(`${hosted.cluster.url}/`);
    expect(error?.message).toContain('ClusterRole system:service-account-issuer-discovery');
    expect(error?.message).toContain('User "cwii:issuer" cannot get path');
    expect(log).toContainEqual(
      expect.objectContaining({ level: 'error', outcome: 'failed', code: 'cluster-forbidden' }),
    );
    expect(log).toContainEqual(
      expect.objectContaining({ service: 'issuer', cluster: 'test', Published: 0, Failures: 1 }),
    );
    expect(await hosted.objects()).toEqual([]);
  });

  describe('with the discovery role', () => {
    beforeAll(async () => {
      await hosted.cluster.apply(discoveryBinding);
    });

    it('publishes the key of a new cluster, and a cloud accepts its token', async () => {
      const { answer } = await hosted.invoke();
      expect(answer?.keys).toEqual([{ kid: kidOf(first), alg: 'RS256', status: 'current' }]);
      expect(answer?.written).toEqual(['state/test.json', documents[1], documents[0]]);
      expect(await hosted.served.verify(first, expected)).toMatchObject({
        sub: 'system:serviceaccount:default:default',
      });
    });

    it('publishes the documents that AWS, Azure and GCP need, with headers that CloudFront passes on', async () => {
      const discovery = await hosted.served.fetch(`${issuer}/.well-known/openid-configuration`);
      expect(discovery).toMatchObject({ status: 200, headers });
      expect(JSON.parse(discovery.body)).toEqual({
        issuer,
        jwks_uri: `${issuer}/openid/v1/jwks`,
        response_types_supported: ['id_token'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
        claims_supported: ['iss', 'sub', 'aud', 'exp', 'iat', 'nbf'],
      });
      const jwks = await hosted.served.fetch(`${issuer}/openid/v1/jwks`);
      expect(jwks).toMatchObject({ status: 200, headers });
      const members = ['kid', 'kty', 'use', 'alg', 'n', 'e'].sort();
      for (const key of JSON.parse(jwks.body).keys) expect(Object.keys(key).sort()).toEqual(members);
      expect(await hosted.served.fetch(`https://${host}/state/test.json`)).toMatchObject({ status: 403 });
    });

    it('writes nothing if nothing has changed', async () => {
      const { answer, log } = await hosted.invoke();
      expect(answer).toMatchObject({ written: [], changes: [], warnings: [] });
      expect(log).toContainEqual(expect.objectContaining({ level: 'info', outcome: 'unchanged' }));
      expect(log).toContainEqual(expect.objectContaining({ Published: 1, Failures: 0, Warnings: 0, Keys: 1 }));
    });

    it('works with the token of any ServiceAccount, without a binding', async () => {
      const path = await hosted.tokenFile();
      expect(await hosted.invoke({}, { CWII_KUBE_CREDENTIAL: `file:${path}` })).toMatchObject({ error: undefined });
    });

    it('works without a token only if the cluster allows anonymous reads', async () => {
      const { error } = await hosted.invoke({}, { CWII_KUBE_CREDENTIAL: 'none' });
      expect(error?.message).toContain('User "system:anonymous" cannot get path');
      await hosted.cluster.apply(
        discoveryBinding
          .replaceAll(user, 'system:unauthenticated')
          .replace('kind: User', 'kind: Group')
          .replace('name: cwii-issuer', 'name: everybody'),
      );
      expect(await hosted.invoke({}, { CWII_KUBE_CREDENTIAL: 'none' })).toMatchObject({ error: undefined });
    });

    it('publishes nothing of a cluster with another issuer, and names the flag to set', async () => {
      const { error } = await hosted.invoke({}, { CWII_ISSUER_URL: `https://${host}/my-clusters` });
      expect(error).toMatchObject({ code: 'issuer-mismatch' });
      expect(error?.message).toContain(`--service-account-issuer=https://${host}/my-clusters`);
      expect(await hosted.objects()).toEqual([...documents, 'state/test.json']);
    });

    it('keeps the published documents while the API server is unreachable', async () => {
      const { error } = await hosted.invoke({}, { CWII_KUBE_API_URL: 'https://127.0.0.1:1' });
      expect(error).toMatchObject({ code: 'cluster-unreachable' });
      await hosted.served.verify(first, expected);
    });
  });
});
