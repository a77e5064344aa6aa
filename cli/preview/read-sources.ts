// Reads the text of manifests: files, directories and standard input, each with a limit.

import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CwiiError } from '../../lib/common/errors.ts';
import { describeReadError } from '../../lib/common/text-file.ts';
import { ManifestError } from './manifest-error.ts';

/** About the objects of 30,000 pods in JSON. The text and its objects must fit into memory. */
const MAX_BYTES = 64 * 1024 * 1024;

export interface Source {
  readonly name: string;
  readonly content: string;
}

/**
 * @param file a path, or `-` for standard input.
 * @throws {CwiiError} `manifest-invalid`.
 */
export async function readSources(file: string): Promise<Source[]> {
  try {
    if (file === '-')
      return [{ name: sourceNames([file]), content: await readText(process.stdin, sourceNames([file])) }];
    if (!(await stat(file)).isDirectory()) return [await readSource(file)];
    const names = (await readdir(file)).filter((name) => /\.(ya?ml|json)$/.test(name)).sort();
    if (names.length === 0) throw new ManifestError(file, 'the directory has no .yaml, .yml or .json file');
    return await Promise.all(names.map((name) => readSource(join(file, name))));
  } catch (error) {
    if (error instanceof CwiiError) throw error;
    throw new CwiiError('manifest-invalid', `${file} ${describeReadError(error)}`, { cause: error });
  }
}

/** The files, for messages. */
export function sourceNames(files: readonly string[]): string {
  return files.map((file) => (file === '-' ? 'standard input' : file)).join(', ');
}

async function readSource(name: string): Promise<Source> {
  return { name, content: await readText(createReadStream(name), name) };
}

/** A pipe or a device has no size, so the limit is on what is read. */
async function readText(stream: AsyncIterable<Buffer | string>, name: string): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    const buffer = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    bytes += buffer.length;
    if (bytes > MAX_BYTES) throw new ManifestError(name, 'larger than 64 MiB; pass fewer objects at a time');
    chunks.push(buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}
