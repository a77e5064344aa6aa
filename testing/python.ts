// Python programs that tests run, each with its packages in a virtual environment of its own.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cachePath, makeFolder, notSetUp } from './cache.ts';
import { showing } from './npm.ts';

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
  await makeFolder(directory, (unfinished) => create(unfinished, packages));
  return join(directory, 'bin', 'python');
}

async function create(folder: string, { name, requirements }: PythonPackages): Promise<void> {
  process.stderr.write(`installing the Python packages of ${name}: about a minute, once per machine\n`);
  await python('-m', 'venv', folder);
  const options = ['--no-deps', '--disable-pip-version-check', '--no-input', '--progress-bar', 'off'];
  await showing(join(folder, 'bin', 'python'), ['-m', 'pip', 'install', ...options, '-r', requirements], root);
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
