// The YAML reader of `cwii preview`: what kubectl reads, and texts that are made to take all memory or time.

import { describe, expect, test } from 'vitest';
import { parseYaml, YamlError } from '../../cli/preview/yaml.ts';
import { cwii, folderOf } from './command.ts';

describe('YAML is read as by kubectl:', () => {
  test.for([
    ['a binary value is text', 'a: !!binary aGVsbG8=', { a: 'hello' }],
    ['a timestamp is text', 'a: 2026-11-30\nb: !!timestamp 2026-11-30', { a: '2026-11-30', b: '2026-11-30' }],
    ['a pair of ports is text', 'a: 22:22\nb: 1:30.5', { a: '22:22', b: '1:30.5' }],
    ['yes is a boolean', 'a: yes', { a: true }],
    ['a set is a map', 'a: !!set { p, q }', { a: { p: null, q: null } }],
    [
      'maps are merged, and own keys win',
      'a: &a { p: 1, q: 1 }\nb: { q: 2, <<: *a }',
      { a: { p: 1, q: 1 }, b: { q: 2, p: 1 } },
    ],
    ['the first of several merged maps wins', 'b: { <<: [{ p: 1 }, { p: 2, q: 2 }] }', { b: { p: 1, q: 2 } }],
    ['a quoted << is a key', 'a: { "<<": 1 }', { a: { '<<': 1 } }],
    ['an anchor can be defined again', '[&a 1, *a, &a 2, *a]', [1, 1, 2, 2]],
    ['a key is a string', '{ 1: a, true: b, ~: c }', { 1: 'a', true: 'b', '': 'c' }],
    ['JSON is YAML', '{ "a": [1, "\\u001b"] }', { a: [1, '\u001b'] }],
    ['a text in flow style is not JSON', '{ a: 1 }', { a: 1 }],
  ] as const)('%s', ([, text, value]) => {
    expect(parseYaml(text)).toEqual([value]);
  });

  test('documents are separate, and an empty one is null', () => {
    expect(parseYaml('a: 1\n---\n---\nb: 2\n')).toEqual([{ a: 1 }, null, { b: 2 }]);
    expect(parseYaml('')).toEqual([]);
  });

  test('a key __proto__ is a key', () => {
    const [value] = parseYaml('__proto__: { x: 1 }') as [object];

    expect(Object.keys(value)).toEqual(['__proto__']);
    expect((value as { x?: number }).x).toBeUndefined();
  });

  test('two aliases of one value give two objects, so that a patch changes only one', () => {
    const [{ a, b }] = parseYaml('a: &a [1]\nb: *a') as [{ a: number[]; b: number[] }];

    expect(a).toEqual(b);
    expect(a).not.toBe(b);
  });
});

const lines = (count: number, line: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => line(i)).join('\n');

describe('a text of 380 KB ends with one line:', () => {
  const bytes = 380_000;
  test.for([
    ['nested lists', '['.repeat(bytes), 'values are nested more than 500 levels deep'],
    ['nested maps', '{a: '.repeat(bytes / 4), 'values are nested more than 500 levels deep'],
    ['nested block lists', '- '.repeat(bytes / 2), 'values are nested more than 500 levels deep'],
    ['nested keys', '? '.repeat(bytes / 2), 'values are nested more than 500 levels deep'],
    [
      'nested JSON',
      `${'{"a":'.repeat(bytes / 6)}1${'}'.repeat(bytes / 6)}`,
      'values are nested more than 500 levels deep',
    ],
    [
      'doubled aliases',
      `a0: &a0 [x, x]\n${lines(7000, (i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}]`)}`,
      'aliases add more than 100000 values; write the values without aliases',
    ],
    [
      'a chain of aliases',
      `a0: &a0 [x]\n${lines(8000, (i) => `a${i + 1}: &a${i + 1} [*a${i}]`)}`,
      'aliases add more than 100000 values; write the values without aliases',
    ],
    [
      'merged maps',
      `a0: &a0 { k: 1 }\n${lines(7000, (i) => `a${i + 1}: &a${i + 1} { <<: *a${i}, k${i}: 1 }`)}`,
      'aliases add more than 100000 values; write the values without aliases',
    ],
    ['a list of aliases of itself', `&a [${'*a,'.repeat(bytes / 3)}]`, 'the alias *a is inside of its own anchor'],
    ['an alias of its ancestor', 'a: &a { b: { c: *a } }', 'the alias *a is inside of its own anchor'],
    ['an alias without anchor', 'a: *nothing', 'the alias *nothing has no anchor'],
    ['a binary value that is not base64', 'a: !!binary "%%"', '!!binary has characters that are not base64'],
    ['one key twice', 'a: 1\na: 2', 'Map keys must be unique'],
    ['a map as a key', '? { a: 1 }\n: b', 'the key of a map is a map or a list; write a string'],
    ['a merge of text', 'a: { <<: text }', '<< merges only maps and lists of maps'],
  ] as const)('%s', ([, text, message]) => {
    expect(() => parseYaml(text)).toThrow(expect.objectContaining({ name: 'YamlError', message }));
  });

  test('the error has the line and the column', () => {
    expect(() => parseYaml('a: 1\nb: [*x]\n')).toThrow(expect.objectContaining({ line: 2, column: 5 }));
    expect(new YamlError('x', { line: 1, col: 2 })).toMatchObject({ line: 1, column: 2 });
  });

  test('many different keys are read', () => {
    expect(Object.keys(parseYaml(lines(38_000, (i) => `k${i}: 1`))[0] as object)).toHaveLength(38_000);
  });

  test('many anchors and aliases are read', () => {
    expect(parseYaml(lines(14_000, (i) => `- &a${i} x\n- *a${i}`))[0]).toHaveLength(28_000);
  });
});

describe('a file that is too large ends with one line:', () => {
  test.for([
    [
      'YAML',
      'a: 1\n',
      17,
      ', line 1, column 1: YAML of more than 16 MiB; pass fewer objects, or JSON (kubectl get -o json)',
    ],
    ['a file of zeros', '\0', 65, ': larger than 64 MiB; pass fewer objects at a time'],
  ] as const)('%s', async ([, text, mebibytes, message]) => {
    await using folder = await folderOf({ 'big.yaml': text.repeat((mebibytes * 1024 * 1024) / text.length) });

    expect(await cwii(['preview', '-f', 'big.yaml'], { cwd: folder.path })).toEqual({
      status: 1,
      stdout: '',
      stderr: `cwii: big.yaml${message} [manifest-invalid]\n`,
    });
  });
});
