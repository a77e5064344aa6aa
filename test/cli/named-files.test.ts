// A file that an option names must exist: a command never goes on without it.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cwii, folderOf } from './command.ts';

const commands: readonly (readonly [command: string, args: readonly string[], message: string])[] = [
  ['audit', ['audit', '-f', 'pods.yaml', '--file', 'nope'], 'nope does not exist; run `cwii init`'],
  ['trust', ['trust', 'shop/web', '--cloud', 'aws', '--file', 'nope'], 'nope does not exist; run `cwii init`'],
  ['check', ['check', '--file', 'nope'], 'nope does not exist; run `cwii init`'],
  ['preview', ['preview', '-f', 'pods.yaml', '--cluster-file', 'nope'], 'nope does not exist; run `cwii init`'],
  ['manifests', ['manifests', '--file', 'nope'], 'nope does not exist; run `cwii init`'],
  ['caller-token', ['caller-token', '--cluster', 'prod', '--file', 'nope'], 'nope does not exist; run `cwii init`'],
  ['audit', ['audit', '-f', 'nope'], 'nope'],
  ['preview', ['preview', '-f', 'nope'], 'nope'],
  ['audit', ['audit', '-f', 'pods.yaml', '--cluster', 'prod'], 'cwii.yaml does not exist; run `cwii init`'],
  ['trust', ['trust', 'shop/web', '--cloud', 'aws', '--cluster', 'prod'], 'cwii.yaml does not exist; run `cwii init`'],
  ['check', ['check', '--cluster', 'prod'], 'cwii.yaml does not exist; run `cwii init`'],
  ['check', ['check', '--caller-token', 'nope'], '--caller-token nope does not exist; name the file'],
  ['check', ['check', '--outputs', 'nope'], '--outputs nope does not exist; name the file'],
  ['check', ['check', '--webhook-ca', 'nope'], '--webhook-ca nope does not exist; name the PEM file'],
  ['check', ['check', '--cloud-ca', 'nope'], '--cloud-ca nope does not exist'],
  ['caller-token', ['caller-token', '--digest-of', 'nope'], '--digest-of nope does not exist; name another file'],
  [
    'manifests',
    ['manifests', '--file', 'valid.yaml', '--path-key', 'nope'],
    '--path-key nope does not exist; make it with `cwii caller-token --path-key --out nope --cluster prod`',
  ],
  [
    'manifests',
    ['manifests', '--file', 'valid.yaml', '--webhook-ca', 'nope'],
    '--webhook-ca nope does not exist; name the PEM file',
  ],
  ['manifests', ['manifests', '--file', 'valid.yaml', '--outputs', 'nope'], 'nope does not exist; run `cdk deploy'],
];

const example = (name: string) => readFile(join(import.meta.dirname, 'manifests', 'web-identity', name), 'utf8');
const files = { 'valid.yaml': await example('cwii.yaml'), 'cdk-outputs.json': await example('cdk-outputs.json') };

const pod = '{ apiVersion: v1, kind: Pod, metadata: { name: web }, spec: { containers: [{ name: a }] } }';

describe('a file that does not exist', () => {
  it.each(commands)('ends cwii %s: %j', async (_, args, message) => {
    await using folder = await folderOf({ ...files, 'pods.yaml': pod });
    const { status, stdout, stderr } = await cwii(args, { cwd: folder.path, env: { HOME: folder.path } });

    expect(stderr).toContain(`cwii: ${message}`);
    expect(stdout).toBe('');
    expect(status).toBeGreaterThan(0);
  });
});
