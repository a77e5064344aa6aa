// Properties of the YAML that `cwii preview` writes and reads.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseYaml } from '../../cli/preview/yaml.ts';
import { toYaml } from '../../cli/preview/yaml-text.ts';

const INTERPRETED = /[^\P{Cc}\n\t]|[\p{Cf}\p{Zl}\p{Zp}]/u;

/** Text with the characters that YAML and terminals treat specially. */
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc
    .array(
      fc.constantFrom(
        ...['\u001b', '\u202e', '\u2028', '\r', '\n', '\t', '\u007f', '\u0085', '\u009b', '\u{e0041}', '\ufeff'],
        ...[' ', ':', '#', '"', "'", '-', '|', '>', '\\', '{{', '<<', 'yes', '1:30', '2026-11-30', '0x1f', '~', 'a'],
      ),
      { maxLength: 12 },
    )
    .map((parts) => parts.join('')),
);
const manifest = fc.dictionary(
  text,
  fc.oneof(text, fc.integer(), fc.boolean(), fc.array(text), fc.dictionary(text, text)),
  {
    maxKeys: 6,
    noNullPrototype: true,
  },
);

describe('the YAML of any object', () => {
  test('has no character that a terminal interprets, and is read back unchanged', () => {
    fc.assert(
      fc.property(manifest, (value) => {
        const yaml = toYaml(value);

        expect(yaml).not.toMatch(INTERPRETED);
        expect(parseYaml(yaml)).toEqual([value]);
        expect(parse(yaml, { version: '1.1' })).toEqual(value);
      }),
    );
  });

  test('is read like its JSON', () => {
    fc.assert(
      fc.property(manifest, (value) => {
        expect(parseYaml(JSON.stringify(value))).toEqual([value]);
        // A space makes it YAML in flow style for the reader.
        expect(parseYaml(`--- ${JSON.stringify(value)}`)).toEqual([value]);
      }),
    );
  });
});
