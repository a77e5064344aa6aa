// cwii.yaml: reads the file that describes clusters, with every problem at once and its place. Knows no CDK: the CLI uses it too.

import { readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import { CwiiError } from '../lib/common/errors.ts';
import { certificates } from '../lib/settings/parsers.ts';
import { checkBetweenClusters, checkCluster, repeated } from './cross-checks.ts';
import { type Cluster, withDefaults } from './defaults.ts';
import { type Path, type Problem, problemsOf, tell } from './problems.ts';
import { clusterSchema, fileSchema } from './schema.ts';

export type { Cluster } from './defaults.ts';

export interface ClusterFile {
  readonly clusters: readonly Cluster[];
}

/**
 * Reads and checks a whole file, and the CA files that it names.
 *
 * @throws {CwiiError} `cluster-file-missing`, or `cluster-file-invalid` with a line for each problem:
 * `cwii.yaml:LINE:COLUMN: clusters[0].issuer …`.
 */
export function readClusterFile(path: string): ClusterFile {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const message =
      code === 'ENOENT'
        ? `${path} does not exist; \`cwii init\` writes it from your kubeconfig`
        : `${path} cannot be read (${code})`;
    throw new CwiiError('cluster-file-missing', message, { cause: error });
  }
  return parseClusterFile(text, path);
}

/** As `readClusterFile`, of a text; CA files are looked for beside `path`. */
export function parseClusterFile(text: string, path: string): ClusterFile {
  const file = basename(path);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true, prettyErrors: false });
  const broken = document.errors.map(({ pos, message }) => {
    const { line, col } = lines.linePos(pos[0]);
    return `${file}:${line}:${col}: is no YAML: ${message}`;
  });
  if (broken.length > 0) throw invalid(broken);
  let content: unknown;
  try {
    content = document.toJS() ?? {};
  } catch (error) {
    // An alias without its anchor, a merge of what is no map: known only when aliases are followed.
    throw invalid([`${file}:1:1: is no YAML: ${(error as Error).message}`]);
  }
  const { clusters, problems } = check(content, dirname(path));
  if (problems.length > 0) throw invalid(tell(problems, file, document, lines));
  return { clusters };
}

function check(content: unknown, folder: string): { clusters: Cluster[]; problems: Problem[] } {
  const parsed = fileSchema.safeParse(content, { reportInput: true });
  const problems = parsed.success ? [] : problemsOf(parsed.error.issues);
  const entries: unknown = (content as { clusters?: unknown }).clusters;
  // Each by itself, so that a mistake in one cluster, or in the file, hides none in another.
  const clusters = (Array.isArray(entries) ? entries : []).flatMap((raw: unknown, index) => {
    const entry = clusterSchema.safeParse(raw);
    if (!entry.success) return [];
    const at: Path = ['clusters', index];
    const below = (problem: Problem): Problem => ({ ...problem, path: [...at, ...problem.path] });
    const ca = readCa(entry.data.api, folder);
    if ('problem' in ca) problems.push(below(ca.problem));
    const cluster = withDefaults(entry.data, 'pem' in ca ? ca.pem : undefined);
    problems.push(...checkCluster(cluster).map(below));
    return [{ cluster, index }];
  });
  problems.push(...repeatedNames(entries), ...checkBetweenClusters(clusters));
  return { clusters: clusters.map(({ cluster }) => cluster), problems };
}

function repeatedNames(entries: unknown): Problem[] {
  if (!Array.isArray(entries)) return [];
  const names = entries.flatMap((entry: { name?: unknown } | null, index) =>
    typeof entry?.name === 'string' ? [{ value: entry.name, path: ['clusters', index, 'name'] }] : [],
  );
  return repeated(names, 'the stack is named by it; choose another');
}

type Ca = { readonly pem: string | undefined } | { readonly problem: Problem };

function readCa({ ca, caFile }: { ca?: string | undefined; caFile?: string | undefined }, folder: string): Ca {
  if (caFile === undefined) return { pem: ca && certificates(ca) };
  const path = ['api', 'caFile'];
  if (ca !== undefined) return { problem: { path, message: 'is there beside api.ca; write only one of them' } };
  try {
    return { pem: certificates(readFileSync(resolve(folder, caFile), 'utf8')) };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return {
      problem: {
        path,
        message: code ? `names ${caFile}, which cannot be read (${code})` : `names ${caFile}, which ${message}`,
      },
    };
  }
}

function invalid(problems: readonly string[]): CwiiError {
  return new CwiiError('cluster-file-invalid', problems.join('\n'));
}
