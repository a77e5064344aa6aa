// Imported into the function's process (`--import`): records its memory, sockets and timers.

import { appendFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const file = process.env['TEST_PROBE_FILE'];
const everyMs = 3_000;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

if (file !== undefined) {
  setInterval(() => {
    collectGarbage();
    const { rss, heapUsed } = process.memoryUsage();
    const open = process.getActiveResourcesInfo();
    const count = (kind: RegExp) => open.filter((name) => kind.test(name)).length;
    const sample = { at: Date.now(), rss, heapUsed, sockets: count(/^(TCP|TLS)/), timers: count(/^Timeout/) };
    appendFileSync(file, `${JSON.stringify(sample)}\n`);
  }, everyMs).unref();
}
