// Tests for `cwii init`: what it reads from kubeconfig and cluster, and how it changes an existing file.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { failure } from './command.ts';
import { init, PUBLIC, requiredOptions, STS } from './init-in-folder.ts';

const CERTIFICATE = 'arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555';

describe.concurrent('a new file', () => {
  test('has the data of kubeconfig and cluster, and no secret', async () => {
    const ca = await readFile(join(import.meta.dirname, '..', 'cluster-file', 'ca.crt'), 'utf8');
    const cluster = {
      server: 'https://api.prod.example.com:6443',
      'certificate-authority-data': Buffer.from(ca).toString('base64'),
    };

    const ended = await init({ cluster, issuer: PUBLIC }, requiredOptions);
    const { status, found, stderr, clusters, text, token, mode } = ended;

    expect({ status, stderr }).toEqual({
      status: 0,
      stderr:
        "cwii: cwii.yaml now has the cluster prod-eu\ncwii: caller-token-prod-eu has the API server's token; keep it out of git\ncwii: next, review the file and run npx cdk deploy --all --outputs-file cdk-outputs.json (docs/deploying.md)\n",
    });
    expect(found).toBe(
      'cwii: reading the context kubernetes-admin@Prod_EU of the kubeconfig: https://api.prod.example.com:6443, Kubernetes 1.36\n',
    );
    expect(clusters).toMatchObject([
      {
        name: 'prod-eu',
        kubernetesVersion: '1.36',
        region: 'eu-central-1',
        api: { url: 'https://api.prod.example.com:6443', ca },
        issuer: PUBLIC,
        credential: { webIdentity: { issuer: STS, audience: 'cwii:prod-eu' } },
        webhook: { namespaces: 'labelled', failurePolicy: 'Fail' },
        providers: { aws: { setDefaultRegion: true } },
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

  test('has the credential secret if Kubernetes is too old for web identities', async () => {
    const { stderr, clusters } = await init({ issuer: PUBLIC, minor: '28+' }, ['--region', 'eu-central-1']);

    expect(stderr).toContain(
      'cwii: warning: Kubernetes 1.28 does not support web identities, which need 1.30; the default credential is secret [web-identity-unsupported]\n',
    );
    expect(clusters[0]?.credential).toEqual({ secret: { expirationSeconds: 86_400 } });
  });

  test('has a warning if the issuer of the account is probably another one', async () => {
    const { stderr } = await init({ issuer: PUBLIC }, [...requiredOptions, '--sts-issuer', 'https://foo']);

    expect(stderr).toContain(
      'cwii: warning: https://foo does not look like the issuer of an AWS account, https://UUID.tokens.sts.global.api.aws; compare it with `aws iam get-outbound-web-identity-federation-info` [sts-issuer-unusual]\n',
    );
  });

  test('has a template for the VPC of a private API server', async () => {
    const { stderr, text } = await init(
      { issuer: PUBLIC, cluster: { server: 'https://10.1.2.3:6443' } },
      requiredOptions,
    );

    expect(stderr).toContain(
      'cwii: warning: https://10.1.2.3:6443 is a private address; fill in api.vpc in the file, so that the function reaches it [api-url-private]\n',
    );
    expect(text).toContain('      # vpc:\n      #   vpcId: vpc-0123456789abcdef0\n');
  });

  test('is written with warnings about options of the kubeconfig that the function does not support', async () => {
    const cluster = {
      server: 'https://127.0.0.1:6443',
      'insecure-skip-tls-verify': true,
      'tls-server-name': 'kubernetes',
    };

    const { stderr } = await init({ issuer: PUBLIC, cluster }, requiredOptions);

    expect(stderr).toContain('the kubeconfig has insecure-skip-tls-verify, but the function always verifies');
    expect(stderr).toContain(
      'the kubeconfig has tls-server-name kubernetes, but the function verifies the host in api.url',
    );
  });

  test.for(['https://127.0.0.1:6443', 'https://localhost:6443', 'https://[::1]:6443', 'https://0.0.0.0:6443'])(
    'is not written with %s, which the function cannot reach',
    async (server) => {
      const problem =
        'is an address of the machine that uses it, so the function in AWS would call itself; write the address of the API server as other machines reach it, which its certificate must contain';
      const fromKubeconfig = await init({ issuer: PUBLIC, cluster: { server } }, requiredOptions);
      const fromOption = await init({ issuer: PUBLIC }, [...requiredOptions, '--api-url', server]);

      expect(fromKubeconfig).toMatchObject({
        ...failure(`the kubeconfig has ${server}, which ${problem}; pass it with --api-url`, 'api-url-loopback'),
        written: [],
      });
      expect(fromOption).toMatchObject({
        ...failure(`--api-url is ${server}, which ${problem}`, 'answer-invalid'),
        written: [],
      });
    },
  );

  test('has another address in place of one of this machine with --api-url', async () => {
    const cluster = { server: 'https://127.0.0.1:6443' };
    const args = [...requiredOptions, '--api-url', 'https://api.example.com:6443'];

    const { status, clusters } = await init({ issuer: PUBLIC, cluster }, args);

    expect(status).toBe(0);
    expect(clusters[0]?.api.url).toBe('https://api.example.com:6443');
  });

  test.for([
    ['30', 'note', 'kubeadm.yaml is for kubeadm 1.31 and newer'],
    ['33', 'note', 'Kubernetes 1.33 reads the AuthenticationConfiguration only as v1beta1, which cwii manifests will'],
    ['28', 'kubernetes-untested', 'the cluster runs Kubernetes 1.28; cwii is tested with 1.30 to 1.37; upgrade the'],
    ['99+', 'kubernetes-untested', 'the cluster runs Kubernetes 1.99; cwii is tested with 1.30 to 1.37; look for a'],
  ] as const)('says what version 1.%s means', async ([minor, code, message]) => {
    const { stderr, clusters } = await init({ issuer: PUBLIC, minor }, [...requiredOptions, '--credential', 'secret']);

    expect(stderr).toContain(code === 'note' ? message : `cwii: warning: ${message}`);
    if (code !== 'note') expect(stderr).toContain(`[${code}]`);
    expect(clusters[0]?.kubernetesVersion).toBe(`1.${Number.parseInt(minor, 10)}`);
  });

  test('has no version if it cannot be read', async () => {
    const { stderr, clusters } = await init({}, [...requiredOptions, '--issuer', PUBLIC]);

    expect(stderr).toContain('the Kubernetes version could not be read, so the files of cwii manifests will be for');
    expect(clusters[0]?.kubernetesVersion).toBeUndefined();
  });

  test('has the digest of an existing token', async () => {
    const { clusters, token } = await init({ issuer: PUBLIC }, requiredOptions, {
      'caller-token-prod-eu': 'the-token\n',
    });

    expect(token).toBe('the-token\n');
    expect(clusters[0]?.callers.tokenSha256).toEqual([
      'c2a73fcf61dfbdcadc79a10ba330b2ef5eb66fc0a6735ed69b796bb3c97b97ae',
    ]);
  });
});

describe.concurrent('an issuer that no cloud can use', () => {
  const unusable = { issuer: 'https://kubernetes.default.svc.cluster.local' };

  test("is reported, and replaced by one on CloudFront's own name", async () => {
    const { stderr, clusters, text } = await init(unusable, requiredOptions);

    expect(stderr).toContain(
      "cwii: warning: the cluster's issuer is https://kubernetes.default.svc.cluster.local, which no cloud can reach [issuer-unreachable]\n",
    );
    expect(clusters[0]).toMatchObject({
      issuer: 'https://first-deployment.cloudfront.net/prod-eu',
      issuerHosting: { keyGraceSeconds: 172_800, oldIssuers: [unusable.issuer] },
    });
    expect(text).toContain('IssuerDistributionDomain');
  });

  test('is replaced by one on an own domain with --issuer-hosting domain', async () => {
    const domain = ['--issuer-hosting', 'domain', '--issuer', PUBLIC, '--certificate-arn', CERTIFICATE];

    const { clusters } = await init(unusable, [...requiredOptions, ...domain]);

    expect(clusters[0]).toMatchObject({
      issuer: PUBLIC,
      issuerHosting: { certificateArn: CERTIFICATE, oldIssuers: [unusable.issuer] },
    });
  });

  test('is not an old issuer if the cluster already has the hosted one', async () => {
    const domain = ['--issuer-hosting', 'domain', '--issuer', PUBLIC, '--certificate-arn', CERTIFICATE];

    const { clusters } = await init({ issuer: PUBLIC }, [...requiredOptions, ...domain]);

    expect(clusters[0]?.issuerHosting).toMatchObject({ certificateArn: CERTIFICATE });
    expect(clusters[0]?.issuerHosting?.oldIssuers).toBeUndefined();
  });

  test('is not guessed if the cluster cannot be reached', async () => {
    const domain = ['--issuer-hosting', 'domain', '--issuer', PUBLIC, '--certificate-arn', CERTIFICATE];

    const { stderr, clusters } = await init({}, [...requiredOptions, ...domain]);

    expect(stderr).toContain('write it into issuerHosting.oldIssuers');
    expect(clusters[0]?.issuerHosting?.oldIssuers).toBeUndefined();
  });

  test('stays unchanged with --issuer-hosting none', async () => {
    const { clusters } = await init(unusable, [...requiredOptions, '--issuer-hosting', 'none']);

    expect(clusters[0]).toMatchObject(unusable);
    expect(clusters[0]?.issuerHosting).toBeUndefined();
  });

  test('is rejected if cwii.yaml would reject it', async () => {
    const { status, stderr, written } = await init({ issuer: 'https://10.0.0.1:6443' }, [
      ...requiredOptions,
      '--issuer-hosting',
      'none',
    ]);

    expect({ status, written }).toEqual({ status: 1, written: [] });
    expect(stderr).toContain('which has a port');
    expect(stderr).toContain(
      'name the issuer that clouds trust with --issuer, or let cwii publish one with --issuer-hosting [issuer-unusable]',
    );
  });
});

describe.concurrent('an existing file', () => {
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

  test('keeps its text when a cluster is added', async () => {
    const { status, clusters, text } = await init({ issuer: PUBLIC }, requiredOptions, { 'cwii.yaml': existing });

    expect(status).toBe(0);
    expect(text?.startsWith(`${existing}\n- name: prod-eu\n`)).toBe(true);
    expect(clusters.map(({ name }) => name)).toEqual(['old', 'prod-eu']);
  });

  test('cannot have two clusters with the same name', async () => {
    expect(
      await init({ issuer: PUBLIC }, [...requiredOptions, '--name', 'old'], { 'cwii.yaml': existing }),
    ).toMatchObject({
      ...failure(
        'cwii.yaml already has a cluster old; choose another --name, edit the file, or replace the whole file with --force',
        'cluster-exists',
      ),
      text: existing,
    });
  });

  test('is replaced with --force', async () => {
    const { clusters } = await init({ issuer: PUBLIC }, [...requiredOptions, '--force'], { 'cwii.yaml': existing });

    expect(clusters.map(({ name }) => name)).toEqual(['prod-eu']);
  });

  test('with a list in brackets is not changed', async () => {
    const inBrackets = `clusters: [{ name: old, api: { url: "https://api.old.example.com" }, issuer: "https://oidc.example.com/old", credential: { none: {} }, callers: { tokenSha256: [${'a'.repeat(64)}] } }]\n`;

    expect(await init({ issuer: PUBLIC }, requiredOptions, { 'cwii.yaml': inBrackets })).toMatchObject({
      ...failure(
        'cwii.yaml: clusters is a list in brackets, so the command cannot change it; write each cluster as a list entry that begins with a dash',
        'cluster-file-by-hand',
      ),
      text: inBrackets,
      written: ['cwii.yaml'],
    });
  });

  test('with a mistake is not changed', async () => {
    const broken = existing.replace('issuer:', 'isuer:');

    const { status, stderr, text, written } = await init({ issuer: PUBLIC }, requiredOptions, { 'cwii.yaml': broken });

    expect({ status, text, written }).toEqual({ status: 1, text: broken, written: ['cwii.yaml'] });
    expect(stderr).toContain('clusters[0].isuer is an unknown key; did you mean "issuer"? [cluster-file-invalid]\n');
  });
});
