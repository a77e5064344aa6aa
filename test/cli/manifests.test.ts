// The files that `cwii manifests` writes: each folder of manifests/ is a cluster file, what was asked for, and what came of it.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { cwii, folderOf } from './command.ts';

const FOLDER = join(import.meta.dirname, 'manifests');
const folders = ['web-identity', 'secret-for-all-namespaces', 'eks', 'path-key', 'talos', 'first-of-two-rounds'];

describe.for(folders)('%s', (name) => {
  const cwd = join(FOLDER, name);

  test('gives the expected files, and the same again', async () => {
    await using out = await folderOf({});
    const first = await run(cwd, '--out', out.path);
    const files = await filesOf(out.path);
    expect(first).toEqual({
      status: 0,
      stdout: `${files.length} files are in ${out.path}; ${join(out.path, 'README.md')} says in which order to use them\n`,
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

  test('prints what kubectl takes, and nothing else', async () => {
    const { status, stdout, stderr } = await run(cwd, '--out', '-');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const objects = parseAllDocuments(stdout).map((document) => document.toJS());
    for (const object of objects)
      expect(object).toMatchObject({ apiVersion: expect.any(String), metadata: { name: expect.any(String) } });
    expect(objects.filter(({ kind }) => kind === 'MutatingWebhookConfiguration')).toHaveLength(1);
  });

  test('has no file that YAML reads otherwise than it is written', async () => {
    for (const path of await filesOf(join(cwd, 'expected'))) {
      if (!path.endsWith('.yaml')) continue;
      const documents = parseAllDocuments(await readFile(join(cwd, 'expected', path), 'utf8'));
      expect(documents.flatMap(({ errors, warnings }) => [...errors, ...warnings])).toEqual([]);
    }
  });
});

test('policies without the mark of settings.markPods say what they refuse wrongly, aloud and in their file', async () => {
  const marked = await readFile(join(FOLDER, 'web-identity', 'cwii.yaml'), 'utf8');
  const outputs = await readFile(join(FOLDER, 'web-identity', 'cdk-outputs.json'), 'utf8');
  await using folder = await folderOf({
    'cwii.yaml': marked.replace('markPods: true', 'markPods: false'),
    'cdk-outputs.json': outputs,
  });
  const warning = 'settings.markPods is not true: these policies go by their own sight, and refuse some pods';

  const { status, stderr } = await cwii(['manifests', '--require'], { cwd: folder.path });

  expect(status).toBe(0);
  expect(stderr).toContain(`cwii: ${warning}`);
  const policies = await readFile(join(folder.path, 'manifests', 'prod', '4-require', 'policies.yaml'), 'utf8');
  expect(policies.replaceAll('\n# ', ' ')).toContain(warning);
  expect(await cwii(['manifests', '--out', 'without'], { cwd: folder.path })).toMatchObject({ status: 0, stderr: '' });
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
