#!/usr/bin/env node
// The executable `cwii`.

import { inspect } from 'node:util';
import { escapeControlsInLines } from '../lib/common/control-characters.ts';
import { endOnBrokenPipe } from './broken-pipe.ts';
import { run } from './program.ts';

process.stdout.on('error', endOnBrokenPipe);

try {
  await run(process.argv.slice(2));
} catch (error) {
  // A defect. Its message can have text from a manifest, which Node.js would print as it is.
  process.stderr.write(escapeControlsInLines(`${inspect(error)}\n`));
  process.exitCode = 1;
}
