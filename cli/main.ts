#!/usr/bin/env node
// The executable `cwii`.

import { run } from './program.ts';

// A reader such as `head` closes the pipe when it has enough, which is not a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

await run(process.argv.slice(2));
