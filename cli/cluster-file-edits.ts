// Changes cwii.yaml in its text, at the places that a parser finds, so that all else stays as its author wrote it.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { isMap, isScalar, isSeq, parseDocument, type YAMLMap, type YAMLSeq } from 'yaml';
import { parseClusterFile, readClusterFile } from '../cluster-file/cluster-file.ts';
import { CwiiError } from '../lib/common/errors.ts';

const HEAD = `# The clusters that cwii gives identities to; a stack each. Every key: docs/cluster-file.md.
# After a change: npx cdk deploy --all --outputs-file cdk-outputs.json, then cwii manifests.
clusters:
`;

/** The names of the clusters in a file; none where it does not exist. @throws {CwiiError} `cluster-file-invalid`. */
export function clusterNames(file: string): string[] {
  return existsSync(file) ? readClusterFile(file).clusters.map(({ name }) => name) : [];
}

/**
 * The text of the file with one more cluster.
 *
 * @param entry YAML of one list entry, with its comments, its dash indented by two.
 * @throws {CwiiError} `cluster-file-invalid` where the result would be.
 */
export function withCluster(file: string, entry: string, startAnew: boolean): string {
  const text = startAnew || !existsSync(file) ? `${HEAD}${entry}` : appended(file, entry);
  parseClusterFile(text, file);
  return text;
}

/** `clusters` is the file's only key, so its end is the file's. */
function appended(file: string, entry: string): string {
  const text = readFileSync(file, 'utf8');
  const list = parseDocument(text).get('clusters') as YAMLSeq;
  if (list.flow) throw byHand(file, 'clusters is written in brackets');
  const indent = columnOf(text, list.range?.[0] ?? 0);
  const indented = entry.replace(/^ {2}(?=.)/gm, ' '.repeat(indent));
  return `${text.trimEnd()}\n\n${indented}`;
}

export interface DigestChange {
  readonly cluster: string;
  readonly key: 'tokenSha256' | 'pathKeySha256';
  readonly digest: string;
  /** Whether the digest takes the place of all others, which ends a rotation. */
  readonly only: boolean;
}

export interface DigestEdit {
  /** The digests that the cluster has then, the new one last. */
  readonly digests: readonly string[];
  readonly write: () => void;
}

/**
 * Puts a digest into `callers` of a cluster; nothing is written before `write` is called.
 *
 * @throws {CwiiError} `cluster-unknown`, `rotation-unfinished` where two are there already, or `cluster-file-by-hand`.
 */
export function putDigest(file: string, { cluster, key, digest, only }: DigestChange): DigestEdit {
  const names = readClusterFile(file).clusters.map(({ name }) => name);
  const index = names.indexOf(cluster);
  if (index === -1)
    throw new CwiiError('cluster-unknown', `${file} has no cluster ${cluster}; it has ${names.join(', ')}`);
  const text = readFileSync(file, 'utf8');
  const callers = parseDocument(text, { merge: true }).getIn(['clusters', index, 'callers']);
  if (!isMap(callers)) throw byHand(file, `callers of ${cluster} is not written there itself`);
  const list = callers.get(key);
  if (list !== undefined && !isSeq(list))
    throw byHand(file, `callers.${key} of ${cluster} is not written there itself`);
  const before = list?.items.map(String) ?? [];
  if (before.includes(digest) && !only) return { digests: before, write: () => undefined };
  if (before.length > 1 && !only) {
    throw new CwiiError(
      'rotation-unfinished',
      `${file}: cluster ${cluster} has two digests in callers.${key} already, so a rotation is not finished; end it with \`cwii caller-token --digest-of FILE --cluster ${cluster} --only\`, FILE being the token that the API server uses now`,
    );
  }
  const after = [...(only ? [] : before), digest];
  const changed = list ? withList(text, list, after) : withKey(text, callers, `${key}: [${digest}]`);
  parseClusterFile(changed, file);
  return { digests: after, write: () => writeFileSync(file, changed) };
}

/** @param values the list's own values and one more, or one in place of them all. */
function withList(text: string, list: YAMLSeq, values: readonly string[]): string {
  const [start, end] = list.range as [number, number, number];
  if (list.flow) return splice(text, start, end, `[${values.join(', ')}]`);
  const last = list.items.at(-1);
  const lineEnd = endOfLine(text, isScalar(last) && last.range ? last.range[1] : start);
  if (values.length === 1) return splice(text, start, lineEnd, `- ${values[0]}`);
  return splice(text, lineEnd, lineEnd, `\n${' '.repeat(columnOf(text, start))}- ${values.at(-1)}`);
}

function withKey(text: string, map: YAMLMap, line: string): string {
  const [start] = map.range as [number, number, number];
  if (map.flow) return splice(text, start + 1, start + 1, ` ${line}${map.items.length > 0 ? ',' : ' '}`);
  return splice(text, start, start, `${line}\n${' '.repeat(columnOf(text, start))}`);
}

function splice(text: string, from: number, to: number, between: string): string {
  return `${text.slice(0, from)}${between}${text.slice(to)}`;
}

function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf('\n', offset - 1) + 1);
}

function endOfLine(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  return end === -1 ? text.length : end;
}

function byHand(file: string, why: string): CwiiError {
  return new CwiiError('cluster-file-by-hand', `${file}: ${why}, so that no place to add it is found; edit it by hand`);
}
