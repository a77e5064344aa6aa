// `cwii init`: what it asks for at a terminal, and what it says where nobody can be asked.

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readClusterFile } from '../../cluster-file/cluster-file.ts';
import { cwii, failure, folderOf, hasTerminal, startOnTerminal } from './command.ts';
import { fakeKubectl } from './fake-kubectl.ts';
import { init, needed, PUBLIC } from './init-in-folder.ts';

describe.concurrent('without a terminal', () => {
  test('all that is missing is named at once, and nothing is written', async () => {
    const { written, ...ended } = await init({ issuer: PUBLIC }, []);

    expect(ended).toMatchObject(
      failure(
        "cwii: there is no terminal to ask at; add these:\n  --region <code>   The AWS region\n  --sts-issuer <url>   The account's issuer (aws iam get-outbound-web-identity-federation-info --query IssuerIdentifier --output text)",
      ),
    );
    expect(written).toEqual([]);
  });

  test.for([
    [['--region', 'Frankfurt'], '--region is "Frankfurt"; write the code of an AWS region, such as eu-central-1'],
    [['--name', 'Prod'], '--name is "Prod"; write a DNS label: lower-case letters, digits and hyphens, at most 40'],
    [
      ['--sts-issuer', 'sts', '--region', 'eu-central-1'],
      '--sts-issuer is "sts"; write the issuer of the AWS account as aws iam get-outbound-web-identity-federation-info shows it, https://UUID.tokens.sts.global.api.aws',
    ],
  ] as const)('%j is refused as cwii.yaml would refuse it', async ([args, message]) => {
    expect(await init({ issuer: PUBLIC }, args)).toMatchObject(failure(`cwii: ${message}`));
  });

  test('a cluster that cannot be asked is told in the words of kubectl', async () => {
    expect(await init({}, needed)).toMatchObject(
      failure(
        'cwii: kubectl get --raw /.well-known/openid-configuration failed: Unable to connect to the server: dial tcp 10.0.0.1:6443: connect: connection refused; the issuer can be named by --issuer as well',
      ),
    );
  });

  test('a cluster that cannot be asked need not be, where the issuer is named', async () => {
    const { status, clusters } = await init({}, [...needed, '--issuer', PUBLIC]);

    expect(status).toBe(0);
    expect(clusters[0]?.issuer).toBe(PUBLIC);
  });

  test('a machine without kubectl is told so', async () => {
    expect(await cwii(['init', ...needed], { env: { PATH: '/nowhere' } })).toEqual(
      failure('cwii: kubectl is not on the path; cwii init reads your kubeconfig and cluster by it'),
    );
  });
});

describe.skipIf(!hasTerminal)('on a terminal', () => {
  test('asks for what cannot be known, offers what can, and asks again for what is not accepted', async () => {
    await using kubectl = await fakeKubectl({ issuer: PUBLIC });
    await using folder = await folderOf({});

    const shown = await startOnTerminal(['init'], kubectl.env, folder.path, [
      ['The API server, as the function reaches it [https://api.prod.example.com:6443]: ', ''],
      ["The cluster's name [prod-eu]: ", 'Prod'],
      ["The cluster's name [prod-eu]: ", 'prod'],
      ['The AWS region: ', 'eu-central-1'],
      ["The AWS account (empty: the AWS CLI's): ", ''],
      ['How the function authenticates to the cluster (web-identity, secret, eks, none) [web-identity]: ', 'secret'],
    ]);

    expect(shown).toContain('that is "Prod"; write a DNS label');
    expect(readClusterFile(join(folder.path, 'cwii.yaml')).clusters).toMatchObject([
      { name: 'prod', region: 'eu-central-1', issuer: PUBLIC, credential: { secret: {} } },
    ]);
  });

  test('writes nothing when the questions are broken off', async () => {
    await using kubectl = await fakeKubectl({ issuer: PUBLIC });
    await using folder = await folderOf({});

    const shown = await startOnTerminal(['init'], kubectl.env, folder.path, [
      ['The API server, as the function reaches it [https://api.prod.example.com:6443]: ', '\u0004'],
    ]);

    expect(shown).toContain('cwii: nothing was written');
    expect(await readdir(folder.path)).toEqual([]);
  });
});
