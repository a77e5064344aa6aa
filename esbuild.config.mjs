// Builds each folder of functions/ into dist/<folder>/index.mjs: what runs on Lambda and, of the webhook, in `cwii serve` and in the tests.

import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';

for (const entry of await readdir('functions', { withFileTypes: true })) {
  if (entry.isDirectory()) await bundle(entry.name);
}

async function bundle(name) {
  const outdir = `dist/${name}`;
  // Files of an earlier build would be deployed along with this one's.
  await rm(outdir, { recursive: true, force: true });
  const { metafile } = await build({
    entryPoints: { index: `functions/${name}/index.ts` },
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    // What is loaded only when it is needed stays in files of its own, beside the eager part.
    splitting: true,
    chunkNames: '[name]-[hash]',
    platform: 'node',
    target: 'node24',
    // Node.js 24 has explicit resource management; esbuild's table of it does not say so yet.
    supported: { using: true },
    // ES modules where a package has both, so that what is not used stays out.
    mainFields: ['module', 'main'],
    minify: true,
    legalComments: 'linked',
    metafile: true,
    logLevel: 'warning',
  });
  await dropRuntime(metafile, `${outdir}/index.mjs`);
  await writeFile(`${outdir}/metafile.json`, JSON.stringify(metafile));
}

/**
 * esbuild has an entry import the file with its own runtime for the sake of the other files, and take nothing from it. A file
 * costs a start half a millisecond.
 */
async function dropRuntime({ outputs }, entry) {
  const text = await readFile(entry, 'utf8');
  const [line, name] = /^import"\.\/([\w.-]+)";/.exec(text) ?? [];
  const runtime = entry.replace('index.mjs', name);
  if (line === undefined || Object.keys(outputs[runtime].inputs).length > 0) return;
  await writeFile(entry, text.slice(line.length));
  const output = outputs[entry];
  output.bytes -= line.length;
  output.imports = output.imports.filter(({ path }) => path !== runtime);
}
