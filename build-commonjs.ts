// Adds a CommonJS module to the compiled package: dist/package/infra/index.cjs, and declarations for it.
//
// jest and TypeScript with CommonJS modules, as `cdk init` creates them, cannot import ES modules.

import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';

const entry = 'dist/package/infra/index';

await build({
  entryPoints: [`${entry}.js`],
  outfile: `${entry}.cjs`,
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node22.12',
  packages: 'external',
  // The only property of import.meta that is used. The file's folder is the same in both builds.
  define: { 'import.meta.dirname': '__dirname' },
  logLevel: 'warning',
  logOverride: { 'empty-import-meta': 'error' },
});

/** A CommonJS module has .d.cts files, which can import only declarations of the same kind. */
const pending = [`${entry}.d.ts`];
for (const declaration of pending) {
  const text = readFileSync(declaration, 'utf8').replaceAll(
    /(from |import\()(['"])(\.[^'"]+)\.ts\2/g,
    (_, keyword, quote, module) => {
      const imported = join(dirname(declaration), `${module}.d.ts`);
      if (!pending.includes(imported)) pending.push(imported);
      return `${keyword}${quote}${module}.cjs${quote}`;
    },
  );
  writeFileSync(declaration.replace(/\.ts$/, '.cts'), text);
}
