// `cwii check` in the wrong cluster, and with an API server that signs what clouds reject.

import { generateKeyPairSync } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSigningKey, type SigningKey } from '../../../testing/certificates.ts';
import { writePrivateFile } from '../../../testing/cluster/api-server-files.ts';
import { type ControlPlane, startControlPlane } from '../../../testing/cluster/control-plane.ts';
import { NEW_ISSUER } from '../manifests-in-use.ts';
import { type HealthyCluster, problemsIn, startHealthyCluster } from './healthy-cluster.ts';

let healthy: HealthyCluster;
let other: ControlPlane;
beforeAll(async () => {
  [healthy, other] = await Promise.all([startHealthyCluster(), startControlPlane()]);
});
afterAll(async () => {
  await healthy?.stop();
  await other?.stop();
});

/** These tests restart the API server, after which other categories need a while. */
const only = ['--only', 'cluster,issuer'];
const problems = async (...args: readonly string[]) => problemsIn(await healthy.report(...only, ...args));

describe('the context of another cluster', () => {
  it('fails by URL, CA and issuer, and nothing else is checked', async () => {
    const report = await healthy.report('--kubeconfig', other.kubeconfigPath);
    const [{ checks: ofCluster = [] } = {}, ...categories] = report.categories;

    expect(problemsIn(report)).toEqual([
      expect.stringMatching(
        /^failed cluster-context: the context admin@test is https:\/\/127\.0\.0\.1:\d+, but cwii\.yaml has https:\/\/api\.test\.example\.com:6443 for the cluster test; the CA is [0-9a-f]{8}, not [0-9a-f]{8}; the issuer is https:\/\/oidc\.example\.com\/my-cluster, not https:\/\/oidc\.example\.com\/test: this is another cluster$/,
      ),
    ]);
    expect(ofCluster.find(({ code }) => code === 'cluster-ca')).toMatchObject({ cause: 'it needs cluster-context' });
    expect(categories.flatMap(({ checks }) => checks).filter(({ result }) => result !== 'skipped')).toEqual([]);
  });

  it('is told with the remedy in the text', async () => {
    const { status, stdout } = await healthy.check(...only, '--kubeconfig', other.kubeconfigPath);

    expect(stdout).toContain('✗ the context admin@test is ');
    expect(stdout).toContain('    → choose the context of the cluster with --context, or its entry in cwii.yaml with');
    expect(stdout).toMatch(/\n\? \d+ checks not made: they need cluster-context\n/);
    expect(status).toBe(1);
  });
});

describe('cwii.yaml', () => {
  it.each([
    {
      what: 'has another issuer',
      edit: (entry: Record<string, unknown>) => {
        entry['issuer'] = 'https://oidc.example.com/tset';
      },
      expected: [
        /^failed issuer-matches: the API server signs iss "https:\/\/oidc\.example\.com\/test", cwii\.yaml has "https:\/\/oidc\.example\.com\/tset": .*They differ from character 27: "est" and "set"\.$/,
      ],
    },
    {
      what: 'has a CA that did not sign the certificate of the API server',
      edit: (entry: Record<string, unknown>) => {
        entry['api'] = { url: 'https://api.test.example.com:6443', ca: healthy.authority.certPem };
      },
      expected: [
        /^failed cluster-ca: the certificate of https:\/\/api\S+ cannot be verified with api\.ca in cwii\.yaml/,
      ],
    },
    {
      what: 'has a version that the cluster does not have yet',
      edit: (entry: Record<string, unknown>) => {
        entry['kubernetesVersion'] = '1.99';
      },
      expected: [/^warning cluster-version: cwii\.yaml has kubernetesVersion "1\.99", the API server is 1\.\d+$/],
    },
  ])('$what', async ({ edit, expected }) => {
    const undo = await healthy.editClusterFile(edit);
    const found = await problems();
    await undo();

    expect(found).toEqual(expected.map((pattern) => expect.stringMatching(pattern)));
  });
});

describe('a user with few permissions', () => {
  it('learns what is skipped, and nothing fails', async () => {
    const token = await healthy.cluster.serviceAccountToken('shop', 'checkout');
    const kubeconfig = JSON.parse(await readFile(healthy.cluster.kubeconfigPath, 'utf8'));
    kubeconfig.users[0].user.token = token;
    const path = await writePrivateFile(healthy.folder, 'few.kubeconfig', JSON.stringify(kubeconfig));

    const report = await healthy.report('--kubeconfig', path);
    const lines = report.categories.flatMap(({ checks }) => checks);

    expect(problemsIn(report)).toEqual([]);
    expect(lines.find(({ code }) => code === 'cluster-permissions')?.detail).toMatch(
      /^system:serviceaccount:shop:checkout may not create serviceaccounts\/token in default \(Issuer\), .*create subjectaccessreviews \(Function\).*; checks that need it are skipped$/,
    );
    expect(lines.find(({ code }) => code === 'issuer-token')).toMatchObject({
      result: 'skipped',
      cause: expect.stringContaining('cannot create resource "serviceaccounts/token"'),
    });
    // The published documents need no permission.
    expect(lines.find(({ code }) => code === 'issuer-document')).toMatchObject({ result: 'passed' });
  });
});

describe('before the installation', () => {
  it('checks what is there', async () => {
    const report = await healthy.report('--pre');

    expect(report.categories.map(({ name }) => name)).toEqual(['Cluster', 'Issuer']);
    expect(problemsIn(report)).toEqual([]);
    expect(report.categories[1]?.checks.find(({ code }) => code === 'issuer-reachable')).toMatchObject({
      result: 'skipped',
      cause: 'cwii publishes the issuer when it is deployed',
    });
  });

  it('accepts the issuer that the installation changes', async () => {
    const undo = await healthy.editClusterFile((entry) => {
      entry['issuer'] = 'https://oidc.example.com/next';
      entry['issuerHosting'] = { ...(entry['issuerHosting'] as object), oldIssuers: [NEW_ISSUER] };
    });
    const report = await healthy.report('--pre');
    await undo();

    expect(problemsIn(report)).toEqual([]);
    expect(report.categories[1]?.checks.find(({ code }) => code === 'issuer-matches')?.cause).toBe(
      `the API server signs ${NEW_ISSUER}, which the installation changes`,
    );
  });
});

describe('without cwii.yaml', () => {
  it('checks the issuer of the tokens', async () => {
    const { status, stdout } = await healthy.withoutClusterFile(() => healthy.check(...only));

    expect(stdout).toContain(
      '? tokens have the issuer of cwii.yaml [issuer-matches]: not checked: cwii.yaml was not found\n',
    );
    expect(stdout).toContain('✓ the published key verifies a fresh token (');
    expect(status).toBe(0);
  });
});

describe('an API server', () => {
  const flag = (issuer: string) => [`--service-account-issuer=${issuer}`];
  const withIssuer = (issuer: string) =>
    healthy.cluster.restartApiServer([healthy.cluster.signingKey], [...flag(issuer), ...flag(NEW_ISSUER)]);

  it('whose issuer has a slash at the end', async () => {
    await withIssuer(`${NEW_ISSUER}/`);

    expect(await problems()).toEqual([
      `failed issuer-matches: the API server signs iss "${NEW_ISSUER}/", cwii.yaml has "${NEW_ISSUER}": clouds reject the tokens. They differ only in the slash at the end.`,
    ]);
  });

  it('whose issuer no cloud can reach, without cwii.yaml', async () => {
    await withIssuer('https://kubernetes.default.svc.cluster.local');

    expect(await healthy.withoutClusterFile(() => problems())).toEqual([
      'failed issuer-url: no cloud can reach the issuer https://kubernetes.default.svc.cluster.local',
    ]);
  });

  it('has a key that is not published, and does not sign yet', async () => {
    await healthy.cluster.restartApiServer([healthy.cluster.signingKey, await createSigningKey()]);

    expect(await problems()).toEqual([
      expect.stringMatching(/^failed issuer-keys: the API server's key \S+… is not published; published are \S+…$/),
    ]);
  });

  it('signs with a key that is not published, although the old one is', async () => {
    await healthy.cluster.restartApiServer([await createSigningKey(), healthy.cluster.signingKey]);

    expect(await problems()).toEqual([
      expect.stringMatching(/^failed issuer-signing-key: the API server signs with \S+…, which is not published/),
    ]);
  });

  it('signs with an EC key, which Azure rejects', async () => {
    await healthy.cluster.restartApiServer([ellipticKey('P-256')]);
    await healthy.issuer.publish(healthy.cluster);

    expect(await problems()).toEqual([
      expect.stringMatching(
        /^failed issuer-algorithms: Azure rejects tokens of the signing key \S+, because they are ES256$/,
      ),
    ]);
    const undo = await healthy.editClusterFile((entry) => {
      entry['providers'] = { azure: { enabled: false } };
    });
    expect(await problems()).toEqual([]);
    await undo();
  });

  it('signs with a key on P-384, which only AWS accepts, and has not published it: both are told', async () => {
    await healthy.cluster.restartApiServer([ellipticKey('P-384')]);

    expect(await problems()).toEqual([
      expect.stringMatching(
        /^failed issuer-algorithms: Azure and GCP reject tokens of the signing key \S+, because they are ES384$/,
      ),
      expect.stringMatching(/^failed issuer-signing-key: /),
    ]);
  });

  it('does not answer: everything else is skipped', async () => {
    const kubeconfig = JSON.parse(await readFile(healthy.cluster.kubeconfigPath, 'utf8'));
    kubeconfig.clusters[0].cluster.server = 'https://127.0.0.1:1';
    const path = await writePrivateFile(healthy.folder, 'dead.kubeconfig', JSON.stringify(kubeconfig));
    const report = await healthy.report('--kubeconfig', path);

    expect(problemsIn(report)).toEqual([expect.stringMatching(/^failed cluster-reachable: /)]);
    expect(report.categories.flatMap(({ checks }) => checks).filter(({ result }) => result === 'passed')).toEqual([]);
  });
});

function ellipticKey(namedCurve: string): SigningKey {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve });
  return {
    publicKey,
    publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    // The API server reads EC keys in the form of SEC 1.
    privateKeyPem: privateKey.export({ type: 'sec1', format: 'pem' }).toString(),
  };
}
