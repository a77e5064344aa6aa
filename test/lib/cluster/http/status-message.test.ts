// Knows what of an API server's answer is quoted.

import { expect, it } from 'vitest';
import { statusMessage } from '../../../../lib/cluster/http/status-message.ts';

const status = (message: unknown) => JSON.stringify({ kind: 'Status', apiVersion: 'v1', message });

it('the message of a Status is quoted on one line, and no longer than a line', () => {
  expect(statusMessage(status('secrets "a" is forbidden'))).toBe('secrets "a" is forbidden');
  expect(statusMessage(status(' a\n\t b\u2028c '))).toBe('a b c');
  expect(statusMessage(status('x'.repeat(10_000)))).toBe('x'.repeat(300));
});

it.each([
  ['a page of a proxy', '<html>503</html>'],
  ['another object', '{"kind":"Pod","message":"hello"}'],
  ['a Status without words', status(undefined)],
  ['a Status with empty words', status(' ')],
  ['a Status with something else for words', status({})],
  ['half of a Status', '{"kind":"Status"'],
  ['null', 'null'],
  ['nothing', ''],
])('nothing is quoted of %s', (_, body) => {
  expect(statusMessage(body)).toBeUndefined();
});
