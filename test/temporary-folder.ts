// Gives the tests a temporary folder of their own, and removes it after the last test.
//
// CDK writes each synthesized app to the temporary folder of the system, and leaves it there.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export default function setup(): () => void {
  const before = process.env['TMPDIR'];
  const folder = mkdtempSync(join(tmpdir(), 'cwii-tests-'));
  // The processes of the tests, and those that they start, inherit it.
  process.env['TMPDIR'] = folder;
  return () => {
    rmSync(folder, { recursive: true, force: true });
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  };
}
