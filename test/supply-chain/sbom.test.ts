// Knows what a function's bill of materials lists: every package in the bundle, with version, licence and
// purl, and the digest of every file that is deployed; and nothing of the machine that built it.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { notDeployed } from '../../infra/function-bundle.ts';
import { bundledFunctions, packagesInBundle, ROOT } from '../../supply-chain/shipped-packages.ts';

interface Component {
  readonly group?: string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly licenses: readonly object[];
}

interface BillOfMaterials {
  readonly bomFormat: string;
  readonly specVersion: string;
  readonly components: readonly Component[];
  readonly metadata: {
    readonly timestamp?: string;
    readonly component: {
      readonly name: string;
      readonly hashes: readonly { content: string }[];
      readonly components: readonly { readonly name: string; readonly hashes: readonly { content: string }[] }[];
    };
  };
}

/** For a digest that differs because the bundle alone was built again. */
const AGAIN = 'run `npm run functions`';

/** Files that `npm run functions` writes together. */
const built = ['zip', 'cdx.json'].flatMap((kind) =>
  bundledFunctions().map((name) => join(ROOT, 'dist', `${name}.${kind}`)),
);
const missing = built.filter((file) => !existsSync(file));
if (missing.length > 0) throw new Error(`${missing.join(', ')} is not built; run \`npm run functions\``);

describe.each(bundledFunctions())('the bill of materials of %s', (name) => {
  const text = () => readFile(join(ROOT, 'dist', `${name}.cdx.json`), 'utf8');
  const bill = async (): Promise<BillOfMaterials> => JSON.parse(await text());

  it('lists the packages in the bundle, each version of them, and no others', async () => {
    const { bomFormat, specVersion, components } = await bill();

    expect({ bomFormat, specVersion }).toEqual({ bomFormat: 'CycloneDX', specVersion: '1.6' });
    const listed = components.map(
      (component) => `${[component.group, component.name].filter(Boolean).join('/')}@${component.version}`,
    );
    const bundled = packagesInBundle(name).map((path) => {
      const manifest = JSON.parse(readFileSync(join(ROOT, path, 'package.json'), 'utf8'));
      return `${manifest.name}@${manifest.version}`;
    });
    expect(bundled.length).toBeGreaterThan(5);
    expect([...new Set(listed)].sort()).toEqual([...new Set(bundled)].sort());
  });

  it('says of each its version, licence and purl', async () => {
    for (const { name: component, version, purl, licenses } of (await bill()).components) {
      expect({ component, version, purl, licences: licenses.length > 0 }).toEqual({
        component,
        version: expect.stringMatching(/^\d+\.\d+\.\d+/),
        purl: expect.stringMatching(/^pkg:npm\/.+@\d/),
        licences: true,
      });
    }
  });

  it('has the digest of the archive, whose bytes others deploy', async () => {
    const archive = await readFile(join(ROOT, 'dist', `${name}.zip`));

    const [hash] = (await bill()).metadata.component.hashes;
    expect(hash?.content, AGAIN).toBe(createHash('sha256').update(archive).digest('hex'));
  });

  it('has the digest of every file that is deployed', async () => {
    const { component } = (await bill()).metadata;
    const directory = join(ROOT, 'dist', name);
    const files = (await readdir(directory)).filter((file) => !notDeployed.includes(file)).sort();

    expect(component.components.map((file) => file.name)).toEqual(files);
    for (const { name: file, hashes } of component.components) {
      const content = createHash('sha256')
        .update(await readFile(join(directory, file)))
        .digest('hex');
      expect({ file, content: hashes[0]?.content }, AGAIN).toEqual({ file, content });
    }
  });

  it('tells neither the time nor the place of the build', async () => {
    expect((await bill()).metadata.timestamp).toBeUndefined();
    expect(await text()).not.toContain(ROOT);
  });
});
