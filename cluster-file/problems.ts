// Problems in cwii.yaml, and their messages with a position: `cwii.yaml:LINE:COLUMN: clusters[0].issuer …`.

import { type Document, isAlias, isMap, isScalar, isSeq, type LineCounter, type Node, type Pair } from 'yaml';

export type Path = readonly (string | number)[];

export interface Problem {
  readonly path: Path;
  /** Continues the sentence that begins with the key. */
  readonly message: string;
}

/** One line for each problem, in the order of the file. Lines and columns count from 1. */
export function formatProblems(
  problems: readonly Problem[],
  file: string,
  document: Document,
  lines: LineCounter,
): string[] {
  return problems
    .map((problem) => ({ ...problem, offset: offsetOf(document, problem.path) }))
    .sort((one, other) => one.offset - other.offset)
    .map(({ path, message, offset }) => {
      const { line, col } = lines.linePos(offset);
      // A value in the message may contain line breaks.
      return `${file}:${line}:${col}: ${formatPath(path)} ${message.replaceAll('\n', '\\n')}`;
    });
}

/** A path as users write it, such as `clusters[0].issuer`. */
export function formatPath(path: Path): string {
  const parts = path.map((part, index) => {
    if (typeof part === 'number') return `[${part}]`;
    if (!/^[\w.-]+$/.test(part)) return `[${JSON.stringify(part)}]`;
    return index > 0 ? `.${part}` : part;
  });
  return parts.join('') || 'the file';
}

/**
 * The offset of the deepest part of the path that is in the file. For a missing key, that is the object
 * without it.
 */
function offsetOf(document: Document, path: Path): number {
  let node: unknown = document.contents;
  let offset = (node as Node | null)?.range?.[0] ?? 0;
  for (const part of path) {
    if (isAlias(node)) node = node.resolve(document);
    const child: unknown = isMap(node)
      ? pairOf(node.items, part)
      : isSeq(node)
        ? node.items[part as number]
        : undefined;
    if (child === undefined) return offset;
    if (isMap(node)) {
      const { key, value } = child as Pair;
      offset = (key as Node).range?.[0] ?? offset;
      node = value;
    } else {
      offset = (child as Node).range?.[0] ?? offset;
      node = child;
    }
  }
  // A scalar is reported at its value, an object or a list at its key.
  return isScalar(node) && node.range ? node.range[0] : offset;
}

function pairOf(pairs: readonly Pair[], name: string | number): Pair | undefined {
  return pairs.find(({ key }) => isScalar(key) && String(key.value) === String(name));
}
