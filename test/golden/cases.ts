// Reads the golden cases of test/cases: each is a file, or a row of a file's table.

import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseDocument } from 'yaml';
import type { Manifest } from '../../cli/preview/manifest-reader.ts';
import { withAdditions } from './additions.ts';
import { mergePods, objectManifest, podManifest } from './notation.ts';
import { type CaseFile, type CaseText, checked } from './schema.ts';
import { CASES, STANDARD, standard } from './standard.ts';

export interface GoldenCase {
  readonly title: string;
  readonly file: string;
  /** The keys in the file that lead to the case. */
  readonly keys: readonly string[];
  readonly settings: Readonly<Record<string, string>>;
  /** The namespace of the request. */
  readonly namespace: string;
  readonly cluster: readonly Manifest[];
  readonly pod: Manifest;
  /** Undefined in a case that is not finished. */
  readonly outcome: Outcome | undefined;
  /** The admitted pod; undefined if it is denied. */
  readonly expected: Manifest | undefined;
  readonly answer: Told;
}

type Unlocated = Omit<GoldenCase, 'file'>;

/** The key that says what becomes of the pod. */
export type Outcome = (typeof outcomes)[number];

/** The part of the answer that is not the patch. */
export interface Told {
  readonly warnings?: readonly string[];
  readonly denied?: string;
  readonly skipped?: string;
}

const outcomes = ['adds', 'admitted', 'denied', 'skipped'] as const;

/** The files of all cases in their order. */
export function caseFiles(): string[] {
  const files = readdirSync(CASES, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((file) => file !== STANDARD)
    .sort();
}

/** The cases of all files. */
export function readCases(): GoldenCase[] {
  return caseFiles().flatMap(readCaseFile);
}

/** @throws Error that names the file, the key in it and what is expected there. */
export function readCaseFile(file: string): GoldenCase[] {
  try {
    const [, sentence] = /^([a-z0-9]+(?:-[a-z0-9]+){2,})\.yaml$/.exec(basename(file)) ?? [];
    if (!sentence) throw new Error('the name is not a sentence in kebab-case that ends with .yaml');
    const cases = casesOf(parsed(readFileSync(file, 'utf8')), sentence.replaceAll('-', ' '));
    return cases.map((golden) => ({ ...golden, file }));
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`, { cause: error });
  }
}

/** @throws Error if a case has no outcome, as a new one until `--update` writes it. */
export function assertFinished({ file, keys, outcome }: GoldenCase): void {
  if (!outcome) throw new Error(`${[file, ...keys].join(': ')}: expected one of ${outcomes.join(', ')}`);
}

function parsed(text: string): CaseFile {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error) throw error;
  return checked(document.toJS());
}

function casesOf(file: CaseFile, sentence: string): Unlocated[] {
  if (!file.cases) return [goldenCase(file, {}, sentence, [])];
  return Object.entries(file.cases).map(([row, text]) => {
    try {
      return goldenCase(file, text, `${sentence}: ${row}`, ['cases', row]);
    } catch (error) {
      throw new Error(`cases: ${row}: ${(error as Error).message}`, { cause: error });
    }
  });
}

/** A row with what its file says for all rows. */
function goldenCase(file: CaseText, row: CaseText, title: string, keys: readonly string[]): Unlocated {
  const namespace = row.namespace ?? file.namespace ?? 'default';
  const cluster = Object.entries({ ...file.cluster, ...row.cluster });
  const pod = podManifest([standard.pod, file.pod ?? {}, row.pod ?? {}].reduce(mergePods), namespace);
  const given = outcomeOf(row) ? row : file;
  const outcome = outcomeOf(given);
  const { denied, skipped } = given;
  return {
    title,
    keys,
    settings: { ...file.settings, ...row.settings },
    namespace,
    cluster: cluster.map(([id, notation]) => objectManifest(id, notation, namespace)),
    pod,
    outcome,
    expected: outcome === 'denied' ? undefined : expectedOf(pod, given),
    answer: {
      ...(row.warns && { warnings: row.warns }),
      ...(file.warns && { warnings: file.warns }),
      ...(denied !== undefined && { denied }),
      ...(skipped !== undefined && { skipped }),
    },
  };
}

function outcomeOf(text: CaseText): Outcome | undefined {
  const [outcome, ...more] = outcomes.filter((key) => text[key] !== undefined);
  if (more.length > 0) throw new Error(`${outcome} and ${more.join(' and ')}: expected one of ${outcomes.join(', ')}`);
  return outcome;
}

function expectedOf(pod: Manifest, { adds = 'nothing', admitted }: CaseText): Manifest {
  if (admitted !== undefined) return admitted;
  return adds === 'nothing' ? pod : withAdditions(pod, adds);
}
