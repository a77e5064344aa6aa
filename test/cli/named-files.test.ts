// A file that an option names must exist: a command never goes on without it.

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
];

const pod = '{ apiVersion: v1, kind: Pod, metadata: { name: web }, spec: { containers: [{ name: a }] } }';

describe('a file that does not exist', () => {
  it.each(commands)('ends cwii %s: %j', async (_, args, message) => {
    await using folder = await folderOf({ 'pods.yaml': pod });
    const { status, stdout, stderr } = await cwii(args, { cwd: folder.path, env: { HOME: folder.path } });

    expect(stderr).toContain(`cwii: ${message}`);
    expect(stdout).toBe('');
    expect(status).toBeGreaterThan(0);
  });
});
