// Tests for the questions of `cwii init`, and for its messages without a terminal.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readClusterFile } from '../../cluster-file/cluster-file.ts';
import { answerOnTerminal, cwii, failure, folderOf, hasTerminal } from './command.ts';
import { fakeKubectl } from './fake-kubectl.ts';
import { init, PUBLIC, requiredOptions } from './init-in-folder.ts';

describe.concurrent('without a terminal', () => {
  test('lists all missing answers at once and writes nothing', async () => {
    const { written, found: _, ...ended } = await init({ issuer: PUBLIC }, []);

    expect(ended).toMatchObject(
      failure(
        "cwii init cannot ask questions here, and some answers have no default; add these options:\n  --region <code>   The AWS region\n  --sts-issuer <url>   The account's issuer (aws iam get-outbound-web-identity-federation-info --query IssuerIdentifier --output text)",
        'answers-missing',
      ),
    );
    expect(written).toEqual([]);
  });

  test.for([
    [
      ['--concurrency-limit', 'many', '--region', 'eu-central-1'],
      '--concurrency-limit is not a whole number; write the limit, such as 1000',
    ],
    [['--region', 'Frankfurt'], '--region is "Frankfurt"; write the code of an AWS region, such as eu-central-1'],
    [['--name', 'Prod'], '--name is "Prod"; write a DNS label of at most 40 lower-case letters, digits and hyphens'],
    [
      ['--sts-issuer', 'sts', '--region', 'eu-central-1'],
      '--sts-issuer is "sts"; write the AWS account\'s issuer, https://UUID.tokens.sts.global.api.aws, as shown by `aws iam get-outbound-web-identity-federation-info`',
    ],
  ] as const)('rejects %j with the message of cwii.yaml', async ([args, message]) => {
    expect(await init({ issuer: PUBLIC }, args)).toMatchObject(failure(message, 'answer-invalid'));
  });

  test('reports all invalid options at once', async () => {
    const args = ['--name', 'Prod', '--account', '12', '--region', 'Frankfurt'];
    const { stderr, status } = await init({ issuer: PUBLIC }, args);

    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^cwii: --name is "Prod"; /),
      expect.stringMatching(/^--region is "Frankfurt"; /),
      expect.stringMatching(/^--account is "12"; /),
    ]);
    expect(status).toBe(1);
  });

  test('reports an unreachable cluster with the message of kubectl', async () => {
    expect(await init({}, requiredOptions)).toMatchObject(
      failure(
        'kubectl get --raw /.well-known/openid-configuration failed: Unable to connect to the server: dial tcp 10.0.0.1:6443: connect: connection refused; correct this, or name the issuer with --issuer',
        'kubectl-failed',
      ),
    );
  });

  test.for([
    ['10', 'unreserved'],
    ['149', 'unreserved'],
    ['150', undefined],
    ['1000', undefined],
  ] as const)('reserves concurrency only if the limit of %s leaves enough unreserved', async ([limit, reserved]) => {
    const { clusters } = await init({ issuer: PUBLIC }, [...requiredOptions, '--concurrency-limit', limit]);

    expect(clusters[0]?.function.reservedConcurrency).toBe(reserved);
  });

  test('needs no reachable cluster with --issuer', async () => {
    const { status, clusters } = await init({}, [...requiredOptions, '--issuer', PUBLIC]);

    expect(status).toBe(0);
    expect(clusters[0]?.issuer).toBe(PUBLIC);
  });

  test('reports that kubectl is missing', async () => {
    expect(await cwii(['init', ...requiredOptions], { env: { PATH: '/nowhere' } })).toEqual(
      failure(
        'kubectl is not in the PATH; install it, because cwii reads your kubeconfig and cluster with it',
        'kubectl-missing',
      ),
    );
  });
});

describe.skipIf(!hasTerminal)('on a terminal', () => {
  test('asks with defaults, and repeats a question after an invalid answer', async () => {
    await using kubectl = await fakeKubectl({ issuer: PUBLIC });
    await using folder = await folderOf({});

    const shown = await answerOnTerminal(['init'], kubectl.env, folder.path, [
      ['The API server, as the function reaches it [https://api.prod.example.com:6443]: ', ''],
      ["The cluster's name [prod-eu]: ", 'Prod'],
      ["The cluster's name [prod-eu]: ", 'prod'],
      ['The AWS region: ', 'eu-central-1'],
      ['The AWS account (empty: that of your AWS credentials): ', ''],
      ['--query AccountLimit.ConcurrentExecutions) [1000]: ', '10'],
      ['How the function authenticates to the cluster (web-identity, secret, eks, none) [web-identity]: ', 'secret'],
    ]);

    expect(shown).toContain(
      'The answer is "Prod"; write a DNS label of at most 40 lower-case letters, digits and hyphens [answer-invalid]',
    );
    expect(readClusterFile(join(folder.path, 'cwii.yaml')).clusters).toMatchObject([
      {
        ...{ name: 'prod', region: 'eu-central-1', issuer: PUBLIC, credential: { secret: {} } },
        // A new account can have a limit of 10, of which Lambda lets nobody reserve any.
        function: { reservedConcurrency: 'unreserved' },
      },
    ]);
  });

  test('writes nothing when the questions are interrupted', async () => {
    await using kubectl = await fakeKubectl({ issuer: PUBLIC });
    await using folder = await folderOf({});

    const shown = await answerOnTerminal(['init'], kubectl.env, folder.path, [
      ['The API server, as the function reaches it [https://api.prod.example.com:6443]: ', '\u0004'],
    ]);

    expect(shown).toContain('cwii: the questions were interrupted, so nothing was written [answers-ended]');
    expect(await readdir(folder.path)).toEqual([]);
  });

  test('names the options that keep the answers when the command fails', async () => {
    await using kubectl = await fakeKubectl({
      issuer: PUBLIC,
      cluster: { server: 'https://127.0.0.1:6443' },
    });
    await using folder = await folderOf({});

    const shown = await answerOnTerminal(['init'], kubectl.env, folder.path, [
      [
        'The API server, as the function reaches it (not https://127.0.0.1:6443, which is this machine): ',
        'https://localhost:6443',
      ],
      [
        'The API server, as the function reaches it (not https://127.0.0.1:6443, which is this machine): ',
        'https://api.example.com:6443',
      ],
      ["The cluster's name [prod-eu]: ", 'prod'],
      ['The AWS region: ', '\u0004'],
    ]);

    expect(shown).toContain('The answer is https://localhost:6443, which is an address of the machine that uses it');
    expect(shown).toContain(
      'cwii: to keep your answers, add these options: --api-url https://api.example.com:6443 --name prod',
    );
    expect(await readdir(folder.path)).toEqual([]);
  });
});
