// The cached programs of cluster tests: a program of another version is not used.

import { chmod, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkVersion, type GoProgram } from '../../testing/binary.ts';

describe('a cached program', () => {
  it.each([
    ['Kubernetes v1.36.3', undefined],
    ['Kubernetes v1.34.4', /reports the version "Kubernetes v1\.34\.4", but .*go\.mod requires v1\.36\.3; delete it/],
    ['', /reports the version ""/],
  ])('that prints "%s" where v1.36.3 is required', async (printed, message) => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'cwii-binary-'));
    const path = join(folder.path, 'program');
    await writeFile(path, `#!/bin/sh\n[ "$*" = "kube-apiserver --version" ] && echo '${printed}'\n`);
    await chmod(path, 0o700);

    const check = checkVersion(programOf(folder.path), path);

    if (message) await expect(check).rejects.toThrow(message);
    else await expect(check).resolves.toBeUndefined();
  });
});

function programOf(folder: string): GoProgram {
  return {
    name: 'control-plane',
    setup: 'control-plane',
    folder,
    package: '.',
    minutes: 4,
    version: { args: ['kube-apiserver', '--version'], expected: async () => 'v1.36.3' },
    ldflags: async () => '',
  };
}
