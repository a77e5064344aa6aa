// Tests the log of the server while its reader is slow.

import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { ServerLog } from '../../../cli/serve/server-log.ts';

test('lines are dropped while the reader is slow, and their number is logged afterwards', async () => {
  const lines: string[] = [];
  let read: (() => void) | undefined;
  const stream = new Writable({
    write(line, _encoding, done) {
      lines.push(String(line));
      read = done;
    },
  });
  const log = new ServerLog('prod', stream as NodeJS.WriteStream);
  const line = `${'x'.repeat(1023)}\n`;

  for (let count = 0; count < 3000; count++) log.write(line);
  const pending = stream.writableLength;
  expect(pending).toBeLessThan(1.1 * 1024 * 1024);
  expect(log.dropped).toBe(3000 - pending / line.length);

  const drained = new Promise((resolve) => stream.once('drain', resolve));
  for (let left = pending; left > 0; left -= line.length) {
    read?.();
    await new Promise(setImmediate);
  }
  await drained;

  expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
    level: 'warn',
    cluster: 'prod',
    code: 'log-not-written',
    error: `${log.dropped} lines were dropped, because the reader was too slow`,
  });
});
