// `cwii init`: what it takes from the kubeconfig and the cluster, and what it leaves alone.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { failure } from './command.ts';
import { init, needed, PUBLIC, STS } from './init-in-folder.ts';

const CERTIFICATE = 'arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555';

describe.concurrent('a new file', () => {
  test('has what kubeconfig and cluster know, and no secret', async () => {
    const ca = await readFile(join(import.meta.dirname, '..', 'cluster-file', 'ca.crt'), 'utf8');
    const cluster = {
      server: 'https://api.prod.example.com:6443',
      'certificate-authority-data': Buffer.from(ca).toString('base64'),
    };

    const { status, stderr, clusters, text, token, mode } = await init({ cluster, issuer: PUBLIC }, needed);

    expect({ status, stderr }).toEqual({
      status: 0,
      stderr:
        "cwii: cwii.yaml has the cluster prod-eu now, and caller-token-prod-eu the API server's token; keep that out of git\ncwii: next: read the file, then npx cdk deploy --all --outputs-file cdk-outputs.json (docs/deploying.md)\n",
    });
    expect(clusters).toMatchObject([
      {
        name: 'prod-eu',
        region: 'eu-central-1',
        api: { url: 'https://api.prod.example.com:6443', ca },
        issuer: PUBLIC,
        credential: { webIdentity: { issuer: STS, audience: 'cwii:prod-eu' } },
        webhook: { namespaces: 'labelled', failurePolicy: 'Fail' },
      },
    ]);
    expect(token).toMatch(/^[\w-]{43}\n$/);
    expect(mode).toBe(0o600);
    expect(text).not.toContain(token?.trim());
    expect(text).toMatch(/# The API server, as the function reaches it\.\n/);
  });

  test.for([
    ['secret', [], { secret: { expirationSeconds: 86_400 } }],
    ['eks', ['--eks-cluster', 'prod-1'], { eks: { cluster: 'prod-1' } }],
    ['none', [], { none: {} }],
  ] as const)('has the credential %s', async ([kind, args, credential]) => {
    const { clusters } = await init({ issuer: PUBLIC }, ['--region', 'eu-central-1', '--credential', kind, ...args]);

    expect(clusters[0]?.credential).toEqual(credential);
  });

  test('has the credential secret where Kubernetes is too old for web identities', async () => {
    const { stderr, clusters } = await init({ issuer: PUBLIC, minor: '28+' }, ['--region', 'eu-central-1']);

    expect(stderr).toContain('Kubernetes 1.28 knows no web identity (1.30 does), so the credential secret is offered');
    expect(clusters[0]?.credential).toEqual({ secret: { expirationSeconds: 86_400 } });
  });

  test('tells a private API server to be reached from a VPC, whose block waits in a comment', async () => {
    const { stderr, text } = await init({ issuer: PUBLIC, cluster: { server: 'https://10.1.2.3:6443' } }, needed);

    expect(stderr).toContain('cwii: https://10.1.2.3:6443 is a private address: fill in api.vpc in the file');
    expect(text).toContain('      # vpc:\n      #   vpcId: vpc-0123456789abcdef0\n');
  });

  test('says what the function cannot do as kubectl does', async () => {
    const cluster = {
      server: 'https://127.0.0.1:6443',
      'insecure-skip-tls-verify': true,
      'tls-server-name': 'kubernetes',
    };

    const { stderr } = await init({ issuer: PUBLIC, cluster }, needed);

    expect(stderr).toContain('insecure-skip-tls-verify: the function always verifies');
    expect(stderr).toContain('tls-server-name kubernetes');
  });

  test.for(['https://127.0.0.1:6443', 'https://localhost:6443', 'https://[::1]:6443', 'https://0.0.0.0:6443'])(
    'asks for another address than %s, from which no VPC would help',
    async (server) => {
      const { stderr, text } = await init({ issuer: PUBLIC, cluster: { server } }, needed);

      expect(stderr).toContain(`cwii: ${server} is this machine itself, which the function cannot reach`);
      expect(text).toContain('# This address leads back to whoever asks: write the one from outside');
      expect(text).not.toContain('vpc');
    },
  );

  test('takes the digest of a token that is there', async () => {
    const { clusters, token } = await init({ issuer: PUBLIC }, needed, { 'caller-token-prod-eu': 'the-token\n' });

    expect(token).toBe('the-token\n');
    expect(clusters[0]?.callers.tokenSha256).toEqual([
      'c2a73fcf61dfbdcadc79a10ba330b2ef5eb66fc0a6735ed69b796bb3c97b97ae',
    ]);
  });
});

describe.concurrent('an issuer that no cloud can use', () => {
  const unusable = { issuer: 'https://kubernetes.default.svc.cluster.local' };

  test("is explained, and published on CloudFront's own name in two deployments", async () => {
    const { stderr, clusters, text } = await init(unusable, needed);

    expect(stderr).toContain(
      "cwii: the cluster's issuer is https://kubernetes.default.svc.cluster.local, which no cloud can reach\n",
    );
    expect(clusters[0]).toMatchObject({
      issuer: 'https://first-deployment.cloudfront.net/prod-eu',
      issuerHosting: { keyGraceSeconds: 172_800, oldIssuers: [unusable.issuer] },
    });
    expect(text).toContain('IssuerDistributionDomain');
  });

  test('is published on a domain of yours', async () => {
    const domain = ['--issuer-hosting', 'domain', '--issuer', PUBLIC, '--certificate-arn', CERTIFICATE];

    const { clusters } = await init(unusable, [...needed, ...domain]);

    expect(clusters[0]).toMatchObject({
      issuer: PUBLIC,
      issuerHosting: { certificateArn: CERTIFICATE, oldIssuers: [unusable.issuer] },
    });
  });

  test('is not written as the old one where the cluster has the hosted issuer already', async () => {
    const domain = ['--issuer-hosting', 'domain', '--issuer', PUBLIC, '--certificate-arn', CERTIFICATE];

    const { clusters } = await init({ issuer: PUBLIC }, [...needed, ...domain]);

    expect(clusters[0]?.issuerHosting).toEqual({ certificateArn: CERTIFICATE, keyGraceSeconds: 172_800 });
  });

  test('is asked for where the cluster cannot be asked, and not guessed', async () => {
    const domain = ['--issuer-hosting', 'domain', '--issuer', PUBLIC, '--certificate-arn', CERTIFICATE];

    const { stderr, clusters } = await init({}, [...needed, ...domain]);

    expect(stderr).toContain('write it into issuerHosting.oldIssuers');
    expect(clusters[0]?.issuerHosting?.oldIssuers).toBeUndefined();
  });

  test('stays as it is where that is wanted', async () => {
    const { clusters } = await init(unusable, [...needed, '--issuer-hosting', 'none']);

    expect(clusters[0]).toMatchObject(unusable);
    expect(clusters[0]?.issuerHosting).toBeUndefined();
  });

  test('is refused where cwii.yaml would refuse it', async () => {
    const { status, stderr, written } = await init({ issuer: 'https://10.0.0.1:6443' }, [
      ...needed,
      '--issuer-hosting',
      'none',
    ]);

    expect({ status, written }).toEqual({ status: 1, written: [] });
    expect(stderr).toContain('which has a port');
    expect(stderr).toContain('name the one that clouds trust by --issuer, or let cwii publish one by --issuer-hosting');
  });
});

describe.concurrent('a file that is there', () => {
  const existing = `# our clusters
clusters:
- name: old   # the first
  api: { url: "https://api.old.example.com" }
  issuer: https://oidc.example.com/old
  credential: { none: {} }
  callers:
    tokenSha256: [${'a'.repeat(64)}]
  # settings: later
`;

  test('keeps all its text when a cluster is added', async () => {
    const { status, clusters, text } = await init({ issuer: PUBLIC }, needed, { 'cwii.yaml': existing });

    expect(status).toBe(0);
    expect(text?.startsWith(`${existing}\n- name: prod-eu\n`)).toBe(true);
    expect(clusters.map(({ name }) => name)).toEqual(['old', 'prod-eu']);
  });

  test('has a name only once', async () => {
    expect(await init({ issuer: PUBLIC }, [...needed, '--name', 'old'], { 'cwii.yaml': existing })).toMatchObject({
      ...failure(
        'cwii: cwii.yaml has a cluster old already; choose another --name, edit the file, or begin it anew with --force',
      ),
      text: existing,
    });
  });

  test('is begun anew only when forced', async () => {
    const { clusters } = await init({ issuer: PUBLIC }, [...needed, '--force'], { 'cwii.yaml': existing });

    expect(clusters.map(({ name }) => name)).toEqual(['prod-eu']);
  });

  test('whose list is in brackets is left to its author', async () => {
    const inBrackets = `clusters: [{ name: old, api: { url: "https://api.old.example.com" }, issuer: "https://oidc.example.com/old", credential: { none: {} }, callers: { tokenSha256: [${'a'.repeat(64)}] } }]\n`;

    expect(await init({ issuer: PUBLIC }, needed, { 'cwii.yaml': inBrackets })).toMatchObject({
      ...failure(
        'cwii: cwii.yaml: clusters is written in brackets, so that no place to add it is found; edit it by hand',
      ),
      text: inBrackets,
      written: ['cwii.yaml'],
    });
  });

  test('with a mistake in it is left as it is', async () => {
    const broken = existing.replace('issuer:', 'isuer:');

    const { status, stderr, text, written } = await init({ issuer: PUBLIC }, needed, { 'cwii.yaml': broken });

    expect({ status, text, written }).toEqual({ status: 1, text: broken, written: ['cwii.yaml'] });
    expect(stderr).toContain('clusters[0].isuer is no key of cwii.yaml; did you mean issuer?');
  });
});
