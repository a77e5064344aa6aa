// Imports a module, waits until its background work is done, and prints the milliseconds of CPU for both.
//
// Argument: module of the handler.

import { setTimeout as sleep } from 'node:timers/promises';

/** Longer than the function takes to connect and to get its first token. */
const SETTLED_MS = 500;

const [module = ''] = process.argv.slice(2);
await import(module);
await sleep(SETTLED_MS);
const { user, system } = process.cpuUsage();
process.stdout.write(JSON.stringify({ cpuMs: (user + system) / 1000 }));
process.exit(0);
