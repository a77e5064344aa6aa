// docs/threat-model.md names tests: each of them is there, under that name.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const text = readFileSync(join(ROOT, 'docs', 'threat-model.md'), 'utf8');

/** Links such as [`name of the test`](../test/file.test.ts), which may be broken over lines. */
const named = [...text.matchAll(/\[`([^`]+)`\]\(\.\.\/(test\/[^)]+)\)/g)].map(([, name = '', file = '']) => ({
  name: name.replace(/\s+/g, ' '),
  file,
}));

describe('the threat model', () => {
  it('names tests for what stops each attacker', () => {
    expect(named.length).toBeGreaterThan(30);
  });

  it.each(named)('names a test that exists: $name', ({ name, file }) => {
    // As it stands in a string of the source, whichever quotes that has.
    const source = readFileSync(join(ROOT, file), 'utf8').replaceAll("\\'", "'");

    expect(source.includes(name), `${file} has no test "${name}"`).toBe(true);
  });

  it.each([
    'The internet',
    'Anyone who can create pods',
    'Another cluster',
    'A stolen caller token',
    'A stolen cluster token',
  ])('has a word on: %s', (actor) => {
    expect(text).toContain(`\n## ${actor}\n`);
  });
});
