// Python programs that tests run, each with its packages in a virtual environment of its own.

import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { cachePath, notSetUp } from './cache.ts';

export interface PythonPackages {
  readonly name: string;
  /** All packages with their versions: they are installed without dependencies. */
  readonly requirements: string;
}

const root = join(import.meta.dirname, '..');

/** S3 of moto. */
export const localS3Packages: PythonPackages = {
  name: 'local-s3',
  requirements: join(root, 'testing', 'local-s3', 'requirements.txt'),
};

/** moto with CloudFormation. */
export const emulatedAwsPackages: PythonPackages = {
  name: 'emulated-aws',
  requirements: join(root, 'test', 'package', 'emulated-aws', 'requirements.txt'),
};

/** MiniStack, an AWS that runs the deployed functions, and the AWS CLI. */
export const ministackPackages: PythonPackages = {
  name: 'ministack',
  requirements: join(root, 'test', 'deploy', 'emulated-aws', 'requirements.txt'),
};

/** The SDKs for Python of services. */
export const languagesPackages: PythonPackages = {
  name: 'languages-python',
  requirements: join(root, 'test', 'languages', 'requirements.txt'),
};

export const cfnLintPackages: PythonPackages = {
  name: 'cfn-lint',
  requirements: join(root, '.ci', 'cfn-lint.txt'),
};

/** The Python of an environment with these packages. @throws if they are not installed. */
export async function pythonWith(packages: PythonPackages): Promise<string> {
  const directory = await directoryOf(packages);
  if (!existsSync(directory)) throw notSetUp(packages.name, packages.name);
  return join(directory, 'bin', 'python');
}

/** Creates the environment if it does not exist. @returns its Python. */
export async function installPython(packages: PythonPackages): Promise<string> {
  const directory = await directoryOf(packages);
  if (!existsSync(directory)) await create(directory, packages);
  return join(directory, 'bin', 'python');
}

async function create(directory: string, { name, requirements }: PythonPackages): Promise<void> {
  process.stderr.write(`installing the Python packages of ${name}: about a minute, once per machine\n`);
  const unfinished = `${directory}.${process.pid}.unfinished`;
  await mkdir(dirname(directory), { recursive: true });
  try {
    await python('-m', 'venv', unfinished);
    const options = ['--no-deps', '--disable-pip-version-check', '--no-input', '--progress-bar', 'off'];
    await show(join(unfinished, 'bin', 'python'), ['-m', 'pip', 'install', ...options, '-r', requirements]);
    await rename(unfinished, directory).catch((error: NodeJS.ErrnoException) => {
      // Another process finished first.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

async function directoryOf({ requirements }: PythonPackages): Promise<string> {
  const { stdout: version } = await python('--version');
  return cachePath('python', `${version}\0`, await readFile(requirements));
}

async function python(...args: readonly string[]): Promise<{ stdout: string }> {
  try {
    return await promisify(execFile)('python3', args);
  } catch (cause) {
    const remedy = 'install Python 3.11 or newer with venv and pip (Debian: python3-venv)';
    throw new Error(`\`python3 ${args.join(' ')}\` failed; ${remedy}`, { cause });
  }
}

/** Runs a program whose output shows progress, on standard error. */
async function show(executable: string, args: readonly string[]): Promise<void> {
  const child = spawn(executable, args, { stdio: ['ignore', 2, 2] });
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`${executable} ${args.join(' ')} ended with code ${code}; see its output above`);
}

if (import.meta.main) {
  // For scripts: prints the path of the Python with the packages that are named.
  const [name] = process.argv.slice(2);
  const packages = [localS3Packages, emulatedAwsPackages, ministackPackages, cfnLintPackages].find(
    (one) => one.name === name,
  );
  try {
    if (!packages) throw new Error(`unknown Python packages ${name}`);
    console.log(await pythonWith(packages));
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
