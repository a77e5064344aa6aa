// A cluster changes its issuer in two rounds, with the flags that `cwii manifests` writes.
//
// During the rollout, API servers of different rounds see each other's tokens.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestAuthority } from '../../testing/certificates.ts';
import { type ControlPlane, startControlPlane } from '../../testing/cluster/control-plane.ts';
import { createGuardian } from '../../testing/guardian.ts';
import { callApi, whoAmI } from './call-api.ts';
import { claimsOf, type ManifestsOrder, makeManifests, NEW_ISSUER, useControlPlaneFiles } from './manifests-in-use.ts';
import { startWebIdentityIssuer, type WebIdentityIssuer } from './web-identity-issuer.ts';

const OLD_ISSUER = 'https://k8s.example.internal';
const pods = { username: 'system:serviceaccount:default:default' };

describe('a change of the issuer in two rounds', () => {
  const guardian = createGuardian();
  let aws: WebIdentityIssuer;
  let cluster: ControlPlane;
  /** Tokens of pods from before the change and after each round. */
  let old: string;
  let first: string;
  let second: string;

  beforeAll(async () => {
    const authority = await createTestAuthority();
    aws = await startWebIdentityIssuer(await authority.issue());
    cluster = await startControlPlane({ issuer: OLD_ISSUER, trustedCaPem: authority.certPem });
    old = await token();
  });
  afterAll(async () => {
    await cluster?.stop();
    await aws?.stop();
    await guardian.release();
  });

  it('keeps the old issuer in the first round, in tokens and in the discovery document', async () => {
    await restart('first');
    first = await token();
    expect(claimsOf(first)).toMatchObject({ iss: OLD_ISSUER, aud: [OLD_ISSUER, NEW_ISSUER] });
    expect(await whoAmI(cluster, old)).toMatchObject(pods);
    // Nothing is published at the new issuer yet, so the document must not link there.
    const { issuer, jwks_uri } = await discovery();
    expect(issuer).toBe(OLD_ISSUER);
    expect(jwks_uri).not.toContain(new URL(NEW_ISSUER).host);
  });

  it('issues tokens of the new issuer in the second round, and accepts older tokens', async () => {
    await restart('second');
    second = await token();

    expect(claimsOf(second)).toMatchObject({ iss: NEW_ISSUER, aud: [OLD_ISSUER, NEW_ISSUER] });
    for (const one of [old, first, second]) expect(await whoAmI(cluster, one)).toMatchObject(pods);
    expect(await discovery()).toMatchObject({ issuer: NEW_ISSUER, jwks_uri: `${NEW_ISSUER}/openid/v1/jwks` });
  });

  it('accepts new tokens at an API server that is still in the first round', async () => {
    await restart('first');
    for (const one of [old, first, second]) expect(await whoAmI(cluster, one)).toMatchObject(pods);
  });

  it('rejects new tokens at an API server before the first round, which accepts tokens of the first round', async () => {
    await cluster.restartApiServer([cluster.signingKey], []);
    expect(await whoAmI(cluster, second)).toBeUndefined();
    for (const one of [old, first]) expect(await whoAmI(cluster, one)).toMatchObject(pods);
  });

  it('rejects old tokens after the old issuer is removed, and accepts new tokens for the old audience', async () => {
    await restart('second', { oldIssuers: [], apiAudiences: [OLD_ISSUER] });
    for (const one of [old, first]) expect(await whoAmI(cluster, one)).toBeUndefined();
    for (const one of [second, await tokenFor(OLD_ISSUER)]) expect(await whoAmI(cluster, one)).toMatchObject(pods);
  });

  /** Restarts the API server with the flags of a round. */
  async function restart(round: 'first' | 'second', change: Partial<ManifestsOrder> = {}): Promise<void> {
    const out = await makeManifests(guardian.directory, {
      cluster,
      credential: { webIdentity: { issuer: aws.url } },
      args: ['--url', 'https://127.0.0.1:1', '--issuer-round', round],
      oldIssuers: [OLD_ISSUER],
      ...change,
    });
    await cluster.restartApiServer([cluster.signingKey], await useControlPlaneFiles(guardian.directory, out));
  }

  function token(): Promise<string> {
    return cluster.serviceAccountToken('default', 'default');
  }

  function tokenFor(audience: string): Promise<string> {
    return cluster.serviceAccountToken('default', 'default', { audiences: [audience] });
  }

  async function discovery(): Promise<{ issuer: string; jwks_uri: string }> {
    const { body } = await callApi(cluster, '/.well-known/openid-configuration', { token: cluster.adminToken });
    return body as { issuer: string; jwks_uri: string };
  }
});
