// Tests that the generated parts of the documents are what `npm run docs` would write.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CHECKS, checkPages } from '../docs/check-pages.ts';
import { generateDocuments } from '../docs/generate.ts';

describe('A document with generated parts', () => {
  it.each(generateDocuments())('agrees with the source: $path', ({ current, generated }) => {
    expect(current, 'run `npm run docs` and commit the result').toBe(generated);
  });
});

describe('docs/checks/', () => {
  it('has a page for each check, and no page of a former one', () => {
    const folder = join(import.meta.dirname, '..', 'docs', CHECKS);
    const names = readdirSync(folder).map((name) => `${CHECKS}/${name}`);

    expect(names.sort()).toEqual(
      checkPages()
        .map(({ name }) => name)
        .sort(),
    );
  });
});

describe('README.md', () => {
  it('names every page of the index, docs/README.md', () => {
    const root = join(import.meta.dirname, '..');
    const readme = readFileSync(join(root, 'README.md'), 'utf8');
    const index = readFileSync(join(root, 'docs', 'README.md'), 'utf8');
    const pages = [...index.matchAll(/\]\(([\w/-]+\.md)\)/g)].map(([, page]) => `docs/${page}`);

    expect(pages.length).toBeGreaterThan(20);
    expect(pages.filter((page) => !readme.includes(`](${page})`))).toEqual([]);
  });
});

describe('a page whose commands begin with cwii', () => {
  const folder = join(import.meta.dirname, '..', 'docs');
  const hasBareCommand = (text: string) =>
    [...text.matchAll(/^```sh\n(.*?)^```/gms)].some(([, block = '']) => /^cwii /m.test(block));
  const pages = readdirSync(folder)
    .filter((name) => name.endsWith('.md'))
    .map((name) => [name, readFileSync(join(folder, name), 'utf8')] as const)
    .filter(([, text]) => hasBareCommand(text));

  it('exists', () => {
    expect(pages.length).toBeGreaterThan(0);
  });

  it.each(pages)('says what it stands for in a checkout: %s', (_, text) => {
    expect(text).toContain('In a checkout, `cwii` stands for `npm run -s cwii --`.');
  });
});
