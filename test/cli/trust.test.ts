// `cwii trust` without a cluster: its outputs, their quoting, and invalid input.

import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../../supply-chain/shipped-packages.ts';
import { cwii, folderOf } from './command.ts';

const issuer = 'https://oidc.example.com/prod';
const role = 'arn:aws:iam::123456789012:role/team/shop-checkout';
const client = '11111111-2222-3333-4444-555555555555';
const provider =
  '//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/my-pool/providers/my-cluster';
const account = 'checkout@my-project.iam.gserviceaccount.com';

const aws = ['--cloud', 'aws', '--role', role];
const target = ['--target-role', 'arn:aws:iam::210987654321:role/shared-data', '--external-id', 'my-cluster'];
const azure = ['--cloud', 'azure', '--client-id', client];
const gcp = ['--cloud', 'gcp', '--provider', provider, '--service-account', account];

const trust = async (args: readonly string[]) => {
  await using folder = await folderOf({});
  return cwii(['trust', ...args, ...(args.includes('--issuer') ? [] : ['--issuer', issuer])], { cwd: folder.path });
};

const outputs: Readonly<Record<string, readonly string[]>> = {
  'aws.json.txt': ['shop/checkout', ...aws, '-o', 'json'],
  'aws-several.json.txt': ['shop/checkout', 'shop/worker', ...aws, '-o', 'json'],
  'aws.sh': ['shop/checkout', ...aws],
  'aws.tf': ['shop/checkout', ...aws, '-o', 'terraform'],
  'aws-several-create-provider.tf': [
    ...['shop/checkout', 'shop/worker', '-o', 'terraform', '--create-provider'],
    ...['--cloud', 'aws', '--role', 'arn:aws-cn:iam::123456789012:role/shop', '--audience', 'vault'],
  ],
  'aws.cdk.txt': ['shop/checkout', ...aws, '-o', 'cdk'],
  'aws-several-create-provider.cdk.txt': [
    ...['shop/checkout', 'shop/worker', ...aws, '-o', 'cdk', '--create-provider', '--audience', 'vault'],
  ],
  'aws-target.json.txt': ['shop/checkout', ...aws, ...target, '-o', 'json'],
  'aws-target.sh': ['shop/checkout', ...aws, ...target],
  'aws-target.tf': ['shop/checkout', ...aws, ...target, '-o', 'terraform'],
  'aws-target.cdk.txt': ['shop/checkout', ...aws, ...target, '-o', 'cdk'],
  'azure.json.txt': ['shop/checkout', ...azure, '-o', 'json'],
  'azure-several.json.txt': ['shop/checkout', 'shop/worker', ...azure, '-o', 'json'],
  'azure.sh': ['shop/checkout', ...azure],
  'azure.tf': ['shop/checkout', ...azure, '-o', 'terraform'],
  'azure-several-application.tf': ['shop/checkout', 'shop/a.b', ...azure, '-o', 'terraform', '--application'],
  'gcp.json.txt': ['shop/checkout', ...gcp, '-o', 'json'],
  'gcp-direct.json.txt': ['shop/checkout', ...gcp.slice(0, 4), '-o', 'json', '--audience', 'sts.googleapis.com'],
  'gcp.sh': ['shop/checkout', ...gcp],
  'gcp-direct-private.sh': [
    ...['shop/checkout', ...gcp.slice(0, 4), '--audience', 'sts.googleapis.com'],
    ...['--issuer', 'https://kubernetes.default.svc.cluster.local'],
  ],
  'gcp.tf': ['shop/checkout', ...gcp, '-o', 'terraform'],
  'gcp-several-create-provider-private.tf': [
    ...['shop/checkout', 'shop/worker', ...gcp, '-o', 'terraform', '--create-provider'],
    ...['--issuer', 'https://kubernetes.default.svc.cluster.local', '--audience', 'sts.googleapis.com'],
  ],
};

describe('cwii trust', () => {
  it.each(Object.entries(outputs))('writes %s', async (file, args) => {
    const { status, stdout, stderr } = await trust(args);

    expect(stderr).toBe('');
    await expect(stdout).toMatchFileSnapshot(`trust/${file}`);
    expect(status).toBe(0);
  });

  it('has a test for every file of the outputs', async () => {
    expect((await readdir(join(import.meta.dirname, 'trust'))).sort()).toEqual(Object.keys(outputs).sort());
  });
});

describe('the output cdk', () => {
  it.each([['shop/checkout'], ['shop/checkout', 'shop/worker'], ['shop/checkout', ...target]])(
    'makes the same trust policy as the output json for %s %s',
    async (...names) => {
      const app = (await trust([...names, ...aws, '-o', 'cdk'])).stdout;
      const policy = JSON.parse((await trust([...names, ...aws, '-o', 'json'])).stdout);
      // The folder is in the repository, so that the packages are found.
      const cache = join(ROOT, 'node_modules', '.cache');
      await mkdir(cache, { recursive: true });
      const folder = await mkdtemp(join(cache, 'cwii-trust-'));
      try {
        const constructs = pathToFileURL(join(ROOT, 'infra', 'index.ts')).href;
        await writeFile(join(folder, 'app.mjs'), app.replace("'cwii/infra'", `'${constructs}'`));
        const env = { PATH: process.env['PATH'], CDK_OUTDIR: folder, CDK_VALIDATION: 'false' };
        const { status, stderr } = spawnSync(process.execPath, [join(folder, 'app.mjs')], { encoding: 'utf8', env });
        expect({ status, stderr }).toMatchObject({ status: 0 });
        const template = JSON.parse(await readFile(join(folder, 'trust-shop-checkout.template.json'), 'utf8'));
        const [resource] = Object.values<{ Type: string; Properties: Record<string, unknown> }>(
          template.Resources,
        ).filter(({ Type }) => Type === 'AWS::IAM::Role');
        const arn = 'arn:aws:iam::123456789012:oidc-provider/oidc.example.com/prod';
        const resolved = JSON.parse(
          JSON.stringify(resource?.Properties).replace(/\{"Fn::Join":\["",\["arn:".*?\]\]\}/, JSON.stringify(arn)),
        );
        expect(resolved).toMatchObject({
          ...(names.includes('--target-role') && {
            Policies: [{ PolicyName: 'cwii-assume-target-role', PolicyDocument: policy.role.permissions }],
          }),
          AssumeRolePolicyDocument: policy.role?.trustPolicy ?? policy,
          RoleName: 'shop-checkout',
          Path: '/team/',
        });
      } finally {
        await rm(folder, { recursive: true });
      }
    },
  );
});

/** Runs a script with programs that write their arguments, one a line after `>`, and find nothing. */
async function argumentsOf(script: string): Promise<string[]> {
  await using folder = await folderOf({ 'script.sh': script });
  for (const program of ['aws', 'az', 'gcloud', 'kubectl']) {
    const answers = `case "$*" in *get-caller-identity*) echo 123456789012;; *get-role*|*get-open-id*|*describe*) exit 1;; esac`;
    const path = join(folder.path, program);
    await writeFile(
      path,
      `#!/bin/sh\nprintf '%s' ${program} >> "$LOG"\nprintf ' <%s>' "$@" >> "$LOG"\necho >> "$LOG"\n${answers}\n`,
    );
    await chmod(path, 0o700);
  }
  const LOG = join(folder.path, 'log');
  const PATH = [folder.path, process.env['PATH'], dirname(process.execPath)].join(delimiter);
  const { status, stderr } = spawnSync('sh', [join(folder.path, 'script.sh')], {
    cwd: folder.path,
    encoding: 'utf8',
    env: { PATH, LOG },
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect((await readdir(folder.path)).filter((name) => name === 'injected')).toEqual([]);
  return (await readFile(LOG, 'utf8')).trimEnd().split('\n');
}

describe('the output cli', () => {
  const hostile = `a'b"$(touch injected)\`touch injected\`;touch injected`;

  it('passes any path of a role and any audience to aws as one word', async () => {
    const path = `a'b"$(touch\${IFS}injected)`;
    const { stdout } = await trust([
      ...['shop/checkout', '--cloud', 'aws', '--audience', hostile],
      ...['--role', `arn:aws:iam::123456789012:role/${path}/shop`],
    ]);
    const calls = await argumentsOf(stdout);

    expect(calls).toContainEqual(expect.stringContaining(`<--client-id-list> <${hostile}>`));
    expect(calls.join('\n')).toContain(`<create-role> <--role-name> <shop> <--path> </${path}/>`);
    expect(calls.join('\n')).toContain(JSON.stringify(hostile));
  });

  it('passes any audience to az and gcloud as one word', async () => {
    const toAz = await argumentsOf((await trust(['shop/checkout', ...azure, '--audience', hostile])).stdout);
    const toGcloud = await argumentsOf((await trust(['shop/checkout', ...gcp, '--audience', hostile])).stdout);

    const parameters = toAz.find((call) => call.includes('--parameters')) ?? '';
    expect(JSON.parse(/<--parameters> <(.*)>$/.exec(parameters)?.[1] ?? '')).toMatchObject({ audiences: [hostile] });
    expect(toGcloud).toContainEqual(expect.stringContaining(`<--allowed-audiences=${hostile}>`));
  });
});

describe('the output terraform', () => {
  it('has no template sequence from an option', async () => {
    const { stdout } = await trust(['shop/checkout', ...aws, '-o', 'terraform', '--audience', '${file("/x")}%{if}"']);

    expect(stdout).toContain('values   = ["$${file(\\"/x\\")}%%{if}\\""]');
  });
});

describe('cwii trust without a usable input', () => {
  it.each([
    [['shop/checkout', '--cloud', 'aws', '--role', 'shop'], '--role "shop" is malformed; write the ARN'],
    [['shop/checkout', ...aws, '--client-id', client], '--client-id belongs to --cloud azure'],
    [['shop/checkout', '--cloud', 'gcp', '--service-account', account], '--service-account needs --provider'],
    [['shop/checkout', ...azure, '-o', 'cdk'], '--cloud azure has no output cdk; choose json, cli, terraform'],
    [['shop/checkout', ...aws, '-o', 'text'], '--cloud aws has no output text; choose json, cli, terraform, cdk'],
    [
      ['shop/checkout', ...aws, '--audience', 'https://kubernetes.default.svc'],
      '"https://kubernetes.default.svc" is an audience of the API server: who receives such a token could use',
    ],
    [['shop/checkout', ...aws, '--issuer', `${issuer}/`], 'ends with a slash'],
    [['shop/checkout', ...aws, '--issuer', 'https://kubernetes.default.svc'], 'its host is private'],
    [[`shop/${'x'.repeat(120)}`, ...gcp], 'google.subject has at most 127'],
  ])('%j says why', async (args, message) => {
    const { status, stdout, stderr } = await trust(args);

    expect(stdout).toBe('');
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^cwii: [^\n]*\[trust-input-invalid\]\n$/);
    expect(status).toBe(1);
  });

  it.each(['checkout', 'shop/Checkout', 'shop/a/b', "shop/a'b"])('rejects the name %s', async (name) => {
    const { status, stderr } = await trust([name, ...aws]);

    expect(stderr).toContain('Write NAMESPACE/NAME of a ServiceAccount');
    expect(status).toBe(1);
  });
});
