// Runs many admissions and prints the resident memory in MB after a tenth, half and all of them.
//
// Arguments: number of admissions, module of the handler, file with the event.

import { readFileSync } from 'node:fs';

const [count = '0', module = '', eventFile = ''] = process.argv.slice(2);
const event = JSON.parse(readFileSync(eventFile, 'utf8'));
const { write } = process.stdout;
process.stdout.write = () => true;
const { handler } = await import(module);

const total = Number(count);
const marks = [total / 10, total / 2, total];
const rss: number[] = [];
for (let done = 1; done <= total; done++) {
  event.requestContext.timeEpoch = Date.now();
  await handler(event, {});
  // Lets timers and sockets run, as between requests.
  if (done % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
  if (marks.includes(done)) {
    globalThis.gc?.();
    rss.push(process.memoryUsage.rss() / 1e6);
  }
}
process.stdout.write = write;
process.stdout.write(JSON.stringify(rss));
process.exit(0);
