// Imported into the function's process (`--import`): moves its wall clock on a signal.

import { readFileSync } from 'node:fs';

const now = Date.now.bind(Date);
let offset = 0;
Date.now = () => now() + offset;
process.on('SIGUSR2', () => {
  offset = Number(readFileSync(process.env['TEST_CLOCK_FILE'] ?? '', 'utf8'));
});
