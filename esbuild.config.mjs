// Bundles each folder of functions/ into dist/<folder>/index.mjs, the code that Lambda runs.
// `cwii serve` and the tests run the webhook's bundle too.

import { readdir, rm, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';

for (const entry of await readdir('functions', { withFileTypes: true })) {
  if (entry.isDirectory()) await bundle(entry.name);
}

async function bundle(name) {
  const outdir = `dist/${name}`;
  // Otherwise files of an earlier build would be deployed too.
  await rm(outdir, { recursive: true, force: true });
  const { metafile } = await build({
    entryPoints: { index: `functions/${name}/index.ts` },
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    // Modules that are imported dynamically stay in files of their own, so that a cold start does not load
    // them.
    splitting: true,
    chunkNames: '[name]-[hash]',
    platform: 'node',
    target: 'node22.12',
    // Prefer ES modules: esbuild removes their unused exports.
    mainFields: ['module', 'main'],
    minify: true,
    legalComments: 'linked',
    metafile: true,
    logLevel: 'warning',
  });
  await writeFile(`${outdir}/metafile.json`, JSON.stringify(metafile));
}
