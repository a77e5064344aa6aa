// Builds dist/webhook/index.mjs: the admission function as one file, which is what runs on Lambda, in `cwii serve` and in the tests.

import { rm, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';

// Files of an earlier build would be deployed along with this one's.
await rm('dist/webhook', { recursive: true, force: true });

const { metafile } = await build({
  entryPoints: { 'webhook/index': 'functions/webhook/index.ts' },
  outdir: 'dist',
  outExtension: { '.js': '.mjs' },
  bundle: true,
  format: 'esm',
  // What is loaded only when it is needed stays in files of its own, beside the eager part.
  splitting: true,
  chunkNames: 'webhook/[name]-[hash]',
  platform: 'node',
  target: 'node24',
  // ES modules where a package has both, so that what is not used stays out.
  mainFields: ['module', 'main'],
  minify: true,
  // Error names reach logs and answers.
  keepNames: true,
  legalComments: 'linked',
  metafile: true,
  logLevel: 'warning',
});
await writeFile('dist/webhook/metafile.json', JSON.stringify(metafile));
