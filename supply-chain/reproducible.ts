// Builds the functions twice, in two directories of other names and depths, and compares every byte of what
// comes out: bundles, names of chunks, metafiles, bills of materials. Who has the sources and the lockfile
// can check a deployment.

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { ROOT } from './shipped-packages.ts';

/**
 * Below the checkout, so that the packages can be had by hard links; not below node_modules, where no
 * TypeScript runs.
 */
const workshop = mkdtempSync(join(ROOT, '.reproducible-'));

function build(name: string): string {
  const directory = join(workshop, name);
  mkdirSync(directory, { recursive: true });
  const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: ROOT });
  for (const file of files.toString().split('\0').filter(Boolean)) {
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    cpSync(join(ROOT, file), join(directory, file));
  }
  execFileSync('cp', ['-al', join(ROOT, 'node_modules'), directory]);
  execFileSync('npm', ['run', '-s', 'functions'], { cwd: directory, stdio: 'inherit' });
  return join(directory, 'dist');
}

/** Every file below a directory, by its path in it. */
function contents(directory: string): Map<string, Buffer> {
  const paths = readdirSync(directory, { recursive: true, encoding: 'utf8' }).map((path) => join(directory, path));
  const files = paths.filter((path) => statSync(path).isFile()).sort();
  return new Map(files.map((path) => [relative(directory, path), readFileSync(path)]));
}

try {
  const [one, other] = [contents(build('one')), contents(build(join('another', 'deeper')))];
  const paths = [...new Set([...one.keys(), ...other.keys()])];
  const different = paths.filter((path) => !one.get(path)?.equals(other.get(path) ?? Buffer.from('\0')));
  for (const path of different) console.log(`differs: dist/${path}`);
  const result = different.length === 0 ? 'the same bytes in both builds' : 'not reproducible';
  console.log(`${paths.length} files: ${result}`);
  process.exitCode = different.length === 0 && paths.length > 0 ? 0 : 1;
} finally {
  rmSync(workshop, { recursive: true, force: true });
}
