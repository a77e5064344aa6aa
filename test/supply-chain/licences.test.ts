// Every package that reaches users has a licence that lets cwii be given away under its own, Apache-2.0. The
// text, where a package has one, goes along in the bill of materials. `npm run bundle` writes the metafiles
// that are read here.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  bundledFunctions,
  installedPackages,
  packagesInBundle,
  ROOT,
  shippedPackages,
} from '../../supply-chain/shipped-packages.ts';

/** SPDX identifiers of permissive licences. */
const ALLOWED = ['0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT', 'MIT-0'];

/** Whether one of the licences that an expression offers is allowed. */
function isAllowed(expression: string): boolean {
  const offers = expression.replace(/^\((.*)\)$/, '$1').split(' OR ');
  return offers.some((offer) => ALLOWED.includes(offer));
}

describe('the packages that reach users', () => {
  it('are those in bundles and those that are installed along', () => {
    expect(bundledFunctions()).toContain('webhook');
    expect(packagesInBundle('webhook')).toEqual(
      expect.arrayContaining(['node_modules/zod', 'node_modules/@middy/core']),
    );
    expect(installedPackages()).toEqual(expect.arrayContaining(['node_modules/commander', 'node_modules/yaml']));
    expect(shippedPackages()).not.toContain('node_modules/vitest');
  });

  it.each(shippedPackages())('have a licence that is allowed: %s', async (path) => {
    const manifest = JSON.parse(await readFile(join(ROOT, path, 'package.json'), 'utf8'));

    expect(manifest.license, `${manifest.name} ${manifest.version}`).toEqual(expect.any(String));
    expect(isAllowed(manifest.license), `${manifest.name} ${manifest.version} is under ${manifest.license}`).toBe(true);
  });
});

describe('a licence', () => {
  it.each(['MIT', 'Apache-2.0', '(MIT OR GPL-3.0-or-later)', 'MIT OR Apache-2.0'])('is allowed: %s', (expression) => {
    expect(isAllowed(expression)).toBe(true);
  });

  it.each(['GPL-3.0-only', 'AGPL-3.0-or-later', 'MIT AND GPL-2.0-only', 'UNLICENSED', 'SEE LICENSE IN LICENSE', ''])(
    'is not: %s',
    (expression) => {
      expect(isAllowed(expression)).toBe(false);
    },
  );
});
