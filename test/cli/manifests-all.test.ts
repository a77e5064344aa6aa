// Tests for `cwii manifests` with several clusters in the file.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cwii, folderOf } from './command.ts';

const fixture = join(import.meta.dirname, 'manifests', 'web-identity');
const clusterFile = await readFile(join(fixture, 'cwii.yaml'), 'utf8');
const { 'cwii-prod': stack } = JSON.parse(await readFile(join(fixture, 'cdk-outputs.json'), 'utf8'));
const entryOf = (name: string) =>
  clusterFile
    .slice(clusterFile.indexOf('  - name'))
    .replaceAll('prod', name)
    .replace(/ {4}settings:[\s\S]*/, '');
const files = {
  'cwii.yaml': `${clusterFile}${entryOf('second')}${entryOf('not-deployed')}${entryOf('broken').replace('    issuer:', '    isuer:')}`,
  'cdk-outputs.json': JSON.stringify({ 'cwii-prod': stack, 'cwii-second': stack }),
};

test('--all writes a folder for each cluster, and names those that fail', async () => {
  await using folder = await folderOf(files);
  const { status, stdout, stderr } = await cwii(['manifests', '--all'], { cwd: folder.path });

  expect((await readdir(join(folder.path, 'manifests'))).sort()).toEqual(['prod', 'second']);
  expect(stdout).toMatch(/files are in manifests\/prod; .*\n\d+ files are in manifests\/second;/);
  expect(stderr).toMatch(/clusters\[3\]\.isuer is an unknown key/);
  expect(stderr).toMatch(
    /cluster not-deployed: cdk-outputs\.json has no stack cwii-not-deployed; .*\[output-missing\]/,
  );
  expect(status).toBe(1);
});

test('--cluster writes one, whatever is wrong with another', async () => {
  await using folder = await folderOf(files);
  const { status, stderr } = await cwii(['manifests', '--cluster', 'second'], { cwd: folder.path });

  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(await readdir(join(folder.path, 'manifests'))).toEqual(['second']);
});

test('--cluster with a cluster that fails says why', async () => {
  await using folder = await folderOf(files);
  const { status, stderr } = await cwii(['manifests', '--cluster', 'broken'], { cwd: folder.path });

  expect(stderr).toMatch(/^cwii\.yaml:\d+:\d+: clusters\[3\]\.isuer is an unknown key/m);
  expect(status).toBe(1);
});

test.each([
  ['--cluster', 'prod'],
  ['--url', 'https://cwii.example.com'],
])('--all cannot be combined with %s', async (option, value) => {
  await using folder = await folderOf(files);
  const { status, stderr } = await cwii(['manifests', '--all', option, value], { cwd: folder.path });

  expect(stderr).toContain("option '--all' cannot be used with option");
  expect(status).toBe(1);
});
