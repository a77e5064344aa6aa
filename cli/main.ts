#!/usr/bin/env node
// The executable `cwii`.

import { inspect } from 'node:util';
import { escapeControlsInLines } from '../lib/common/control-characters.ts';
import { run } from './program.ts';

// A reader such as `head` closes the pipe when it has enough, which is not a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

try {
  await run(process.argv.slice(2));
} catch (error) {
  // A defect. Its message can have text from a manifest, which Node.js would print as it is.
  process.stderr.write(escapeControlsInLines(`${inspect(error)}\n`));
  process.exitCode = 1;
}
