// Knows how a cluster with an issuer of its own gets another one over two rounds, with the flags that `cwii manifests` writes:
// what API servers take of each other while some have had a round and some have not, and how the old issuer goes in the end.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestAuthority } from '../../testing/certificates.ts';
import { type ControlPlane, startControlPlane } from '../../testing/cluster/control-plane.ts';
import { createGuardian } from '../../testing/guardian.ts';
import { callApi, whoAmI } from './call-api.ts';
import { claimsOf, type ManifestsOrder, makeManifests, NEW_ISSUER, useControlPlaneFiles } from './manifests-in-use.ts';
import { startWebIdentityIssuer, type WebIdentityIssuer } from './web-identity-issuer.ts';

const OLD_ISSUER = 'https://k8s.example.internal';
const pods = { username: 'system:serviceaccount:default:default' };

describe('an issuer that changes over two rounds', { timeout: 120_000 }, () => {
  const guardian = createGuardian();
  let aws: WebIdentityIssuer;
  let cluster: ControlPlane;
  /** Tokens of pods: as it was, and after each round. */
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

  it('is the old one in the first round still, in tokens and in the discovery document', async () => {
    await restart('first');
    first = await token();
    expect(claimsOf(first)).toMatchObject({ iss: OLD_ISSUER, aud: [OLD_ISSUER, NEW_ISSUER] });
    expect(await whoAmI(cluster, old)).toMatchObject(pods);
    // Nothing is published at the new one yet, so no document may lead there.
    const { issuer, jwks_uri } = await discovery();
    expect(issuer).toBe(OLD_ISSUER);
    expect(jwks_uri).not.toContain(new URL(NEW_ISSUER).host);
  });

  it('is the new one in the second round, and tokens that pods had before stay accepted', async () => {
    await restart('second');
    second = await token();
    expect(claimsOf(second)).toMatchObject({ iss: NEW_ISSUER, aud: [OLD_ISSUER, NEW_ISSUER] });
    for (const one of [old, first, second]) expect(await whoAmI(cluster, one)).toMatchObject(pods);
    expect(await discovery()).toMatchObject({ issuer: NEW_ISSUER, jwks_uri: `${NEW_ISSUER}/openid/v1/jwks` });
  });

  it('is accepted by an API server that has had only the first round, while another has had the second', async () => {
    await restart('first');
    for (const one of [old, first, second]) expect(await whoAmI(cluster, one)).toMatchObject(pods);
  });

  it('is refused by one that has had none, which takes what those of the first round make', async () => {
    await cluster.restartApiServer([cluster.signingKey], []);
    expect(await whoAmI(cluster, second)).toBeUndefined();
    for (const one of [old, first]) expect(await whoAmI(cluster, one)).toMatchObject(pods);
  });

  it('is alone when the old one is removed, and tokens of the new one for the old audience stay accepted', async () => {
    await restart('second', { oldIssuers: [], apiAudiences: [OLD_ISSUER] });
    for (const one of [old, first]) expect(await whoAmI(cluster, one)).toBeUndefined();
    for (const one of [second, await tokenFor(OLD_ISSUER)]) expect(await whoAmI(cluster, one)).toMatchObject(pods);
  });

  /** As the API server is after a round, with what cwii.yaml then has. */
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
