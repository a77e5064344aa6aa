// Tests `npm run demo`, which runs the built function behind `cwii serve`.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');

test('the demo shows the identities of the pods of examples/, and ends', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'examples', 'demo', 'main.ts')], {
    cwd: ROOT,
    encoding: 'utf8',
  });

  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain('+    cwii.dev/injected: aws');
  expect(stdout).toMatch(/Once warm, 100 more answers took [\d.]+ ms each/);
});
