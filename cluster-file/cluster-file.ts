// Reads and validates cwii.yaml. It reports all problems of a file at once, each with its position.

import { readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { type Alias, type Document, LineCounter, parseDocument, visit } from 'yaml';
import { CwiiError } from '../lib/common/errors.ts';
import { describeReadError, fileErrorCode, readTextFile } from '../lib/common/text-file.ts';
import { certificates } from '../lib/settings/parsers.ts';
import { checkBetweenClusters, checkClusterNames } from './cluster-conflicts.ts';
import { checkCluster } from './cross-checks.ts';
import { type Cluster, withDefaults } from './defaults.ts';
import { formatProblems, type Path, type Problem } from './problems.ts';
import { clusterSchema, fileSchema } from './schema.ts';
import { problemsFromIssues } from './schema-problems.ts';

export type { Cluster } from './defaults.ts';

export interface ClusterFile {
  readonly clusters: readonly Cluster[];
}

/**
 * Reads and validates a file, and the CA files that it refers to.
 *
 * @throws {CwiiError} `cluster-file-missing`, or `cluster-file-invalid` with one line for each problem:
 * `cwii.yaml:LINE:COLUMN: clusters[0].issuer …`.
 */
export function readClusterFile(path: string): ClusterFile {
  const remedyIfMissing = 'run `cwii init` to write it from your kubeconfig';
  return parseClusterFile(readTextFile(path, 'cluster-file-missing', { remedyIfMissing }), path);
}

/** The same for the text of a file. CA files are relative to the directory of `path`. */
export function parseClusterFile(text: string, path: string): ClusterFile {
  const file = basename(path);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true, prettyErrors: false });
  const syntaxErrors = document.errors.map(({ pos, message }) => {
    const { line, col } = lines.linePos(pos[0]);
    return `${file}:${line}:${col}: invalid YAML: ${message}`;
  });
  if (syntaxErrors.length > 0) throw invalid(syntaxErrors);
  const cycles = aliasesOfAncestors(document).map((alias) => {
    const { line, col } = lines.linePos(alias.range?.[0] ?? 0);
    return `${file}:${line}:${col}: invalid YAML: the alias *${alias.source} is inside of its own anchor`;
  });
  if (cycles.length > 0) throw invalid(cycles);
  let content: unknown;
  try {
    content = document.toJS() ?? {};
  } catch (error) {
    // Aliases without an anchor and merges of values that are not maps are found only when aliases are
    // resolved.
    throw invalid([`${file}:1:1: invalid YAML: ${(error as Error).message}`]);
  }
  const { clusters, problems } = validate(content, dirname(path));
  if (problems.length > 0) throw invalid(formatProblems(problems, file, document, lines));
  return { clusters };
}

/** Aliases that would make a value contain itself. */
function aliasesOfAncestors(document: Document): Alias[] {
  const found: Alias[] = [];
  visit(document, {
    Alias(_, alias, path) {
      const target = alias.resolve(document);
      if (path.some((ancestor) => ancestor === target)) found.push(alias);
    },
  });
  return found;
}

function validate(content: unknown, folder: string): { clusters: Cluster[]; problems: Problem[] } {
  const parsed = fileSchema.safeParse(content, { reportInput: true });
  const problems = parsed.success ? [] : problemsFromIssues(parsed.error.issues);
  const entries: unknown = (content as { clusters?: unknown }).clusters;
  // Each entry is also parsed on its own, so that a mistake in one does not hide mistakes in another.
  const clusters = (Array.isArray(entries) ? entries : []).flatMap((raw: unknown, index) => {
    const entry = clusterSchema.safeParse(raw);
    if (!entry.success) return [];
    const prefix: Path = ['clusters', index];
    const withPrefix = (problem: Problem): Problem => ({ ...problem, path: [...prefix, ...problem.path] });
    const ca = readCa(entry.data.api, folder);
    if ('problem' in ca) problems.push(withPrefix(ca.problem));
    const cluster = withDefaults(entry.data, 'pem' in ca ? ca.pem : undefined);
    problems.push(...checkCluster(cluster).map(withPrefix));
    return [{ cluster, index }];
  });
  problems.push(...checkClusterNames(entries), ...checkBetweenClusters(clusters));
  return { clusters: clusters.map(({ cluster }) => cluster), problems };
}

type Ca = { readonly pem: string | undefined } | { readonly problem: Problem };

function readCa({ ca, caFile }: { ca?: string | undefined; caFile?: string | undefined }, folder: string): Ca {
  if (caFile === undefined) return { pem: ca && certificates(ca) };
  const path = ['api', 'caFile'];
  if (ca !== undefined) return { problem: { path, message: 'cannot be combined with api.ca; set only one of them' } };
  try {
    return { pem: certificates(readFileSync(resolve(folder, caFile), 'utf8')) };
  } catch (error) {
    const reason = fileErrorCode(error) === undefined ? (error as Error).message : describeReadError(error);
    return { problem: { path, message: `names ${caFile}, which ${reason}` } };
  }
}

function invalid(problems: readonly string[]): CwiiError {
  return new CwiiError('cluster-file-invalid', problems.join('\n'));
}
