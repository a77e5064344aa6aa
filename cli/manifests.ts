// Reads Kubernetes manifests from files, as kubectl does: YAML 1.1 or JSON, several documents, lists, directories.

import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { LineCounter, parseAllDocuments, stringify } from 'yaml';
import type { Manifest } from '../lib/cluster/manifest-reader.ts';
import { CwiiError } from '../lib/errors.ts';

/** A manifest and where it stands, for messages. */
export interface PlacedManifest {
  readonly manifest: Manifest;
  /** Such as `pods.yaml, document 2`. */
  readonly place: string;
}

export class ManifestError extends CwiiError {
  constructor(place: string, message: string, options?: ErrorOptions) {
    super('manifest-invalid', `${place}: ${message}`, options);
  }
}

/**
 * @param files paths of files or directories; `-` is standard input.
 * @param namespace where objects belong that name no namespace.
 * @throws {ManifestError} naming the file, the place in it and what is wrong.
 */
export async function readManifests(files: readonly string[], namespace: string): Promise<PlacedManifest[]> {
  const placed: PlacedManifest[] = [];
  for (const file of files) {
    for (const { name, content } of await readSources(file)) placed.push(...parse(name, content, namespace));
  }
  if (placed.length === 0)
    throw new ManifestError(files.join(', '), 'no Kubernetes objects in it; a Pod or a workload is expected');
  return placed;
}

async function readSources(file: string): Promise<{ name: string; content: string }[]> {
  try {
    if (file === '-') return [{ name: 'standard input', content: await readAll(process.stdin) }];
    if (!(await stat(file)).isDirectory()) return [{ name: file, content: await readFile(file, 'utf8') }];
    const names = (await readdir(file)).filter((name) => /\.(ya?ml|json)$/.test(name)).sort();
    if (names.length === 0) throw new ManifestError(file, 'no .yaml, .yml or .json file in this directory');
    return await Promise.all(
      names.map(async (name) => ({ name: join(file, name), content: await readFile(join(file, name), 'utf8') })),
    );
  } catch (error) {
    if (error instanceof CwiiError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    const why =
      code === 'ENOENT' ? 'no such file' : code === 'EACCES' ? 'not allowed to read it' : `cannot be read (${code})`;
    throw new ManifestError(file, why, { cause: error });
  }
}

function parse(file: string, content: string, namespace: string): PlacedManifest[] {
  const lineCounter = new LineCounter();
  const documents = parseAllDocuments(content, {
    // kubectl reads YAML 1.1, in which an unquoted yes is a boolean; but it keeps timestamps as text.
    version: '1.1',
    customTags: (tags) => tags.filter((tag) => typeof tag === 'string' || tag.tag !== 'tag:yaml.org,2002:timestamp'),
    lineCounter,
    prettyErrors: true,
  });
  if ('empty' in documents) return [];
  return documents.flatMap((document, index) => {
    const place = documents.length === 1 ? file : `${file}, document ${index + 1}`;
    const [problem] = document.errors;
    if (problem) {
      const at = lineCounter.linePos(problem.pos[0]);
      throw new ManifestError(
        `${file}, line ${at.line}, column ${at.col}`,
        problem.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? 'no YAML',
      );
    }
    return expand(toJs(document, place), place, namespace);
  });
}

function toJs(document: { toJS(): unknown }, place: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw new ManifestError(place, (error as Error).message, { cause: error });
  }
}

/** An object, or the items of a list; an empty document is none. */
function expand(value: unknown, place: string, namespace: string): PlacedManifest[] {
  if (value === null || value === undefined) return [];
  const { apiVersion, kind, metadata, items } = isObject(value) ? value : ({} as Record<string, unknown>);
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') {
    throw new ManifestError(place, 'not a Kubernetes object: apiVersion and kind are expected, as text');
  }
  if (kind.endsWith('List') && Array.isArray(items)) {
    return items.flatMap((item, index) => expand(item, `${place}, item ${index + 1}`, namespace));
  }
  if (metadata !== undefined && !isObject(metadata))
    throw new ManifestError(place, `${kind}: metadata is expected to be a map`);
  const manifest = value as unknown as Manifest;
  const meta = metadata ?? {};
  if (typeof meta['name'] !== 'string' && typeof meta['generateName'] !== 'string') {
    throw new ManifestError(place, `${kind}: metadata.name is missing`);
  }
  checkStrings(meta['annotations'], `${place}: ${kind} ${meta['name'] ?? meta['generateName']}`, 'annotation');
  checkStrings(meta['labels'], `${place}: ${kind} ${meta['name'] ?? meta['generateName']}`, 'label');
  const scoped = isClusterScoped(kind)
    ? manifest
    : { ...manifest, metadata: { ...manifest.metadata, namespace: manifest.metadata.namespace ?? namespace } };
  return [{ manifest: scoped, place }];
}

/** The API takes only strings here, and YAML makes true, yes and 3600 something else unless they are quoted. */
export function checkStrings(map: unknown, place: string, what: string): void {
  if (map === undefined || map === null) return;
  if (!isObject(map)) throw new ManifestError(place, `${what}s are expected to be a map`);
  for (const [key, value] of Object.entries(map)) {
    if (typeof value !== 'string') {
      throw new ManifestError(place, `${what} ${key} is not text; write it in quotes: ${key}: "${String(value)}"`);
    }
  }
}

function isClusterScoped(kind: string): boolean {
  return kind === 'Namespace';
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** YAML as kubectl would read it back: what YAML 1.1 takes for another type is quoted. */
export function toYaml(value: unknown): string {
  return stringify(value, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false });
}
