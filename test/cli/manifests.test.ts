// Golden tests for `cwii manifests`: each folder of manifests/ has a cluster file and the expected files.

import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { cwii, folderOf } from './command.ts';

const FOLDER = join(import.meta.dirname, 'manifests');
const folders = [
  'web-identity',
  'secret-for-all-namespaces',
  'eks',
  'path-key',
  'talos',
  'first-of-two-rounds',
  'service-account-caller',
  'static',
  'policies',
];

describe.for(folders)('%s', (name) => {
  const cwd = join(FOLDER, name);

  test('gives the expected files, and the same ones again', async () => {
    await using out = await folderOf({});
    const first = await run(cwd, '--out', out.path);
    const files = await filesOf(out.path);
    expect(first).toEqual({
      status: 0,
      stdout: `${files.length} files are in ${out.path}; begin with ${join(out.path, 'README.md')}\n`,
      stderr: '',
    });
    const texts = await textsOf(out.path, files);
    for (const [path, text] of Object.entries(texts)) {
      await expect(text).toMatchFileSnapshot(join(cwd, 'expected', path));
    }
    expect(files).toEqual(await filesOf(join(cwd, 'expected')));

    expect(await run(cwd, '--out', out.path)).toEqual(first);
    expect(await textsOf(out.path, files)).toEqual(texts);
  });

  test('prints only objects for kubectl with --out -', async () => {
    const { status, stdout, stderr } = await run(cwd, '--out', '-');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const objects = parseAllDocuments(stdout).map((document) => document.toJS());
    for (const object of objects)
      expect(object).toMatchObject({ apiVersion: expect.any(String), metadata: { name: expect.any(String) } });
    // With --static it is a file of the API servers, and not for kubectl.
    const registrations = objects.filter(({ kind }) => kind === 'MutatingWebhookConfiguration');
    expect(registrations).toHaveLength(name === 'static' ? 0 : 1);
  });

  test('has only files that are valid YAML', async () => {
    for (const path of await filesOf(join(cwd, 'expected'))) {
      if (!path.endsWith('.yaml')) continue;
      const documents = parseAllDocuments(await readFile(join(cwd, 'expected', path), 'utf8'));
      expect(documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([]);
    }
  });
});

test('policies without settings.markPods have a warning on the terminal and in their file', async () => {
  const marked = await readFile(join(FOLDER, 'web-identity', 'cwii.yaml'), 'utf8');
  const outputs = await readFile(join(FOLDER, 'web-identity', 'cdk-outputs.json'), 'utf8');
  await using folder = await folderOf({
    'cwii.yaml': marked.replace('markPods: true', 'markPods: false'),
    'cdk-outputs.json': outputs,
  });
  const warning = 'settings.markPods is not true, so these policies reject some pods that the webhook deliberately';

  const { status, stderr } = await cwii(['manifests', '--require'], { cwd: folder.path });

  expect(status).toBe(0);
  expect(stderr).toContain(`cwii: warning: ${warning}`);
  expect(stderr).toMatch(/ \[pods-not-marked\]\n$/);
  const policies = await readFile(join(folder.path, 'manifests', 'prod', '4-require', 'policies.yaml'), 'utf8');
  expect(policies.replaceAll('\n# ', ' ')).toContain(warning);
  expect(await cwii(['manifests', '--out', 'without'], { cwd: folder.path })).toMatchObject({ status: 0, stderr: '' });
});

test('--policies is refused if the API servers do not know the objects', async () => {
  await using folder = await folderOf({
    'cwii.yaml': (await readFile(join(FOLDER, 'policies', 'cwii.yaml'), 'utf8')).replace('"1.36"', '"1.35"'),
    'cdk-outputs.json': await readFile(join(FOLDER, 'policies', 'cdk-outputs.json'), 'utf8'),
  });

  const { status, stderr } = await cwii(['manifests', '--policies'], { cwd: folder.path });

  expect(status).toBe(1);
  expect(stderr).toContain('cwii: --policies needs Kubernetes 1.36, but kubernetesVersion of cluster prod is 1.35');
});

describe('--static', () => {
  test('is refused if the API servers would ignore the files, or not start', async () => {
    await using folder = await folderOf({
      'cwii.yaml': (await readFile(join(FOLDER, 'static', 'cwii.yaml'), 'utf8')).replace('"1.37"', '"1.36"'),
    });

    const { status, stderr } = await cwii(['manifests', '--static', '--url', 'https://cwii.example.com'], {
      cwd: folder.path,
    });

    expect(status).toBe(1);
    expect(stderr).toContain('cwii: --static needs Kubernetes 1.37, but kubernetesVersion of cluster prod is 1.36');
  });

  test('keeps a path key private, also in the configuration of Talos, which contains the file', async () => {
    const source = join(FOLDER, 'path-key');
    const names = ['cwii.yaml', 'path-key', 'ca.crt'];
    await using folder = await folderOf(
      Object.fromEntries(
        await Promise.all(names.map(async (name) => [name, await readFile(join(source, name), 'utf8')] as const)),
      ),
    );
    const options = ['--url', 'https://cwii.example.com:8443', '--path-key', 'path-key', '--webhook-ca', 'ca.crt'];

    expect(await cwii(['manifests', '--static', ...options], { cwd: folder.path })).toMatchObject({
      stderr: expect.stringMatching(
        /^cwii: warning: --static needs Kubernetes 1\.37, .* \[kubernetes-version-unknown\]\n$/,
      ),
    });

    const out = join(folder.path, 'manifests', 'rented', '2-control-plane');
    for (const path of ['static-webhooks/webhook.yaml', 'talos.yaml'])
      expect((await stat(join(out, path))).mode & 0o777, path).toBe(0o600);
    expect(await readFile(join(out, 'admission-configuration.yaml'), 'utf8')).not.toContain('kubeConfigFile');
    expect(await readFile(join(out, 'talos.yaml'), 'utf8')).not.toContain('caller-token');
  });
});

async function run(cwd: string, ...more: string[]) {
  const args = (await readFile(join(cwd, 'arguments'), 'utf8')).trim().split(' ');
  return cwii(['manifests', ...args, ...more], { cwd });
}

async function textsOf(folder: string, files: readonly string[]): Promise<Record<string, string>> {
  const texts = await Promise.all(files.map((path) => readFile(join(folder, path), 'utf8')));
  return Object.fromEntries(files.map((path, index) => [path, texts[index] ?? '']));
}

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

test('the policies of --require use only functions of CEL that Kubernetes 1.30 has', async () => {
  const folders = (await readdir(FOLDER, { recursive: true })).filter((path) =>
    /(4-require|static-policies)$/.test(path),
  );
  const texts = await Promise.all(folders.map((folder) => readFile(join(FOLDER, folder, 'policies.yaml'), 'utf8')));

  expect(texts.length).toBeGreaterThan(2);
  // Kubernetes 1.34 does not know the first ones, and older versions not the others.
  for (const text of texts)
    expect(text).not.toMatch(
      /\.(flatten|distinct|sort|sortBy|slice|reverse|first|last)\(|lists\.range|transform(List|Map)/,
    );
});
