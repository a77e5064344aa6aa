// The bill of materials of each function: what is in its bundle (CycloneDX 1.6), with versions, licences and
// their texts, and the digests of the archive and of every file that is deployed. The same build gives the
// same bytes.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { notDeployed } from '../infra/function-bundle.ts';
import { bundledFunctions, ROOT } from './shipped-packages.ts';

/** The document of CycloneDX 1.6, as far as it is touched here. */
interface BillOfMaterials {
  metadata: { component: { name: string; hashes?: object[]; components?: object[] } };
}

function writeBillOfMaterials(name: string): void {
  const file = join(ROOT, 'dist', `${name}.cdx.json`);
  const options = ['--spec-version', '1.6', '--output-reproducible', '--gather-license-texts', '--output-file', file];
  const tool = join(ROOT, 'node_modules', '.bin', 'cyclonedx-esbuild');
  execFileSync(tool, [...options, join('dist', name, 'metafile.json')], { cwd: ROOT, stdio: 'pipe' });
  const bill: BillOfMaterials = JSON.parse(readFileSync(file, 'utf8'));
  bill.metadata.component.hashes = [digestOf(join(ROOT, 'dist', `${name}.zip`))];
  bill.metadata.component.components = deployedFiles(name);
  writeFileSync(file, `${JSON.stringify(bill, null, 2)}\n`);
}

function deployedFiles(name: string): object[] {
  const directory = join(ROOT, 'dist', name);
  return readdirSync(directory)
    .filter((file) => !notDeployed.includes(file))
    .sort()
    .map((file) => ({
      type: 'file',
      'bom-ref': `file:${name}/${file}`,
      name: file,
      hashes: [digestOf(join(directory, file))],
    }));
}

function digestOf(path: string): { readonly alg: 'SHA-256'; readonly content: string } {
  return { alg: 'SHA-256', content: createHash('sha256').update(readFileSync(path)).digest('hex') };
}

for (const name of bundledFunctions()) writeBillOfMaterials(name);
