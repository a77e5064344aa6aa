// Reads manifests as kubectl does: YAML 1.1 or JSON, several documents, lists and directories.

import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { LineCounter, parseAllDocuments, stringify } from 'yaml';
import * as z from 'zod/mini';
import { CwiiError } from '../../lib/common/errors.ts';
import { isObject } from '../../lib/common/json.ts';
import { describeReadError } from '../../lib/common/text-file.ts';
import { isNamespaceName } from '../../lib/kubernetes/names.ts';
import type { Manifest } from './manifest-reader.ts';

/** A manifest with its place in the files, for messages. */
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
 * @param namespace the namespace of objects that do not set one.
 * @throws {CwiiError} `manifest-invalid`, with the file, the place in it and the problem.
 */
export async function readManifests(files: readonly string[], namespace: string): Promise<PlacedManifest[]> {
  const manifests: PlacedManifest[] = [];
  for (const file of files) {
    for (const { name, content } of await readSources(file)) {
      for (const object of parseObjects(name, content)) manifests.push(checkObject(object, namespace));
    }
  }
  if (manifests.length === 0)
    throw new ManifestError(sourceNames(files), 'no Kubernetes objects found; pass a Pod or a workload');
  return manifests;
}

/** The files, for messages. */
export function sourceNames(files: readonly string[]): string {
  return files.map((file) => (file === '-' ? 'standard input' : file)).join(', ');
}

async function readSources(file: string): Promise<{ name: string; content: string }[]> {
  try {
    if (file === '-') return [{ name: sourceNames([file]), content: await readAll(process.stdin) }];
    if (!(await stat(file)).isDirectory()) return [{ name: file, content: await readFile(file, 'utf8') }];
    const names = (await readdir(file)).filter((name) => /\.(ya?ml|json)$/.test(name)).sort();
    if (names.length === 0) throw new ManifestError(file, 'the directory has no .yaml, .yml or .json file');
    return await Promise.all(
      names.map(async (name) => ({ name: join(file, name), content: await readFile(join(file, name), 'utf8') })),
    );
  } catch (error) {
    if (error instanceof CwiiError) throw error;
    throw new CwiiError('manifest-invalid', `${file} ${describeReadError(error)}`, { cause: error });
  }
}

/** An object of a file that has an apiVersion and a kind; the rest is not checked yet. */
interface PlacedObject {
  readonly object: Readonly<Record<string, unknown>>;
  readonly kind: string;
  readonly place: string;
}

function parseObjects(file: string, content: string): PlacedObject[] {
  const lineCounter = new LineCounter();
  const documents = parseAllDocuments(content, {
    // kubectl reads YAML 1.1, where an unquoted yes is a boolean, but it keeps timestamps as strings.
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
      const { line, col } = lineCounter.linePos(problem.pos[0]);
      throw new ManifestError(
        `${file}, line ${line}, column ${col}`,
        problem.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? 'invalid YAML',
      );
    }
    return expandList(toJs(document, place), place);
  });
}

function toJs(document: { toJS(): unknown }, place: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw new ManifestError(place, (error as Error).message, { cause: error });
  }
}

/** The object itself, or the items of a list; nothing for an empty document. */
function expandList(value: unknown, place: string): PlacedObject[] {
  if (value === null || value === undefined) return [];
  const object = isObject(value) ? value : {};
  const { apiVersion, kind, items } = object;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') {
    throw new ManifestError(place, 'not a Kubernetes object; it needs apiVersion and kind as strings');
  }
  if (!kind.endsWith('List') || (kind !== 'List' && items === undefined)) return [{ object, kind, place }];
  if (items !== undefined && items !== null && !Array.isArray(items)) {
    throw new ManifestError(place, `${kind}: items must be a list`);
  }
  return (items ?? []).flatMap((item: unknown, index: number) => expandList(item, `${place}, item ${index + 1}`));
}

/** The format of a namespace's name, for messages. */
export const NAMESPACE_FORMAT = 'at most 63 lower-case letters, digits and hyphens';

const metadataSchema = z.object({
  name: z.nullish(z.string()),
  generateName: z.nullish(z.string()),
  namespace: z.nullish(z.string()),
  uid: z.nullish(z.string()),
  ownerReferences: z.nullish(
    z.array(z.object({ apiVersion: z.string(), kind: z.string(), name: z.string(), uid: z.string() })),
  ),
});

function checkObject({ object, kind, place }: PlacedObject, defaultNamespace: string): PlacedManifest {
  const metadata = object['metadata'] ?? {};
  if (!isObject(metadata)) throw new ManifestError(place, `${kind}: metadata must be a map`);
  const name = `${kind} ${String(metadata['name'] ?? metadata['generateName'] ?? '')}`.trimEnd();
  checkStrings(metadata['annotations'], `${place}: ${name}`, 'annotation');
  checkStrings(metadata['labels'], `${place}: ${name}`, 'label');
  const issue = metadataSchema.safeParse(metadata).error?.issues[0];
  if (issue) {
    const expected = issue.code === 'invalid_type' ? `a value of type ${issue.expected}` : 'another value';
    const quotes = expected.endsWith('string') ? '; write it in quotes' : '';
    throw new ManifestError(place, `${name}: metadata.${issue.path.join('.')} must be ${expected}${quotes}`);
  }
  if (!metadata['name'] && !metadata['generateName'])
    throw new ManifestError(place, `${kind}: metadata.name is missing`);
  const manifest = object as unknown as Manifest;
  if (isClusterScoped(kind)) return { manifest, place };
  const namespace = manifest.metadata.namespace || defaultNamespace;
  if (!isNamespaceName(namespace)) {
    throw new ManifestError(
      place,
      `${name}: "${namespace}" cannot be the name of a namespace; write ${NAMESPACE_FORMAT}`,
    );
  }
  return { manifest: { ...manifest, metadata: { ...manifest.metadata, namespace } }, place };
}

/** The API accepts only strings as values, but in YAML an unquoted true, yes or 3600 has another type. */
export function checkStrings(map: unknown, place: string, what: 'annotation' | 'label'): void {
  if (map === undefined || map === null) return;
  if (!isObject(map)) throw new ManifestError(place, `${what}s must be a map`);
  for (const [key, value] of Object.entries(map)) {
    if (typeof value !== 'string') {
      throw new ManifestError(place, `${what} ${key} is not a string; write it in quotes: ${key}: "${String(value)}"`);
    }
  }
}

function isClusterScoped(kind: string): boolean {
  return kind === 'Namespace';
}

/** YAML that kubectl reads back unchanged: values that YAML 1.1 would read as another type are quoted. */
export function toYaml(value: unknown): string {
  return stringify(value, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false });
}
