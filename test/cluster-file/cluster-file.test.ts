// Tests for reading cwii.yaml: defaults, CA files, shared parts, and the positions of problems.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { parseClusterFile, readClusterFile } from '../../cluster-file/cluster-file.ts';
import { clusterSchema } from '../../cluster-file/schema.ts';
import { folderOf } from '../cli/command.ts';
import { clusterOf, DIGEST, minimal, problemsInText, problemsOf } from './entries.ts';

describe('defaults', () => {
  test('apply to every key that a minimal cluster does not set', () => {
    expect(clusterOf(minimal())).toEqual({
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
      callers: { tokenSha256: [DIGEST], pathKeySha256: [], subjects: [], audiences: [] },
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
    });
  });

  test('use failurePolicy Ignore for all namespaces, unless it is set', () => {
    const failurePolicyOf = (webhook: object) => clusterOf(minimal({ webhook })).webhook.failurePolicy;

    expect(failurePolicyOf({ namespaces: 'all' })).toBe('Ignore');
    expect(failurePolicyOf({ namespaces: 'all', failurePolicy: 'Fail' })).toBe('Fail');
  });

  test('allow every tag and digest of a configured verify image', () => {
    const verifyImage = 'registry.example.com:5000/aws-cli:2.31.0';

    const { guardRails } = clusterOf(minimal({ providers: { aws: { verifyImage } } }));

    expect(guardRails.verifyImages.slice(-2)).toEqual([
      'registry.example.com:5000/aws-cli:*',
      'registry.example.com:5000/aws-cli@*',
    ]);
  });

  test("add an identity provider with the audience of the pods' tokens if there are workload roles", () => {
    const workloadRoles = [{ name: 'shop', namespace: 'shop', serviceAccount: 'checkout' }];
    const providers = { aws: { defaultAudience: 'aws' } };

    expect(clusterOf(minimal({ workloadRoles })).identityProvider).toEqual({ audiences: ['sts.amazonaws.com'] });
    expect(clusterOf(minimal({ workloadRoles, providers })).identityProvider).toEqual({ audiences: ['aws'] });
  });
});

describe('a CA file', () => {
  const api = { url: 'https://10.0.0.1:6443', caFile: 'ca.crt' };
  const file = stringify({ clusters: [minimal({ api })] });

  test('is read relative to cwii.yaml', async () => {
    const pem = await readFile(join(import.meta.dirname, 'ca.crt'), 'utf8');
    await using folder = await folderOf({ 'ca.crt': `some words\n${pem}`, 'cwii.yaml': file });

    const [cluster] = readClusterFile(join(folder.path, 'cwii.yaml')).clusters;

    expect(cluster?.api).toEqual({ url: 'https://10.0.0.1:6443', ca: pem });
  });

  test('cannot be combined with api.ca', async () => {
    const ca = await readFile(join(import.meta.dirname, 'ca.crt'), 'utf8');

    expect(problemsOf(minimal({ api: { ...api, ca } }))).toEqual([
      'clusters[0].api.caFile cannot be combined with api.ca; set only one of them',
    ]);
  });

  test('is rejected without a certificate', async () => {
    await using folder = await folderOf({ 'ca.crt': 'some words\n', 'cwii.yaml': file });

    expect(() => readClusterFile(join(folder.path, 'cwii.yaml'))).toThrow(
      /clusters\[0\]\.api\.caFile names ca\.crt, which /,
    );
  });
});

test('the example is valid and has every block', () => {
  const { clusters } = readClusterFile(join(import.meta.dirname, '..', '..', 'examples', 'cwii.yaml'));

  expect(clusters.map(({ name }) => name)).toEqual(['prod', 'edge']);
  expect(Object.keys(clusters[0] ?? {}).sort()).toEqual(Object.keys(clusterSchema.shape).sort());
});

describe('a file that cannot be read', () => {
  test('is reported with the command that writes it if it does not exist', () => {
    expect(() => readClusterFile('nowhere/cwii.yaml')).toThrow(
      expect.objectContaining({
        code: 'cluster-file-missing',
        message: 'nowhere/cwii.yaml does not exist; run `cwii init` to write it from your kubeconfig',
      }),
    );
  });

  test('is reported with the error of the system if it exists', () => {
    expect(() => readClusterFile(import.meta.dirname)).toThrow(
      expect.objectContaining({
        code: 'cluster-file-missing',
        message: `${import.meta.dirname} cannot be read (EISDIR)`,
      }),
    );
  });
});

test('all problems are reported at once, in the order of the file, with line, column and key', () => {
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

  expect(problemsInText(text)).toEqual([
    'cwii.yaml:4:14: clusters[0].account is not a string in YAML; write it in quotes',
    expect.stringMatching(/^cwii\.yaml:6:12: clusters\[0\]\.api\.url is /),
    expect.stringMatching(
      /^cwii\.yaml:7:13: clusters\[0\]\.issuer is "https:\/\/oidc\.example\.com:8443\/prod", which /,
    ),
    'cwii.yaml:9:7: clusters[0].credential.webIdentiy is an unknown key; did you mean "webIdentity"?',
    expect.stringMatching(/^cwii\.yaml:12:21: clusters\[0\]\.callers\.tokenSha256\[0\] has /),
    'cwii.yaml:13:32: clusters[0].webhook.timeoutSeconds is 40; write 30 or less',
    'cwii.yaml:13:48: clusters[0].webhook.namespaces is "al"; write labelled or all',
    'cwii.yaml:15:7: clusters[0].guardRails.roleArns is an empty list; add an entry, or remove the key',
    'cwii.yaml:16:21: clusters[0].guardRails.verifyImages is not a list; begin each entry with "- "',
    'cwii.yaml:17:5: clusters[1].issuer is missing',
    'cwii.yaml:17:11: clusters[1].name is also used by clusters[0]: the name of the stack is derived from it; choose another name',
    'cwii.yaml:21:25: clusters[1].credential.none is empty; write keys below it, or {}, or remove it',
    'cwii.yaml:23:21: clusters[1].workloadRoles[0] needs exactly one of serviceAccount, allServiceAccounts',
  ]);
});

describe('text that is not a cluster file is rejected with its position', () => {
  test.for([
    ['clusters:\n  - name: prod\n   api: x\n', 'cwii.yaml:3:1: invalid YAML: '],
    ['clusters: []\nclusters: []\n', 'cwii.yaml:2:1: invalid YAML: '],
    ['', 'cwii.yaml:1:1: clusters is missing'],
    ['- name: prod\n', 'cwii.yaml:1:1: the file is not a group of keys'],
    ['clusters:\n', 'cwii.yaml:1:10: clusters is empty; write a value, or remove it'],
    ['clusters: []\n', 'cwii.yaml:1:1: clusters is an empty list; add an entry. `cwii init --force` writes a new file'],
    ['cluster:\n  - name: prod\n', 'cwii.yaml:1:1: cluster is an unknown key; did you mean "clusters"?'],
    ['something: 1\n', 'cwii.yaml:1:12: something is an unknown key; known keys are clusters'],
  ] as const)('%j', ([text, beginning]) => {
    const problems = problemsInText(text);

    expect(
      problems.some((problem) => problem.startsWith(beginning)),
      problems.join('\n'),
    ).toBe(true);
  });
});

test('clusters can share parts through anchors and merge keys', () => {
  const first = stringify({ clusters: [minimal({ webhook: { namespaces: 'all' } })] });
  const text = `${first.replace('webhook:', 'webhook: &webhook')}
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

test.for([
  ['clusters: &all [*all]\n', 'cwii.yaml:1:17: invalid YAML: the alias *all is inside of its own anchor'],
  [
    'clusters:\n  - webhook: &w\n      failurePolicy: *w\n',
    'cwii.yaml:3:22: invalid YAML: the alias *w is inside of its own anchor',
  ],
] as const)('a value that contains itself is a problem: %j', ([text, problem]) => {
  expect(problemsInText(text)).toEqual([problem]);
});

test('aliases of aliases are a problem', () => {
  const doubled = Array.from({ length: 40 }, (_, index) => `a${index + 1}: &a${index + 1} [*a${index}, *a${index}]`);

  expect(problemsInText(`a0: &a0 [x, x]\n${doubled.join('\n')}\n`)).toEqual([
    expect.stringMatching(/^cwii\.yaml:1:1: invalid YAML: Excessive alias count/),
  ]);
});

test('an invalid digest is never shown, because it may be the secret itself', () => {
  const secret = 'the-token-itself';

  const problems = problemsOf(minimal({ callers: { tokenSha256: [secret], pathKeySha256: [`${DIGEST},${DIGEST}`] } }));

  expect(problems).toHaveLength(2);
  expect(problems.join()).not.toContain(secret);
});

test('the file of docs/services.md is accepted', async () => {
  const page = await readFile('docs/services.md', 'utf8');
  const [, indented = ''] = /^ {3}```yaml\n( {3}clusters:\n.*?) {3}```/ms.exec(page) ?? [];
  const [cluster] = parseClusterFile(indented.replaceAll(/^ {3}/gm, ''), 'cwii.yaml').clusters;

  expect(cluster?.services?.map(({ name }) => name)).toEqual(['acme']);
});
