// All regular expressions of the functions take linear time for any text.
//
// recheck checks each literal in lib/ and functions/: it searches for an attack, or proves that there is
// none.

import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { checkSync } from 'recheck';
import { parseAst } from 'rolldown/parseAst';
import { describe, expect, it } from 'vitest';
import { catalogue } from '../../lib/settings/service-catalogue.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** The result must not depend on how busy the machine is. */
const WITHOUT_A_CLOCK = { randomSeed: 1, timeout: null, incubationTimeout: null, attackTimeout: null };

interface Found {
  readonly file: string;
  readonly pattern: string;
  readonly flags: string;
}

/** The literals of a syntax tree, and the calls that compile regular expressions from strings. */
function* regularExpressions(node: unknown): Generator<{ pattern: string; flags: string } | 'from a string'> {
  if (typeof node !== 'object' || node === null) return;
  const { type, regex, callee } = node as { type?: string; regex?: Omit<Found, 'file'>; callee?: { name?: string } };
  if (type === 'Literal' && regex) yield regex;
  if ((type === 'NewExpression' || type === 'CallExpression') && callee?.name === 'RegExp') yield 'from a string';
  for (const part of Object.values(node)) yield* regularExpressions(part);
}

async function findAll(): Promise<{ literals: Found[]; fromStrings: string[] }> {
  const literals: Found[] = [];
  const fromStrings: string[] = [];
  for (const folder of ['lib', 'functions']) {
    for (const entry of await readdir(join(ROOT, folder), { recursive: true, withFileTypes: true })) {
      if (!entry.name.endsWith('.ts') || entry.name.endsWith('.d.ts')) continue;
      const path = join(entry.parentPath, entry.name);
      const file = relative(ROOT, path);
      for (const found of regularExpressions(parseAst(await readFile(path, 'utf8'), { lang: 'ts' }))) {
        if (found === 'from a string') fromStrings.push(file);
        else literals.push({ file, pattern: found.pattern, flags: found.flags });
      }
    }
  }
  return { literals, fromStrings };
}

const { literals, fromStrings } = await findAll();

describe('a regular expression', () => {
  it('is always a literal, except the patterns of services, which the cluster owner or the catalogue writes', () => {
    expect(literals.length).toBeGreaterThan(20);
    expect(fromStrings.map((file) => file.split('/').at(-1)).sort()).toEqual([
      'prepared-service.ts',
      'service-definition.ts',
    ]);
  });

  it.each(catalogue.flatMap(({ name, keys }) => Object.values(keys).map(({ pattern }) => ({ name, pattern }))))(
    'of the service $name takes linear time: /$pattern/',
    ({ pattern }) => {
      expect(checkSync(`^(?:${pattern})$`, 'u', WITHOUT_A_CLOCK).status).toBe('safe');
    },
  );

  it.each(literals)('of $file takes linear time: /$pattern/$flags', ({ pattern, flags }) => {
    const result = checkSync(pattern, flags, WITHOUT_A_CLOCK);

    const attack = result.status === 'vulnerable' ? `${result.complexity.summary}: ${result.attack.pattern}` : '';
    expect(attack).toBe('');
    expect(result.status).toBe('safe');
  });

  it('that takes longer is found', () => {
    expect(checkSync('^(a+)+$', '')).toMatchObject({ status: 'vulnerable' });
    expect(checkSync('^a*a*$', '')).toMatchObject({ status: 'vulnerable' });
  });
});
