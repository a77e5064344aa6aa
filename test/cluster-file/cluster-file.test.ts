// cwii.yaml: what is read from it, and what is said to a file that is none.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { parseClusterFile, readClusterFile } from '../../cluster-file/cluster-file.ts';
import { clusterSchema } from '../../cluster-file/schema.ts';
import { webhookEnvironment } from '../../infra/function-environment.ts';
import { folderOf } from '../cli/command.ts';
import { DIGEST, minimal, problemsOf, told } from '../infra/cluster-entries.ts';

/** The clusters of a file with these entries. */
function read(...clusters: object[]) {
  return parseClusterFile(stringify({ clusters }), 'cwii.yaml').clusters;
}

describe('what the file leaves out is filled in', () => {
  test('a minimal cluster gets every default', () => {
    expect(read(minimal())).toEqual([
      {
        name: 'prod',
        api: { url: 'https://api.prod.example.com:6443' },
        issuer: 'https://oidc.example.com/prod',
        credential: {
          webIdentity: {
            issuer: 'https://11111111-2222-3333-4444-555555555555.tokens.sts.global.api.aws',
            audience: 'cwii:prod',
            signingAlgorithm: 'ES384',
          },
        },
        callers: { tokenSha256: [DIGEST], pathKeySha256: [] },
        webhook: { namespaces: 'labelled', failurePolicy: 'Fail', timeoutSeconds: 5 },
        providers: { aws: {}, gcp: {}, azure: {} },
        guardRails: {
          verifyImages: [
            'amazon/aws-cli:*',
            'amazon/aws-cli@*',
            'google/cloud-sdk:*',
            'google/cloud-sdk@*',
            'mcr.microsoft.com/azure-cli:*',
            'mcr.microsoft.com/azure-cli@*',
          ],
        },
        settings: { ownerKinds: [], apiAudiences: ['https://oidc.example.com/prod'] },
        function: { logRetentionDays: 30 },
        workloadRoles: [],
      },
    ]);
  });

  test('a webhook for all namespaces lets pods start when it is away', () => {
    expect(read(minimal({ webhook: { namespaces: 'all' } }))[0]?.webhook.failurePolicy).toBe('Ignore');
    expect(read(minimal({ webhook: { namespaces: 'all', failurePolicy: 'Fail' } }))[0]?.webhook.failurePolicy).toBe(
      'Fail',
    );
  });

  test('a configured verify image is allowed by every tag and digest of its repository', () => {
    const verifyImage = 'registry.example.com:5000/aws-cli:2.31.0';

    expect(read(minimal({ providers: { aws: { verifyImage } } }))[0]?.guardRails.verifyImages.slice(-2)).toEqual([
      'registry.example.com:5000/aws-cli:*',
      'registry.example.com:5000/aws-cli@*',
    ]);
  });

  test('roles for workloads bring the identity provider with them, for the audience that pods get', () => {
    const workloadRoles = [{ name: 'shop', namespace: 'shop', serviceAccount: 'checkout' }];

    expect(read(minimal({ workloadRoles }))[0]?.identityProvider).toEqual({ audiences: ['sts.amazonaws.com'] });
    expect(
      read(minimal({ workloadRoles, providers: { aws: { defaultAudience: 'aws' } } }))[0]?.identityProvider,
    ).toEqual({ audiences: ['aws'] });
  });
});

test('a CA in a file of its own is read beside cwii.yaml', async () => {
  const pem = await readFile(join(import.meta.dirname, 'ca.crt'), 'utf8');
  await using folder = await folderOf({
    'ca.crt': `some words\n${pem}`,
    'cwii.yaml': stringify({ clusters: [minimal({ api: { url: 'https://10.0.0.1:6443', caFile: 'ca.crt' } })] }),
  });

  expect(readClusterFile(join(folder.path, 'cwii.yaml')).clusters[0]?.api).toEqual({
    url: 'https://10.0.0.1:6443',
    ca: pem,
  });
});

test('the example is valid, and shows every block', () => {
  const { clusters } = readClusterFile(join(import.meta.dirname, '..', '..', 'examples', 'cwii.yaml'));

  expect(clusters.map(({ name }) => name)).toEqual(['prod', 'edge']);
  expect(Object.keys(clusters[0] ?? {}).sort()).toEqual(Object.keys(clusterSchema.shape).sort());
  for (const cluster of clusters) {
    const tokenSecretArn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:cwii-edge-AbCdEf';
    expect(webhookEnvironment(cluster, { tokenSecretArn })['CWII_CLUSTER_NAME']).toBe(cluster.name);
  }
});

test('a file that is not there tells how to get one', () => {
  expect(() => readClusterFile('nowhere/cwii.yaml')).toThrow(
    expect.objectContaining({
      code: 'cluster-file-missing',
      message: 'nowhere/cwii.yaml does not exist; `cwii init` writes it from your kubeconfig',
    }),
  );
});

test('a file that is there but cannot be read is not said to be missing', () => {
  expect(() => readClusterFile(import.meta.dirname)).toThrow(
    expect.objectContaining({
      code: 'cluster-file-missing',
      message: `${import.meta.dirname} cannot be read (EISDIR)`,
    }),
  );
});

test('a CA goes not with a CA file', async () => {
  const ca = await readFile(join(import.meta.dirname, 'ca.crt'), 'utf8');

  expect(told(minimal({ api: { url: 'https://10.0.0.1:6443', ca, caFile: 'ca.crt' } }))).toEqual([
    'clusters[0].api.caFile is there beside api.ca; write only one of them',
  ]);
});

test('a CA file without a certificate is named', async () => {
  await using folder = await folderOf({
    'ca.crt': 'some words\n',
    'cwii.yaml': stringify({ clusters: [minimal({ api: { url: 'https://10.0.0.1:6443', caFile: 'ca.crt' } })] }),
  });

  expect(() => readClusterFile(join(folder.path, 'cwii.yaml'))).toThrow(
    /clusters\[0\]\.api\.caFile names ca\.crt, which /,
  );
});

test('every problem is told at once, in the order of the file, with line, column and key', () => {
  const text = `
clusters:
  - name: prod
    account: 123456789012
    api:
      url: http://api.prod.example.com:6443
    issuer: https://oidc.example.com:8443/prod
    credential:
      webIdentiy:
        issuer: https://a.tokens.sts.global.api.aws
    callers:
      tokenSha256: [abc]
    webhook: { timeoutSeconds: 40, namespaces: al }
    guardRails:
      roleArns: []
      verifyImages: "*"
  - name: prod
    api:
      url: https://api.prod.example.com:6443
      caFile: nowhere.crt
    credential: { none: }
    callers: {}
    workloadRoles: [{ name: x, namespace: y }]
`;

  expect(problemsOf(text)).toEqual([
    'cwii.yaml:4:14: clusters[0].account is not a text to YAML; write it in quotes',
    'cwii.yaml:6:12: clusters[0].api.url is not the URL of an API server; write https://HOST[:PORT][/PATH], without a user, a query or a fragment',
    'cwii.yaml:7:13: clusters[0].issuer is "https://oidc.example.com:8443/prod", which has a port, which AWS does not take; write https://HOST[/PATH], exactly as the API server\'s --service-account-issuer',
    'cwii.yaml:9:7: clusters[0].credential.webIdentiy is no key of cwii.yaml; did you mean webIdentity?',
    'cwii.yaml:12:21: clusters[0].callers.tokenSha256[0] has an entry that is not a SHA-256 digest; write 64 hex digits, as `sha256sum` prints them',
    'cwii.yaml:13:32: clusters[0].webhook.timeoutSeconds is 40; write 30 or less',
    'cwii.yaml:13:48: clusters[0].webhook.namespaces is "al"; write labelled or all',
    'cwii.yaml:15:7: clusters[0].guardRails.roleArns is an empty list; write an entry, or remove the key',
    'cwii.yaml:16:21: clusters[0].guardRails.verifyImages is not a list; begin each entry with "- "',
    'cwii.yaml:17:5: clusters[1].issuer is missing',
    'cwii.yaml:17:11: clusters[1].name is that of clusters[0] too: the stack is named by it; choose another',
    'cwii.yaml:21:25: clusters[1].credential.none is empty; write keys below it, or {}, or remove it',
    'cwii.yaml:23:21: clusters[1].workloadRoles[0] has none of serviceAccount, allServiceAccounts; write exactly one of them',
  ]);
});

describe('a text that is no cluster file', () => {
  test.for([
    ['clusters:\n  - name: prod\n   api: x\n', 'cwii.yaml:3:1: is no YAML: '],
    ['clusters: []\nclusters: []\n', 'cwii.yaml:2:1: is no YAML: Map keys must be unique'],
    ['', 'cwii.yaml:1:1: clusters is missing'],
    ['- name: prod\n', 'cwii.yaml:1:1: the file is not a group of keys'],
    ['clusters:\n', 'cwii.yaml:1:10: clusters is empty; write a value, or remove it'],
    ['clusters: []\n', 'cwii.yaml:1:1: clusters is an empty list; write an entry, or remove the key'],
    ['cluster:\n  - name: prod\n', 'cwii.yaml:1:1: cluster is no key of cwii.yaml; did you mean clusters?'],
  ] as const)('%j', ([text, beginning]) => {
    expect(
      problemsOf(text).some((problem) => problem.startsWith(beginning)),
      problemsOf(text).join('\n'),
    ).toBe(true);
  });
});

test('parts can be shared by anchors and merge keys', () => {
  const text = `${stringify({ clusters: [minimal({ webhook: { namespaces: 'all' } })] }).replace('webhook:', 'webhook: &webhook')}
  - name: other
    api: { url: https://api.other.example.com }
    issuer: https://oidc.example.com/other
    credential: { none: {} }
    callers: { tokenSha256: [${DIGEST}] }
    webhook: { <<: *webhook, timeoutSeconds: 7 }
`;

  expect(parseClusterFile(text, 'cwii.yaml').clusters[1]?.webhook).toEqual({
    namespaces: 'all',
    failurePolicy: 'Ignore',
    timeoutSeconds: 7,
  });
});

test('a digest that may be the secret itself is not shown', () => {
  const secret = 'the-token-itself';

  const problems = told(minimal({ callers: { tokenSha256: [secret], pathKeySha256: [`${DIGEST},${DIGEST}`] } }));

  expect(problems).toHaveLength(2);
  expect(problems.join()).not.toContain(secret);
});
