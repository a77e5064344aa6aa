// Java programs that tests run, each with its packages from Maven.

import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { cachePath, makeFolder, notSetUp } from './cache.ts';
import { showing } from './npm.ts';

const NAME = 'languages-java';
const PROGRAM = 'Credentials';
const REMEDY = 'install Maven and a JDK of Java 17 or newer (Debian: maven and default-jdk-headless)';

/** Contains the list of packages and the program. */
const folder = join(import.meta.dirname, '..', 'test', 'languages', 'java');
const [modules, source] = [join(folder, 'pom.xml'), join(folder, `${PROGRAM}.java`)];

/** The command that runs the program with the AWS SDK for Java. @throws if it is not built. */
export async function languagesJava(): Promise<readonly [string, ...string[]]> {
  const directory = await directoryOf();
  if (!existsSync(directory)) throw notSetUp(NAME, NAME);
  const classPath = [join(directory, 'classes'), join(directory, 'libraries', '*')].join(delimiter);
  // One process asks once: it ends before a better compilation of its code would pay.
  return [pathOfJava(), '-XX:TieredStopAtLevel=1', '-Xshare:auto', '-cp', classPath, PROGRAM];
}

/** Installs the packages and compiles the program if that was not done on this machine. */
export async function buildLanguagesJava(): Promise<void> {
  await makeFolder(await directoryOf(), async (unfinished) => {
    const [libraries, classes] = [join(unfinished, 'libraries'), join(unfinished, 'classes')];
    for (const directory of [libraries, classes]) await mkdir(directory, { recursive: true });
    process.stderr.write(`installing the Java packages of ${NAME}: about a minute, once per machine\n`);
    const options = ['--quiet', '--batch-mode', '--strict-checksums', `-DoutputDirectory=${libraries}`];
    await java('mvn', ['-f', modules, ...options, 'dependency:copy-dependencies']);
    await java('javac', ['-cp', join(libraries, '*'), '-d', classes, source]);
  });
}

async function java(program: string, args: readonly string[]): Promise<void> {
  try {
    await showing(program, args, folder);
  } catch (cause) {
    throw new Error(`\`${program}\` failed; ${REMEDY}`, { cause });
  }
}

async function directoryOf(): Promise<string> {
  return cachePath(NAME, await readFile(modules), await readFile(source));
}

/** Absolute, because the PATH of a container does not lead to it. */
function pathOfJava(): string {
  const directories = (process.env.PATH ?? '').split(delimiter);
  const found = directories.map((directory) => join(directory, 'java')).find((path) => existsSync(path));
  if (found === undefined) throw new Error(`java is not in the PATH; ${REMEDY}`);
  return found;
}
