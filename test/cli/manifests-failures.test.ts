// Tests for the errors and warnings of `cwii manifests`.

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
  // The folder must exist until the command has ended.
  return await cwii(['manifests', ...args], { cwd: folder.path });
}

describe.concurrent('cwii manifests', () => {
  test('names the command that writes a missing cluster file', async () => {
    expect(await manifests({})).toEqual(
      failure('cwii.yaml does not exist; run `cwii init` to write it from your kubeconfig', 'cluster-file-missing'),
    );
  });

  test('requires the name of the cluster if there are several', async () => {
    const two = { 'cwii.yaml': `${clusterFile}${another}` };
    expect(await manifests(two)).toEqual(
      failure('cwii.yaml has the clusters prod, test; choose one with --cluster', 'cluster-ambiguous'),
    );
    expect(await manifests(two, '--cluster', 'production')).toEqual(
      failure('cwii.yaml has no cluster production; its clusters are prod, test', 'cluster-unknown'),
    );
  });

  test('names the command that writes missing outputs', async () => {
    expect(await manifests({ 'cwii.yaml': clusterFile })).toEqual(
      failure(
        'cdk-outputs.json does not exist; run `cdk deploy cwii-prod --outputs-file cdk-outputs.json`, or without CDK write the file as docs/deploying-otherwise.md shows',
        'outputs-unreadable',
      ),
    );
  });

  test('names the stack that the outputs do not have', async () => {
    expect(await manifests({ 'cwii.yaml': clusterFile, 'o.json': '{"cwii-dev":{}}' }, '--outputs', 'o.json')).toEqual(
      failure(
        'o.json has no stack cwii-prod; run `cdk deploy cwii-prod --outputs-file o.json`, or without CDK write the file as docs/deploying-otherwise.md shows',
        'output-missing',
      ),
    );
  });

  test('names a missing output', async () => {
    const without = (name: string) => outputs.replace(new RegExp(`.*"${name}".*\\n`), '').replace(/,(?=\s*\})/, '');
    expect(await manifests({ 'cwii.yaml': clusterFile, 'cdk-outputs.json': without('WebhookUrl') })).toEqual(
      failure(
        'cdk-outputs.json has no WebhookUrl for the stack cwii-prod; run `cdk deploy cwii-prod --outputs-file cdk-outputs.json`, or pass --url',
        'output-missing',
      ),
    );
    expect(await manifests({ 'cwii.yaml': clusterFile, 'cdk-outputs.json': without('IssuerRoleArn') })).toEqual(
      failure(
        'cdk-outputs.json has no IssuerRoleArn for the stack cwii-prod; run `cdk deploy cwii-prod --outputs-file cdk-outputs.json`',
        'output-missing',
      ),
    );
  });

  test('rejects outputs that are not JSON', async () => {
    expect(await manifests({ 'cwii.yaml': clusterFile, 'cdk-outputs.json': 'outputs' })).toEqual(
      failure(
        'cdk-outputs.json is not valid JSON; run `cdk deploy cwii-prod --outputs-file cdk-outputs.json`',
        'outputs-unreadable',
      ),
    );
  });

  test.for(['http://cwii.example.com', 'cwii.example.com', 'https://cwii.example.com/mutate?key=1'])(
    'rejects the URL %s, which the API server would not accept',
    async (url) => {
      expect(await manifests({ 'cwii.yaml': clusterFile }, '--url', url)).toEqual(
        failure(
          `the webhook's URL is "${url}"; write https://HOST[:PORT][/PATH], without user, query and fragment`,
          'manifest-input-invalid',
        ),
      );
    },
  );

  test('requires the file of the key if only path keys are configured', async () => {
    const keys = clusterFile.replace('tokenSha256', 'pathKeySha256');
    expect(await manifests({ 'cwii.yaml': keys, 'cdk-outputs.json': outputs })).toEqual(
      failure(
        'cluster prod has only path keys, and cwii.yaml has only their digests; name the file with the key: --path-key FILE (from `cwii caller-token --path-key --out FILE`)',
        'manifest-input-invalid',
      ),
    );
  });

  test('rejects a path key that the function does not accept', async () => {
    const files = { 'cwii.yaml': clusterFile, 'cdk-outputs.json': outputs, key: 'another\n' };
    expect(await manifests(files, '--path-key', 'key')).toEqual(
      failure(
        '--path-key key does not have a path key of cluster prod: its digest is not in callers.pathKeySha256; add it with `cwii caller-token --path-key --digest-of key --cluster prod`',
        'manifest-input-invalid',
      ),
    );
  });

  test('warns about a path key on the command line', async () => {
    const files = { 'cwii.yaml': clusterFile, 'cdk-outputs.json': outputs };
    const { status, stderr } = await manifests(files, '--url', 'https://cwii.example.com/k/0123456789abcdef');

    expect(status).toBe(0);
    expect(stderr).toMatch(/^cwii: warning: the path key in --url is visible .* \[secret-in-arguments\]\n/);
    expect(stderr).not.toContain('0123456789abcdef');
  });

  test('rejects the placeholder of a first deployment as issuer', async () => {
    const first = clusterFile
      .replace('https://oidc.example.com/prod', 'https://first-deployment.cloudfront.net/prod')
      .replace(/issuerHosting:[\s\S]*/, 'issuerHosting: {}\n');
    const { status, stderr } = await manifests({ 'cwii.yaml': first, 'cdk-outputs.json': outputs });
    expect(status).toBe(1);
    expect(stderr).toContain('this was the first of two deployments');
    expect(stderr).toContain('stack output IssuerDistributionDomain as the host of issuer in cwii.yaml');
  });

  test("rejects the name of another distribution than the stack's as issuer", async () => {
    const stranger = clusterFile
      .replace('https://oidc.example.com/prod', 'https://d999999stranger.cloudfront.net/prod')
      .replace(/issuerHosting:[\s\S]*/, 'issuerHosting: {}\n');
    const stack = { ...JSON.parse(outputs)['cwii-prod'], IssuerDistributionDomain: 'd111111abcdef8.cloudfront.net' };
    const files = { 'cwii.yaml': stranger, 'cdk-outputs.json': JSON.stringify({ 'cwii-prod': stack }) };
    expect(await manifests(files)).toEqual(
      failure(
        'the issuer of cluster prod is on d999999stranger.cloudfront.net, but the distribution of its stack is d111111abcdef8.cloudfront.net; write d111111abcdef8.cloudfront.net as the host of issuer in cwii.yaml, and run `npx cdk deploy` again',
        'manifest-input-invalid',
      ),
    );
  });

  test.for([
    ['--issuer-round', 'first'],
    ['--old-issuer', 'https://kubernetes.default.svc'],
    ['--api-audience', 'https://kubernetes.default.svc'],
  ])('rejects %j if cwii does not host the issuer', async ([option = '', value = '']) => {
    const without = clusterFile.replace(/issuerHosting:[\s\S]*/, '');

    expect(await manifests({ 'cwii.yaml': without, 'cdk-outputs.json': outputs }, option, value)).toEqual(
      failure(
        `${option} is for a cluster whose issuer cwii hosts, but cluster prod has no issuerHosting; remove the option, or add issuerHosting to cwii.yaml (docs/issuer.md)`,
        'manifest-input-invalid',
      ),
    );
  });

  test.for([
    ['--static', '1.37'],
    ['--policies', '1.36'],
    ['--image-pulls=ecr', '1.34'],
  ])('warns that %s needs Kubernetes %s if the version is not known', async ([option = '', version]) => {
    const unknown = clusterFile.replace(/ +kubernetesVersion:.*\n/, '');

    const { stderr } = await manifests({ 'cwii.yaml': unknown, 'cdk-outputs.json': outputs }, option);

    expect(stderr).toContain(
      `cwii: warning: ${option.replace(/=.*/, '')} needs Kubernetes ${version}, and cwii.yaml does not say which version cluster prod has; set kubernetesVersion [kubernetes-version-unknown]\n`,
    );
  });

  test('fails at once where no folder can be created', async () => {
    // The kernel answers that it does not exist, although its parent exists.
    expect(
      await manifests({ 'cwii.yaml': clusterFile, 'cdk-outputs.json': outputs }, '--out', '/proc/cwii/deeper'),
    ).toEqual(failure('/proc/cwii/deeper cannot be written (ENOENT); choose another --out', 'file-unwritable'));
  });

  test('rejects a first round without an old issuer', async () => {
    const without = clusterFile.replace('issuerHosting:', 'issuerHosting:\n      oldIssuers: []');
    const files = { 'cwii.yaml': without, 'cdk-outputs.json': outputs };
    expect((await manifests(files, '--issuer-round', 'first')).stderr).toContain(
      'cluster prod has no other issuer than https://oidc.example.com/prod, so no first round is needed',
    );
  });

  test('reports a CA file that does not exist or has no certificate', async () => {
    const files = { 'cwii.yaml': clusterFile, 'cdk-outputs.json': outputs, 'ca.crt': 'none' };
    expect((await manifests(files, '--webhook-ca', 'missing.crt')).stderr).toBe(
      'cwii: --webhook-ca missing.crt does not exist; name the PEM file of the CA that signs the certificate of the webhook [file-unreadable]\n',
    );
    expect((await manifests(files, '--webhook-ca', 'ca.crt')).stderr).toMatch(
      /^cwii: --webhook-ca ca\.crt .*PEM.* \[file-unreadable\]\n$/,
    );
  });

  test('reports an output folder that cannot be written', async () => {
    const files = { 'cwii.yaml': clusterFile, 'cdk-outputs.json': outputs, taken: '' };
    expect((await manifests(files, '--out', 'taken')).stderr).toMatch(
      /^cwii: taken.* cannot be written \((EEXIST|ENOTDIR)\); choose another --out \[file-unwritable\]\n$/,
    );
  });

  test('warns about files of an earlier run, which kubectl would apply too', async () => {
    await using folder = await folderOf({ 'cwii.yaml': clusterFile, 'cdk-outputs.json': outputs });
    const run = (...args: string[]) => cwii(['manifests', ...args], { cwd: folder.path });
    expect(await run('--require')).toMatchObject({ status: 0, stderr: '' });
    await writeFile(join(folder.path, 'manifests', 'prod', 'notes.yaml'), 'mine: true\n');
    expect(await run()).toMatchObject({
      status: 0,
      stderr:
        'cwii: warning: manifests/prod/4-require/policies.yaml was not written in this run; remove it if an earlier run wrote it [file-stale]\n',
    });
  });
});

describe('the AuthenticationConfiguration', () => {
  const roleArn = 'arn:aws:iam::123456789012:role/path/webhook';
  const functionArn = 'arn:aws:lambda:eu-central-1:123456789012:function:webhook';
  const trusting = (...functions: WebIdentityTrust['functions']) =>
    authenticationConfiguration({
      issuer: 'https://id.tokens.sts.global.api.aws',
      audience: 'cwii:prod',
      apiVersion: 'v1',
      functions,
    });

  test.for([
    [{ roleArn: 'arn:aws:iam::123456789012:user/somebody', functionArn }, 'is not the ARN of an IAM role'],
    [{ roleArn, functionArn: 'webhook' }, 'is not the ARN of a Lambda function'],
    [{ roleArn, functionArn: functionArn.replace('123456789012', '210987654321') }, 'are in different accounts'],
  ] as const)('rejects %j', ([one, problem]) => {
    expect(() => trusting({ username: 'cwii:webhook', ...one })).toThrow(problem);
  });

  test('rejects functions in two accounts', () => {
    const other = { username: 'cwii:issuer', roleArn, functionArn };
    const moved = JSON.parse(JSON.stringify(other).replaceAll('123456789012', '210987654321')) as typeof other;
    expect(() => trusting({ username: 'cwii:webhook', roleArn, functionArn }, moved)).toThrow('different accounts');
  });

  test('accepts other partitions of AWS, and a function with a version', () => {
    const [role, lambda] = [roleArn, `${functionArn}:12`].map((arn) => arn.replace('arn:aws:', 'arn:aws-us-gov:'));
    expect(
      JSON.stringify(trusting({ username: 'cwii:webhook', roleArn: role ?? '', functionArn: lambda ?? '' })),
    ).toContain("'arn:aws-us-gov:lambda:eu-central-1:123456789012:function:webhook:'");
  });
});
