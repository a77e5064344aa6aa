// Reads manifests as kubectl does: YAML 1.1 or JSON, several documents, lists and directories.

import { basename } from 'node:path';
import * as z from 'zod/mini';
import { isObject } from '../../lib/common/json.ts';
import { isNamespaceName } from '../../lib/kubernetes/names.ts';
import { ManifestError } from './manifest-error.ts';
import type { Manifest } from './manifest-reader.ts';
import { readSources, type Source, sourceNames } from './read-sources.ts';
import { parseYaml, YamlError } from './yaml.ts';

/** A manifest with its place in the files, for messages. */
export interface PlacedManifest {
  readonly manifest: Manifest;
  /** Such as `pods.yaml, document 2`. */
  readonly place: string;
  /** The workload whose template this Pod is from; absent for an object that is in the files itself. */
  readonly workload?: Manifest;
}

export interface ReadOptions {
  /** The namespace of objects that do not set one. */
  readonly namespace: string;
  /** Whether the folders in a directory are read too. */
  readonly recursive?: boolean;
  /** Told about a file of a directory that is left out, and why. */
  readonly onLeftOut?: (name: string, reason: string) => void;
}

/**
 * @param files paths of files or directories; `-` is standard input.
 * @throws {CwiiError} `manifest-invalid`, with the file, the place in it and the problem.
 */
export async function readManifests(files: readonly string[], options: ReadOptions): Promise<PlacedManifest[]> {
  const manifests: PlacedManifest[] = [];
  for (const file of files) {
    const sources = await readSources(file, options.recursive ?? false);
    for (const source of sources) manifests.push(...readSource(source, options));
  }
  if (manifests.length === 0)
    throw new ManifestError(sourceNames(files), 'no Kubernetes objects found; pass a Pod or a workload');
  return manifests;
}

function readSource(source: Source, { namespace, onLeftOut }: ReadOptions): PlacedManifest[] {
  const { name, content, isFromDirectory } = source;
  const inputOf = otherInputs[basename(name).replace(/ya?ml$/, 'yaml')];
  if (inputOf !== undefined && isFromDirectory) {
    onLeftOut?.(name, inputOf);
    return [];
  }
  try {
    return parseObjects(name, content).map((object) => checkObject(object, namespace));
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    if (inputOf !== undefined) throw new ManifestError(name, inputOf, { cause: error });
    const mayLeaveOut = isFromDirectory && onLeftOut !== undefined;
    if (isTemplate(content, error.cause)) {
      const reason = 'a template that is not rendered ({{ … }}); pass what `helm template` prints';
      if (!mayLeaveOut) throw new ManifestError(name, reason, { cause: error });
      onLeftOut(name, reason);
    } else if (error instanceof NoObjectError && mayLeaveOut) onLeftOut(name, NOT_AN_OBJECT);
    else throw error;
    return [];
  }
}

const NOT_AN_OBJECT = 'not a Kubernetes object; it needs apiVersion and kind as strings';

/** No document of the file is a Kubernetes object: it is probably the configuration of another program. */
class NoObjectError extends ManifestError {}

/** Files beside manifests that other programs read. */
const otherInputs: Readonly<Record<string, string>> = {
  'kustomization.yaml': 'an input of kustomize; pass what `kubectl kustomize` prints',
  'values.yaml': 'an input of Helm; pass what `helm template` prints',
  'Chart.yaml': 'an input of Helm; pass what `helm template` prints',
};

/**
 * Whether the text has actions of Go's templates, which Helm uses: one at the problem, or a line of its own.
 * Other manifests have them in quotes and block texts, such as the rules of Prometheus.
 */
function isTemplate(content: string, problem: unknown): boolean {
  if (!(problem instanceof YamlError)) return false;
  const lines = content.split('\n');
  return lines[problem.line - 1]?.includes('{{') === true || lines.some((line) => line.startsWith('{{'));
}

/** An object of a file that has an apiVersion and a kind; the rest is not checked yet. */
interface PlacedObject {
  readonly object: Readonly<Record<string, unknown>>;
  readonly kind: string;
  readonly place: string;
}

function parseObjects(file: string, content: string): PlacedObject[] {
  try {
    const documents = parseYaml(content);
    const filled = documents.filter((document) => document !== null);
    if (filled.length > 0 && !filled.some(isTyped)) throw new NoObjectError(file, NOT_AN_OBJECT);
    return documents.flatMap((document, index) =>
      expandList(document, documents.length === 1 ? file : `${file}, document ${index + 1}`),
    );
  } catch (error) {
    if (!(error instanceof YamlError)) throw error;
    throw new ManifestError(`${file}, line ${error.line}, column ${error.column}`, error.message, { cause: error });
  }
}

function isTyped(value: unknown): value is { apiVersion: string; kind: string; items?: unknown } {
  return isObject(value) && typeof value['apiVersion'] === 'string' && typeof value['kind'] === 'string';
}

/** The object itself, or the items of a list; nothing for an empty document. */
function expandList(value: unknown, place: string): PlacedObject[] {
  if (value === null || value === undefined) return [];
  if (!isTyped(value)) throw new ManifestError(place, NOT_AN_OBJECT);
  const { kind, items } = value;
  if (!kind.endsWith('List') || (kind !== 'List' && items === undefined)) return [{ object: value, kind, place }];
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
