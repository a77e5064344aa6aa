// Which packages reach users: what esbuild's metafiles say is in the functions' bundles, and what the
// published package installs beside itself. The other development packages stay on the machines that build.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The checkout that is looked at. */
export const ROOT = join(import.meta.dirname, '..');

interface Metafile {
  readonly outputs: Readonly<Record<string, { readonly inputs: Readonly<Record<string, { bytesInOutput: number }>> }>>;
}

/** The functions that have been bundled. */
export function bundledFunctions(root = ROOT): string[] {
  const entries = readdirSync(join(root, 'functions'), { withFileTypes: true });
  return entries.flatMap((entry) => (entry.isDirectory() ? entry.name : [])).sort();
}

/** Paths such as `node_modules/zod` of the packages whose code is in a function's bundle. */
export function packagesInBundle(name: string, root = ROOT): string[] {
  const modules = Object.values(metafileOf(name, root).outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? path : [])),
  );
  return [...new Set(modules.flatMap((path) => packagePathOf(path) ?? []))].sort();
}

/** esbuild's metafile of a bundle. @throws if it is not built. */
export function metafileOf<T extends Metafile>(name: string, root = ROOT): T {
  const path = join(root, 'dist', name, 'metafile.json');
  if (!existsSync(path)) throw new Error(`${path} is missing; run \`npm run bundle\``);
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** `node_modules/zod` for `node_modules/zod/v4/core/api.js`; undefined for a file of this repository. */
function packagePathOf(file: string): string | undefined {
  return /^(.*node_modules\/(@[^/]+\/)?[^/]+)\//.exec(file)?.[1];
}

/** `zod` for `node_modules/zod/v4/core/api.js`; undefined for a file of this repository. */
export function packageNameOf(file: string): string | undefined {
  return packagePathOf(file)?.split('node_modules/').at(-1);
}

/** Paths of the packages that come along with the published one, as package-lock.json has them. */
export function installedPackages(root = ROOT): string[] {
  const lock: { packages: Record<string, { dev?: true }> } = JSON.parse(
    readFileSync(join(root, 'package-lock.json'), 'utf8'),
  );
  return Object.entries(lock.packages).flatMap(([path, { dev }]) => (path === '' || dev ? [] : path));
}

export function shippedPackages(root = ROOT): string[] {
  const bundled = bundledFunctions(root).flatMap((name) => packagesInBundle(name, root));
  return [...new Set([...bundled, ...installedPackages(root)])].sort();
}
