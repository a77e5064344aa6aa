// Knows how Python packages get into an environment of their own: outside the repository, under a name derived from what
// is in it, so that it is made once on each machine and again only when that changes.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * The directory of an environment with the packages of a requirements file, which lists all of them with their versions;
 * its programs are in `bin/`.
 */
export async function pythonEnvironment(requirementsPath: string): Promise<string> {
  const requirements = await readFile(requirementsPath, 'utf8');
  const { stdout: version } = await python('--version');
  const hash = createHash('sha256').update(`${version}\0${requirements}`).digest('hex').slice(0, 16);
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const directory = join(cache, 'cwii', `python-${hash}`);
  if (existsSync(directory)) return directory;
  const unfinished = `${directory}.${process.pid}.unfinished`;
  await mkdir(dirname(directory), { recursive: true });
  try {
    await python('-m', 'venv', unfinished);
    const install = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--disable-pip-version-check'];
    await run(join(unfinished, 'bin', 'python'), [...install, '-r', requirementsPath]);
    await rename(unfinished, directory).catch((error: NodeJS.ErrnoException) => {
      // Another process had it ready first.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return directory;
}

async function python(...args: readonly string[]): Promise<{ stdout: string }> {
  try {
    return await run('python3', args);
  } catch (cause) {
    const remedy =
      'running `python3` failed: some tests use programs from PyPI; install Python 3.11 or newer with venv and pip (Debian: python3-venv)';
    throw new Error(remedy, { cause });
  }
}
