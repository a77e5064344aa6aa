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
import { clusterSchema, type FileContent, fileSchema } from './schema.ts';
import { problemsFromIssues } from './schema-problems.ts';

export type { Cluster } from './defaults.ts';

export interface ClusterFile {
  readonly clusters: readonly Cluster[];
  /** The account and region of the dashboard over all clusters. */
  readonly dashboard?: NonNullable<FileContent['dashboard']>;
}

/** A cluster with problems in its entry. */
export interface FailedCluster {
  /** `clusters[2]` if the entry has no name. */
  readonly name: string;
  readonly error: CwiiError;
}

/** A file in which some clusters may have problems that do not concern the others. */
export interface Fleet extends ClusterFile {
  readonly failed: readonly FailedCluster[];
}

const remedyIfMissing = 'run `cwii init` to write it from your kubeconfig';

/**
 * Reads and validates a file, and the CA files that it refers to.
 *
 * @throws {CwiiError} `cluster-file-missing`, or `cluster-file-invalid` with one line for each problem:
 * `cwii.yaml:LINE:COLUMN: clusters[0].issuer …`.
 */
export function readClusterFile(path: string): ClusterFile {
  return parseClusterFile(readTextFile(path, 'cluster-file-missing', { remedyIfMissing }), path);
}

/** The same for the text of a file. CA files are relative to the directory of `path`. */
export function parseClusterFile(text: string, path: string): ClusterFile {
  const { fleet, problems } = parse(text, path);
  if (problems.all.length > 0) throw invalid(problems.all);
  const { failed: _, ...file } = fleet;
  return file;
}

/**
 * The same, but a problem in the entry of one cluster fails only that cluster.
 *
 * @throws {CwiiError} the same for problems of the whole file.
 */
export function readFleet(path: string): Fleet {
  const { fleet, problems } = parse(readTextFile(path, 'cluster-file-missing', { remedyIfMissing }), path);
  if (problems.ofFile.length > 0) throw invalid(problems.ofFile);
  return fleet;
}

interface Parsed {
  readonly fleet: Fleet;
  /** In lines, in the order of the file: all of them, and those that concern no single cluster. */
  readonly problems: Readonly<Record<'all' | 'ofFile', readonly string[]>>;
}

function parse(text: string, path: string): Parsed {
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
  const { clusters, problems, dashboard } = validate(content, dirname(path));
  const format = (some: readonly Problem[]) => formatProblems(some, file, document, lines);
  const byCluster = Map.groupBy(problems, ({ path: [key, index] }) => (key === 'clusters' ? index : undefined));
  const failed = [...byCluster].flatMap(([index, some]) =>
    typeof index === 'number' ? [{ name: nameOf(content, index), error: invalid(format(some)) }] : [],
  );
  return {
    fleet: {
      clusters: clusters.filter(({ index }) => !byCluster.has(index)).map(({ cluster }) => cluster),
      ...(dashboard && { dashboard }),
      failed,
    },
    problems: { all: format(problems), ofFile: format(byCluster.get(undefined) ?? []) },
  };
}

function nameOf(content: unknown, index: number): string {
  const { clusters } = content as { clusters: readonly ({ name?: unknown } | null)[] };
  const name = clusters[index]?.name;
  return typeof name === 'string' ? name : `clusters[${index}]`;
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

interface Validated {
  readonly clusters: readonly { readonly cluster: Cluster; readonly index: number }[];
  readonly dashboard: FileContent['dashboard'];
  readonly problems: readonly Problem[];
}

function validate(content: unknown, folder: string): Validated {
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
  problems.push(
    ...checkClusterNames(entries, (content as { dashboard?: unknown }).dashboard !== undefined),
    ...checkBetweenClusters(clusters),
  );
  // Parsed on its own for the same reason.
  const { dashboard } = content as { dashboard?: unknown };
  return { clusters, dashboard: fileSchema.shape.dashboard.safeParse(dashboard).data, problems };
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
