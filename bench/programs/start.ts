// Runs one cold start and prints the milliseconds of the import and of the time to the first answer.
//
// Arguments: module of the handler, file with the event.

import { readFileSync } from 'node:fs';

const [module = '', eventFile = ''] = process.argv.slice(2);
const event = JSON.parse(readFileSync(eventFile, 'utf8'));
event.requestContext.timeEpoch = Date.now();
const { write } = process.stdout;
process.stdout.write = () => true;

const before = performance.now();
const { handler } = await import(module);
const imported = performance.now();
const { statusCode, body } = await handler(event, {});
const answered = performance.now();

process.stdout.write = write;
if (statusCode !== 200) throw new Error(`the handler answered ${statusCode}: ${body}`);
process.stdout.write(JSON.stringify({ importMs: imported - before, answerMs: answered }));
process.exit(0);
