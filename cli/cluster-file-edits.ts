// Edits the text of cwii.yaml in place, so that the rest of the file does not change.

import { existsSync, readFileSync } from 'node:fs';
import { isMap, isScalar, isSeq, parseDocument, type YAMLMap, type YAMLSeq } from 'yaml';
import { chooseCluster } from '../cluster-file/choose-cluster.ts';
import { parseClusterFile, readClusterFile } from '../cluster-file/cluster-file.ts';
import { CwiiError } from '../lib/common/errors.ts';
import { writeTextFile } from './write-file.ts';

const HEADER = `# The clusters whose pods get cloud identities from cwii, each with its own stack. All keys: docs/cluster-file.md.
# After a change run: npx cdk deploy --all --outputs-file cdk-outputs.json, then cwii manifests.
clusters:
`;

/**
 * The names of the clusters in a file; none if it does not exist.
 * @throws {CwiiError} `cluster-file-invalid`.
 */
export function clusterNames(file: string): string[] {
  return existsSync(file) ? readClusterFile(file).clusters.map(({ name }) => name) : [];
}

/**
 * The text of the file with one more cluster.
 *
 * @param entry YAML of one list entry, with comments; its dash is indented by two.
 * @param replace whether the text replaces the file, instead of being appended.
 * @throws {CwiiError} `cluster-file-invalid` if the result would be invalid, or `cluster-file-by-hand`.
 */
export function withCluster(file: string, entry: string, replace: boolean): string {
  const text = replace || !existsSync(file) ? `${HEADER}${entry}` : appended(file, entry);
  parseClusterFile(text, file);
  return text;
}

function appended(file: string, entry: string): string {
  const text = readFileSync(file, 'utf8');
  const list = parseDocument(text).get('clusters') as YAMLSeq;
  if (list.flow)
    throw cannotEdit(
      file,
      'clusters is a list in brackets',
      'write each cluster as a list entry that begins with a dash',
    );
  const indent = columnOf(text, list.range?.[0] ?? 0);
  const indented = entry.replace(/^ {2}(?=.)/gm, ' '.repeat(indent));
  const end = list.range?.[2] ?? text.length;
  return `${text.slice(0, end).trimEnd()}\n\n${indented}${text.slice(end)}`;
}

export interface DigestChange {
  readonly cluster: string;
  readonly key: 'tokenSha256' | 'pathKeySha256';
  readonly digest: string;
  /** Whether the digest replaces all others, which finishes a rotation. */
  readonly only: boolean;
}

export interface DigestEdit {
  /** The digests of the cluster after the change, the new one last. */
  readonly digests: readonly string[];
  readonly write: () => void;
}

/**
 * Prepares a change of `callers` of a cluster. The file is changed only by `write`.
 *
 * @throws {CwiiError} `cluster-unknown`, `rotation-unfinished` if there are two digests already, or
 * `cluster-file-by-hand`.
 */
export function changeDigests(file: string, { cluster, key, digest, only }: DigestChange): DigestEdit {
  const { clusters } = readClusterFile(file);
  const index = clusters.indexOf(chooseCluster(clusters, cluster, file));
  const text = readFileSync(file, 'utf8');
  const callers = parseDocument(text, { merge: true }).getIn(['clusters', index, 'callers']);
  if (!isMap(callers)) throw cannotEdit(file, `callers of ${cluster} is shared through an anchor`, ADD_BY_HAND);
  const list = callers.get(key);
  if (list !== undefined && !isSeq(list))
    throw cannotEdit(file, `callers.${key} of ${cluster} is shared through an anchor`, ADD_BY_HAND);
  const before = list?.items.map(String) ?? [];
  if (before.includes(digest) && !only) return { digests: before, write: () => undefined };
  if (before.length > 1 && !only) {
    throw new CwiiError(
      'rotation-unfinished',
      `${file}: cluster ${cluster} already has two digests in callers.${key} from an unfinished rotation; finish it with \`cwii caller-token --digest-of FILE --cluster ${cluster} --only\`, where FILE has the token that the API server uses now`,
    );
  }
  const after = [...(only ? [] : before), digest];
  const changed = list ? withList(text, list, after) : withKey(text, callers, `${key}: [${digest}]`);
  parseClusterFile(changed, file);
  return { digests: after, write: () => writeTextFile(file, changed) };
}

/** @param values the values of the list and one more, or one that replaces them. */
function withList(text: string, list: YAMLSeq, values: readonly string[]): string {
  const [start, end] = list.range as [number, number, number];
  if (list.flow) return replaceRange(text, start, end, `[${values.join(', ')}]`);
  const last = list.items.at(-1);
  const lineEnd = endOfLine(text, isScalar(last) && last.range ? last.range[1] : start);
  if (values.length === 1) return replaceRange(text, start, lineEnd, `- ${values[0]}`);
  return replaceRange(text, lineEnd, lineEnd, `\n${' '.repeat(columnOf(text, start))}- ${values.at(-1)}`);
}

function withKey(text: string, map: YAMLMap, line: string): string {
  const [start] = map.range as [number, number, number];
  if (map.flow) return replaceRange(text, start + 1, start + 1, ` ${line}${map.items.length > 0 ? ',' : ' '}`);
  return replaceRange(text, start, start, `${line}\n${' '.repeat(columnOf(text, start))}`);
}

function replaceRange(text: string, from: number, to: number, replacement: string): string {
  return `${text.slice(0, from)}${replacement}${text.slice(to)}`;
}

function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf('\n', offset - 1) + 1);
}

function endOfLine(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  return end === -1 ? text.length : end;
}

const ADD_BY_HAND = 'run the command without --cluster, and add the digest to the file by hand';

function cannotEdit(file: string, reason: string, remedy: string): CwiiError {
  return new CwiiError('cluster-file-by-hand', `${file}: ${reason}, so the command cannot change it; ${remedy}`);
}
