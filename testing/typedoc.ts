// TypeDoc, which writes the reference of the construct library.
//
// It needs the API of the compiler, which TypeScript 7 does not have, so it is installed beside TypeScript 6.

import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cachePath, makeFolder, notSetUp } from './cache.ts';
import { npm, quietInstall } from './npm.ts';

const NAME = 'typedoc';
const packages = ['typedoc@0.28.20', 'typedoc-plugin-markdown@4.14.1', 'typescript@6.0.3'];
const directory = cachePath(NAME, ...packages);

/** The path of its program and of its Markdown plugin. @throws if they are not installed. */
export function requireTypedoc(): { readonly program: string; readonly plugin: string } {
  if (!existsSync(directory)) throw notSetUp('TypeDoc', NAME);
  const modules = join(directory, 'node_modules');
  return {
    program: join(modules, 'typedoc', 'bin', 'typedoc'),
    plugin: join(modules, 'typedoc-plugin-markdown', 'dist', 'index.js'),
  };
}

/** Installs it if it is not installed. */
export function installTypedoc(): Promise<void> {
  return makeFolder(directory, async (unfinished) => {
    await mkdir(unfinished);
    await writeFile(join(unfinished, 'package.json'), `{"name":"${NAME}","private":true}`);
    await npm([...quietInstall, ...packages], unfinished);
  });
}
