// Imported into the function's process (`--import`): its wall clock jumps by what a file says, at a signal.

import { readFileSync } from 'node:fs';

const now = Date.now.bind(Date);
let offset = 0;
Date.now = () => now() + offset;
process.on('SIGUSR2', () => {
  offset = Number(readFileSync(process.env['TEST_CLOCK_FILE'] ?? '', 'utf8'));
});
