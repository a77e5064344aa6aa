// What `cwii manifests` says where something is missing: what it is, where, and the command that makes it.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  authenticationConfiguration,
  type WebIdentityTrust,
} from '../../cli/manifests/authentication-configuration.ts';
import { cwii, failure, folderOf } from './command.ts';

const clusterFile = await readFile(join(import.meta.dirname, 'manifests', 'web-identity', 'cwii.yaml'), 'utf8');
const outputs = await readFile(join(import.meta.dirname, 'manifests', 'web-identity', 'cdk-outputs.json'), 'utf8');
const another = clusterFile
  .slice(clusterFile.indexOf('  - name'))
  .replaceAll('prod', 'test')
  .replace(/ {4}settings:[\s\S]*/, '');

async function manifests(files: Readonly<Record<string, string>>, ...args: string[]) {
  await using folder = await folderOf(files);
  // The folder has to be there until the command has ended.
  return await cwii(['manifests', ...args], { cwd: folder.path });
}

describe.concurrent('cwii manifests', () => {
  test('without a cluster file names the command that writes one', async () => {
    expect(await manifests({})).toEqual(
      failure('cwii: cwii.yaml does not exist; `cwii init` writes it from your kubeconfig'),
    );
  });

  test('asks which of several clusters is meant', async () => {
    const two = { 'cwii.yaml': `${clusterFile}${another}` };
    expect(await manifests(two)).toEqual(failure('cwii: cwii.yaml has the clusters prod, test; name one by --cluster'));
    expect(await manifests(two, '--cluster', 'production')).toEqual(
      failure('cwii: cwii.yaml has no cluster production; it has prod, test'),
    );
  });

  test('without outputs names the command that makes them', async () => {
    expect(await manifests({ 'cwii.yaml': clusterFile })).toEqual(
      failure(
        'cwii: cdk-outputs.json does not exist; run `cdk deploy cwii-prod --outputs-file cdk-outputs.json`; without CDK write it yourself, as docs/deploying-otherwise.md shows',
      ),
    );
  });

  test('with the outputs of another stack says whose it lacks', async () => {
    expect(await manifests({ 'cwii.yaml': clusterFile, 'o.json': '{"cwii-dev":{}}' }, '--outputs', 'o.json')).toEqual(
      failure(
        'cwii: o.json has no stack cwii-prod; run `cdk deploy cwii-prod --outputs-file o.json`; without CDK write it yourself, as docs/deploying-otherwise.md shows',
      ),
    );
  });

  test('with an output missing says which', async () => {
    const without = (name: string) => outputs.replace(new RegExp(`.*"${name}".*\\n`), '').replace(/,(?=\s*\})/, '');
    expect(await manifests({ 'cwii.yaml': clusterFile, 'cdk-outputs.json': without('WebhookUrl') })).toEqual(
      failure(
        'cwii: cdk-outputs.json has no WebhookUrl for the stack cwii-prod; run `cdk deploy cwii-prod --outputs-file cdk-outputs.json`, or name it by --url',
      ),
    );
    expect(await manifests({ 'cwii.yaml': clusterFile, 'cdk-outputs.json': without('IssuerRoleArn') })).toEqual(
      failure(
        'cwii: cdk-outputs.json has no IssuerRoleArn for the stack cwii-prod; run `cdk deploy cwii-prod --outputs-file cdk-outputs.json`',
      ),
    );
  });

  test('with outputs that are no JSON says so', async () => {
    expect(await manifests({ 'cwii.yaml': clusterFile, 'cdk-outputs.json': 'outputs' })).toEqual(
      failure('cwii: cdk-outputs.json is no JSON; run `cdk deploy cwii-prod --outputs-file cdk-outputs.json`'),
    );
  });

  test.for(['http://cwii.example.com', 'cwii.example.com', 'https://cwii.example.com/mutate?key=1'])(
    'takes no webhook at %s, because the API server does not',
    async (url) => {
      expect(await manifests({ 'cwii.yaml': clusterFile }, '--url', url)).toEqual(
        failure(
          `cwii: the webhook's URL is "${url}"; an https URL without query is needed, because the API server takes no other`,
        ),
      );
    },
  );

  test('cannot know the key of a path', async () => {
    const keys = clusterFile.replace('tokenSha256', 'pathKeySha256');
    expect(await manifests({ 'cwii.yaml': keys, 'cdk-outputs.json': outputs })).toEqual(
      failure(
        'cwii: cluster prod has only path keys, which nobody but you knows; name the whole URL: --url https://abcdefghijklmnopqrstuvwxyz012345.lambda-url.eu-central-1.on.aws/k/<key>',
      ),
    );
  });

  test('does not write the stand-in of a first deployment into flags', async () => {
    const first = clusterFile
      .replace('https://oidc.example.com/prod', 'https://first-deployment.cloudfront.net/prod')
      .replace(/issuerHosting:[\s\S]*/, 'issuerHosting: {}\n');
    const { status, stderr } = await manifests({ 'cwii.yaml': first, 'cdk-outputs.json': outputs });
    expect(status).toBe(1);
    expect(stderr).toContain("write the name that the stack's output IssuerDistributionDomain tells into cwii.yaml");
  });

  test('knows no first round where there is no old issuer', async () => {
    const without = clusterFile.replace('issuerHosting:', 'issuerHosting:\n      oldIssuers: []');
    const files = { 'cwii.yaml': without, 'cdk-outputs.json': outputs };
    expect((await manifests(files, '--issuer-round', 'first')).stderr).toContain(
      'cluster prod has no old issuer beside https://oidc.example.com/prod',
    );
  });

  test('says which file of the webhook cannot be read', async () => {
    const files = { 'cwii.yaml': clusterFile, 'cdk-outputs.json': outputs, 'ca.crt': 'none' };
    expect((await manifests(files, '--webhook-ca', 'missing.crt')).stderr).toBe(
      'cwii: --webhook-ca missing.crt cannot be read (ENOENT)\n',
    );
    expect((await manifests(files, '--webhook-ca', 'ca.crt')).stderr).toMatch(/^cwii: --webhook-ca ca\.crt .*PEM/);
  });

  test('says that a folder cannot be written', async () => {
    const files = { 'cwii.yaml': clusterFile, 'cdk-outputs.json': outputs, taken: '' };
    expect((await manifests(files, '--out', 'taken')).stderr).toMatch(
      /^cwii: taken.* cannot be written \((EEXIST|ENOTDIR)\); choose another --out\n$/,
    );
  });

  test('tells of files of an earlier run, which kubectl would apply with the rest', async () => {
    await using folder = await folderOf({ 'cwii.yaml': clusterFile, 'cdk-outputs.json': outputs });
    const run = (...args: string[]) => cwii(['manifests', ...args], { cwd: folder.path });
    expect(await run('--require')).toMatchObject({ status: 0, stderr: '' });
    await writeFile(join(folder.path, 'manifests', 'prod', 'notes.yaml'), 'mine: true\n');
    expect(await run()).toMatchObject({
      status: 0,
      stderr:
        'cwii: manifests/prod/4-require/policies.yaml is not among the files of this run; remove it if it is of an earlier one\n',
    });
  });
});

describe('the AuthenticationConfiguration', () => {
  const roleArn = 'arn:aws:iam::123456789012:role/path/webhook';
  const functionArn = 'arn:aws:lambda:eu-central-1:123456789012:function:webhook';
  const trusting = (...functions: WebIdentityTrust['functions']) =>
    authenticationConfiguration({ issuer: 'https://id.tokens.sts.global.api.aws', audience: 'cwii:prod', functions });

  test.for([
    [{ roleArn: 'arn:aws:iam::123456789012:user/somebody', functionArn }, 'is not the ARN of an IAM role'],
    [{ roleArn, functionArn: 'webhook' }, 'is not the ARN of a Lambda function'],
    [{ roleArn, functionArn: functionArn.replace('123456789012', '210987654321') }, 'are of different accounts'],
  ] as const)('refuses %j', ([one, problem]) => {
    expect(() => trusting({ username: 'cwii:webhook', ...one })).toThrow(problem);
  });

  test('refuses functions of two accounts', () => {
    const other = { username: 'cwii:issuer', roleArn, functionArn };
    const moved = JSON.parse(JSON.stringify(other).replaceAll('123456789012', '210987654321')) as typeof other;
    expect(() => trusting({ username: 'cwii:webhook', roleArn, functionArn }, moved)).toThrow('different accounts');
  });

  test('takes the partitions of AWS, and a function with its version', () => {
    const [role, lambda] = [roleArn, `${functionArn}:12`].map((arn) => arn.replace('arn:aws:', 'arn:aws-us-gov:'));
    expect(
      JSON.stringify(trusting({ username: 'cwii:webhook', roleArn: role ?? '', functionArn: lambda ?? '' })),
    ).toContain("'arn:aws-us-gov:lambda:eu-central-1:123456789012:function:webhook:'");
  });
});
