// Tests for the zip files for deployments without CDK: their content, and that builds are reproducible.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { afterAll, describe, expect, it } from 'vitest';
import { bundledFunctions } from '../../supply-chain/shipped-packages.ts';

const folders = ['Asia/Tokyo', 'America/New_York'].map((TZ) => {
  const folder = mkdtempSync(join(tmpdir(), 'cwii-zip-'));
  execFileSync(process.execPath, ['zip-functions.ts', folder], { env: { ...process.env, TZ } });
  return folder;
});
afterAll(() => folders.forEach((folder) => void rmSync(folder, { recursive: true })));

const [here = '', elsewhere = ''] = folders;
describe.each(bundledFunctions())('the zip of %s', (name) => {
  const zip = readFileSync(join(here, `${name}.zip`));

  it('has the files of the bundle, without those that are not deployed', () => {
    const files = Object.entries(unzipSync(zip));
    const bundle = readdirSync(`dist/${name}`).filter((file) => file !== 'metafile.json');
    expect(files.map(([file]) => file)).toEqual(bundle.sort());
    for (const [file, bytes] of files) expect(digest(bytes)).toBe(digest(readFileSync(`dist/${name}/${file}`)));
  });

  it('is byte for byte the same in another time zone', () => {
    expect(digest(zip)).toBe(digest(readFileSync(join(elsewhere, `${name}.zip`))));
  });
});

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
