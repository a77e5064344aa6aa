// Tests for the sources of `cwii preview`: files, directories, lists, JSON and standard input.

import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { cwii, type Ended, folderOf, start } from './command.ts';

const ROLE = 'arn:aws:iam::123456789012:role/web';
const pod = (name: string, metadata = '') =>
  `apiVersion: v1\nkind: Pod\nmetadata: { name: ${name}${metadata} }\nspec: { serviceAccountName: my-app, containers: [{ name: app, image: app }] }\n`;
const serviceAccount = (namespace = '') =>
  `apiVersion: v1\nkind: ServiceAccount\nmetadata: { name: my-app${namespace}, annotations: { cwii.dev/aws-role-arn: "${ROLE}", cwii.dev/aws-region: us-east-1 } }\n`;

/** The names of the admitted pods, and whether each has the ServiceAccount's role. */
function identities({ stdout }: Ended): Record<string, boolean> {
  const pods: { metadata: { name: string; namespace: string } }[] = JSON.parse(stdout).items;
  return Object.fromEntries(
    pods.map((admitted) => [
      `${admitted.metadata.namespace}/${admitted.metadata.name}`,
      JSON.stringify(admitted).includes(ROLE),
    ]),
  );
}

describe.concurrent('manifests are read', () => {
  test('from standard input', async () => {
    const ended = await cwii(['preview', '-f', '-', '-o', 'json'], { stdin: `${serviceAccount()}---\n${pod('web')}` });

    expect(ended).toMatchObject({ status: 0, stderr: '' });
    expect(identities(ended)).toEqual({ 'default/web': true });
  });

  test('from several files, which together are the cluster', async () => {
    await using folder = await folderOf({ 'account.yaml': serviceAccount(), 'pod.yaml': pod('web') });
    const ended = await cwii(['preview', '-f', 'pod.yaml', '-f', 'account.yaml', '-o', 'json'], { cwd: folder.path });

    expect(ended).toMatchObject({ status: 0, stderr: '' });
    expect(identities(ended)).toEqual({ 'default/web': true });
  });

  test('from a directory, without other files and subdirectories', async () => {
    await using folder = await folderOf({
      'a.yml': serviceAccount(),
      'b.yaml': pod('one'),
      'c.json': JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'two' }, spec: { containers: [] } }),
      'README.md': 'not: [a manifest',
      'deeper/d.yaml': 'not: [a manifest',
    });
    const ended = await cwii(['preview', '-f', folder.path, '-o', 'json']);

    expect(ended).toMatchObject({ status: 0, stderr: '' });
    expect(identities(ended)).toEqual({ 'default/one': true, 'default/two': false });
  });

  test('from a JSON file with tabs', async () => {
    const manifest = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, spec: { containers: [] } };
    await using folder = await folderOf({ 'pod.json': JSON.stringify(manifest, null, '\t') });
    const ended = await cwii(['preview', '-f', join(folder.path, 'pod.json'), '-o', 'json']);

    expect(ended).toMatchObject({ status: 0, stderr: '' });
    expect(identities(ended)).toEqual({ 'default/web': false });
  });

  test('from a List as printed by kubectl', async () => {
    const stdin = `apiVersion: v1
kind: List
metadata: { resourceVersion: "" }
items:
  - { apiVersion: v1, kind: ServiceAccount, metadata: { name: my-app, annotations: { cwii.dev/aws-role-arn: "${ROLE}" } } }
  - { apiVersion: v1, kind: Pod, metadata: { name: web }, spec: { serviceAccountName: my-app, containers: [] } }
  - { apiVersion: v1, kind: Pod, metadata: { name: worker }, spec: { containers: [{ name: app }] } }`;
    const ended = await cwii(['preview', '-f', '-', '-o', 'json'], { stdin });

    expect(ended).toMatchObject({ status: 0, stderr: '' });
    expect(Object.keys(identities(ended))).toEqual(['default/web', 'default/worker']);
  });

  test('with the namespace of -n if they do not set one', async () => {
    const stdin = `${serviceAccount()}---\n${pod('web')}---\n${pod('other', ', namespace: bank')}---\n${pod('empty', ', namespace: ""')}`;
    const ended = await cwii(['preview', '-f', '-', '-n', 'shop', '-o', 'json'], { stdin });

    expect(identities(ended)).toEqual({ 'shop/web': true, 'bank/other': false, 'shop/empty': true });
  });

  test('with empty documents between them', async () => {
    const ended = await cwii(['preview', '-f', '-', '-o', 'json'], {
      stdin: `---\n---\n${pod('web')}---\n# the end\n`,
    });

    expect(ended).toMatchObject({ status: 0, stderr: '' });
    expect(identities(ended)).toEqual({ 'default/web': false });
  });

  test('as YAML 1.1 with timestamps as strings, and printed so that kubectl reads the same values', async () => {
    const annotations = ', annotations: { example.com/since: 2026-11-24, example.com/switch: "yes" }';
    const { status, stdout } = await cwii(['preview', '-f', '-'], { stdin: pod('web', annotations) });

    expect(status).toBe(0);
    expect(stdout).toContain('example.com/switch: "yes"');
    expect(stdout).toMatch(/example\.com\/since: "?2026-11-24"?\n/);
  });
});

test('ends without an error if the reader of its output closes the pipe early', async () => {
  // Prepare
  const large = pod('web', `, annotations: { example.com/large: "${'x'.repeat(4_000_000)}" }`);

  // Act
  const { child, status } = start(['preview', '-f', '-'], { stdin: large });
  child.stdout.once('data', () => child.stdout.destroy());
  const stderr = await text(child.stderr);
  await status;

  // Assess
  expect(stderr).toBe('');
});
