// Reads Kubernetes manifests from files, as kubectl does: YAML 1.1 or JSON, several documents, lists, directories.

import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { LineCounter, parseAllDocuments, stringify } from 'yaml';
import * as z from 'zod/mini';
import { CwiiError } from '../lib/common/errors.ts';
import { isNamespaceName } from '../lib/kubernetes/names.ts';
import type { Manifest } from './manifest-reader.ts';

/** A manifest and where it stands, for messages. */
export interface PlacedManifest {
  readonly manifest: Manifest;
  /** Such as `pods.yaml, document 2`. */
  readonly place: string;
}

export class ManifestError extends CwiiError {
  override name = 'ManifestError';

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
    throw new ManifestError(sourceNames(files), 'no Kubernetes objects in it; a Pod or a workload is expected');
  return placed;
}

/** The files for people. */
export function sourceNames(files: readonly string[]): string {
  return files.map((file) => (file === '-' ? 'standard input' : file)).join(', ');
}

async function readSources(file: string): Promise<{ name: string; content: string }[]> {
  try {
    if (file === '-') return [{ name: sourceNames([file]), content: await readAll(process.stdin) }];
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
  if (kind.endsWith('List') && (kind === 'List' || items !== undefined)) {
    if (items !== undefined && items !== null && !Array.isArray(items)) {
      throw new ManifestError(place, `${kind}: items are expected to be a list`);
    }
    return (items ?? []).flatMap((item: unknown, index: number) =>
      expand(item, `${place}, item ${index + 1}`, namespace),
    );
  }
  return [{ manifest: checkManifest(value as Record<string, unknown>, kind, metadata ?? {}, place, namespace), place }];
}

/** In words, for messages. */
export const NAMESPACE_FORM = 'at most 63 lower-case letters, digits and hyphens';

const metadataView = z.object({
  name: z.nullish(z.string()),
  generateName: z.nullish(z.string()),
  namespace: z.nullish(z.string()),
  uid: z.nullish(z.string()),
  ownerReferences: z.nullish(
    z.array(z.object({ apiVersion: z.string(), kind: z.string(), name: z.string(), uid: z.string() })),
  ),
});

function checkManifest(
  value: Record<string, unknown>,
  kind: string,
  metadata: unknown,
  place: string,
  namespace: string,
): Manifest {
  if (!isObject(metadata)) throw new ManifestError(place, `${kind}: metadata is expected to be a map`);
  const object = `${kind} ${String(metadata['name'] ?? metadata['generateName'] ?? '')}`.trimEnd();
  checkStrings(metadata['annotations'], `${place}: ${object}`, 'annotation');
  checkStrings(metadata['labels'], `${place}: ${object}`, 'label');
  const issue = metadataView.safeParse(metadata).error?.issues[0];
  if (issue) {
    const expected = issue.code === 'invalid_type' ? issue.expected : 'another value';
    const quotes = expected === 'string' ? '; write it in quotes' : '';
    throw new ManifestError(place, `${object}: metadata.${issue.path.join('.')}: expected ${expected}${quotes}`);
  }
  if (!metadata['name'] && !metadata['generateName'])
    throw new ManifestError(place, `${kind}: metadata.name is missing`);
  const manifest = value as unknown as Manifest;
  if (isClusterScoped(kind)) return manifest;
  const inNamespace = manifest.metadata.namespace || namespace;
  if (!isNamespaceName(inNamespace)) {
    throw new ManifestError(
      place,
      `${object}: "${inNamespace}" cannot be the name of a namespace; write ${NAMESPACE_FORM}`,
    );
  }
  return { ...manifest, metadata: { ...manifest.metadata, namespace: inNamespace } };
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
