// Reads the text of manifests: files, directories and standard input, each with a limit.

import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CwiiError } from '../../lib/common/errors.ts';
import { describeReadError } from '../../lib/common/text-file.ts';
import { Progress } from '../progress.ts';
import { ManifestError } from './manifest-error.ts';

/** About the objects of 30,000 pods in JSON. The text and its objects must fit into memory. */
const MAX_BYTES = 64 * 1024 * 1024;

export interface Source {
  readonly name: string;
  readonly content: string;
  /** Whether the file was found in a directory, instead of being named. */
  readonly isFromDirectory: boolean;
}

/**
 * @param file a path, or `-` for standard input.
 * @param recursive whether the folders in a directory are read too.
 * @throws {CwiiError} `manifest-invalid`.
 */
export async function readSources(file: string, recursive: boolean): Promise<Source[]> {
  try {
    if (file === '-')
      return [
        {
          name: sourceNames([file]),
          content: await readText(process.stdin, sourceNames([file])),
          isFromDirectory: false,
        },
      ];
    if (!(await stat(file)).isDirectory()) return [await readSource(file, false)];
    const names = (await readdir(file, { recursive })).filter((name) => /\.(ya?ml|json)$/.test(name)).sort();
    if (names.length === 0) throw new ManifestError(file, await nothingIn(file, recursive));
    const sources: Source[] = [];
    const progress = new Progress('files', names.length);
    for (const name of names) {
      sources.push(await readSource(join(file, name), true));
      progress.step();
    }
    return sources;
  } catch (error) {
    if (error instanceof CwiiError) throw error;
    throw new CwiiError('manifest-invalid', `${file} ${describeReadError(error)}`, { cause: error });
  }
}

async function nothingIn(directory: string, recursive: boolean): Promise<string> {
  const nothing = 'the directory has no .yaml, .yml or .json file';
  if (recursive) return `${nothing}, and neither have its folders`;
  const hasFolders = (await readdir(directory, { withFileTypes: true })).some((entry) => entry.isDirectory());
  return hasFolders ? `${nothing}; its folders are read with -R` : nothing;
}

/** The files, for messages. */
export function sourceNames(files: readonly string[]): string {
  return files.map((file) => (file === '-' ? 'standard input' : file)).join(', ');
}

async function readSource(name: string, isFromDirectory: boolean): Promise<Source> {
  return { name, content: await readText(createReadStream(name), name), isFromDirectory };
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
