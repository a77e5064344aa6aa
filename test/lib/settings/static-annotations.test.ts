// Tests the sources and formats of static annotations.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadStaticAnnotations } from '../../../lib/settings/static-annotations.ts';

const list = [{ namespace: 'shop', serviceAccount: '*', annotations: { a: '1' } }];
const json = JSON.stringify(list);
const yaml = '- namespace: shop\n  serviceAccount: "*"\n  annotations:\n    a: "1"\n';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cwii-static-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('loadStaticAnnotations', () => {
  it.each([
    ['JSON', json],
    ['JSON over several lines', JSON.stringify(list, null, 2)],
    ['YAML', yaml],
    ['YAML after a comment', `# of the shop\n${yaml}`],
    ['YAML after a document marker', `---\n${yaml}`],
    ['YAML on one line', '- {namespace: shop, serviceAccount: "*", annotations: {a: "1"}}'],
    ['YAML in brackets', '[{namespace: shop, serviceAccount: "*", annotations: {a: "1"}}]'],
  ])('accepts inline %s', async (_, text) => {
    expect(await loadStaticAnnotations(text)).toEqual(list);
  });

  it.each([
    { name: 'static.json', text: json },
    { name: 'static.json', text: `\n ${json}\n` },
    { name: 'static.yaml', text: yaml },
    { name: 'without-a-suffix', text: yaml },
  ])('reads the file $name', async ({ name, text }) => {
    const path = join(folder, name);
    await writeFile(path, text);

    expect(await loadStaticAnnotations(path)).toEqual(list);
    expect(await loadStaticAnnotations(`file:${path}`)).toEqual(list);
  });

  it('reports a missing file with its path and the cause', async () => {
    await expect(loadStaticAnnotations('/nowhere/static.yaml')).rejects.toMatchObject({
      code: 'config-invalid',
      problems: [
        'CWII_STATIC_ANNOTATIONS names the file /nowhere/static.yaml, which cannot be read (ENOENT); write a list, or the path of a file in the package of the function',
      ],
      cause: { code: 'ENOENT' },
    });
  });

  it.each([
    ['JSON', '[{"namespace": "shop"'],
    ['YAML', '- namespace: [shop\n'],
    ['YAML with a tab', '- namespace:\n\tshop\n'],
  ])('reports invalid %s on one line with the cause', async (_, text) => {
    await expect(loadStaticAnnotations(text)).rejects.toMatchObject({
      code: 'config-invalid',
      problems: [expect.stringMatching(/^CWII_STATIC_ANNOTATIONS is neither JSON nor YAML: .+$/)],
      cause: expect.any(Error),
    });
  });
});
