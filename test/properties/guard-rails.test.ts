// Patterns of guard rails match the same values as an equivalent regular expression, or fewer for images.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseImagePattern, parsePattern } from '../../lib/settings/guard-rails.ts';

const piece = fc.constantFrom('*', 'a', 'b', 'ab', '.', '${namespace}', '/', '$');
const patternTexts = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));
const shortValues = fc.array(fc.constantFrom('a', 'b', '.', '/', 'ns', '$'), { maxLength: 8 }).map((p) => p.join(''));

function asRegExp(text: string, namespace: string): RegExp {
  const source = text
    .replaceAll('${namespace}', namespace)
    .replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
    .replaceAll('\\*', '[^]*');
  return new RegExp(`^${source}$`);
}

test('a pattern matches the same values as the equivalent regular expression', () => {
  let matched = 0;
  fc.assert(
    fc.property(patternTexts, shortValues, (text, value) => {
      const expected = asRegExp(text, 'ns').test(value);
      if (expected) matched++;

      expect(parsePattern(text).matches(value, 'ns')).toBe(expected);
    }),
    { numRuns: 5000 },
  );
  expect(matched).toBeGreaterThan(50);
});

test('a pattern matches every value that replaces its stars', () => {
  fc.assert(
    fc.property(patternTexts, fc.array(shortValues, { minLength: 8, maxLength: 8 }), (text, fillings) => {
      const rest = [...fillings];
      const value = text.replaceAll('${namespace}', 'ns').replace(/\*/g, () => rest.pop() ?? '');

      expect(parsePattern(text).matches(value, 'ns')).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

const part = fc.constantFrom('cli', 'a', 'cli.io', 'x/cli');
const images = fc
  .record({
    host: fc.constantFrom('', 'cli/', 'cli:443/', 'registry.example.com/'),
    path: fc.constantFrom('cli', 'a', 'x/cli'),
    tag: fc.constantFrom('', ':1', ':443'),
    digest: fc.constantFrom('', `@sha256:${'0'.repeat(64)}`),
  })
  .map(({ host, path, tag, digest }) => `${host}${path}${tag}${digest}`);
const imagePatternTexts = fc
  .record({
    repository: fc.oneof(
      part,
      part.map((text) => `${text}*`),
      part.map((text) => `*${text}`),
      fc.constant('*'),
    ),
    tag: fc.constantFrom('', ':*', ':1', ':4*'),
    digest: fc.constantFrom('', '@*', '@sha256:*'),
  })
  .map(({ repository, tag, digest }) => `${repository}${tag}${digest}`);

test('a pattern for images allows nothing that the same pattern for text does not match', () => {
  let matched = 0;
  fc.assert(
    fc.property(imagePatternTexts, images, (text, image) => {
      const allowed = parseImagePattern(text).matches(image, 'ns');
      if (allowed) matched++;

      expect(allowed && !parsePattern(text).matches(image, 'ns')).toBe(false);
    }),
    { numRuns: 5000 },
  );
  expect(matched).toBeGreaterThan(50);
});
