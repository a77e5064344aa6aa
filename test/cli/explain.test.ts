// Tests for `cwii explain`: the documentation of a code, and the list of all codes.

import { describe, expect, test } from 'vitest';
import { reasonCodes } from '../../cli/audit/reason-codes.ts';
import { checkCodes } from '../../cli/check/check-codes.ts';
import { explainCode } from '../../cli/explain.ts';
import { warningCodes } from '../../cli/warning-codes.ts';
import { allFindings } from '../../lib/annotations/finding-catalogue.ts';
import type { FindingCode } from '../../lib/annotations/finding-codes.ts';
import { sentenceOf } from '../../lib/annotations/finding-docs.ts';
import { findingMeanings } from '../../lib/annotations/finding-meanings.ts';
import { errorCodes } from '../../lib/common/error-codes.ts';
import { cwii, failure } from './command.ts';

/** The fields of an explanation, with wrapped lines joined. */
function fieldsOf(text: string): Record<string, string> {
  const lines = text
    .trimEnd()
    .replace(/\n {12}/g, ' ')
    .split('\n')
    .slice(1);
  return Object.fromEntries(lines.map((line) => /^ {2}(\w+) +(.+)$/.exec(line)?.slice(1) ?? [line, '']));
}

describe.concurrent('cwii explain CODE', () => {
  test('prints severity, meaning and remedy of a finding', async () => {
    const { status, stdout, stderr } = await cwii(['explain', 'aws-role-arn-invalid']);

    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const { remedy } = allFindings['aws-role-arn-invalid'];
    expect(stdout.split('\n')[0]).toBe('aws-role-arn-invalid');
    expect(fieldsOf(stdout)).toEqual({
      Severity: expect.stringContaining('denies the pod if the value is on the pod or its owning workload'),
      Meaning: findingMeanings['aws-role-arn-invalid'],
      Remedy: sentenceOf(remedy),
    });
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });

  test('accepts the brackets of a message', async () => {
    const { status, stdout } = await cwii(['explain', '[cluster-file-invalid]']);

    expect(status).toBe(0);
    expect(stdout).toMatch(/^cluster-file-invalid\n/);
  });

  test('reports an unknown code with the nearest one', async () => {
    expect(await cwii(['explain', 'aws-role-arn-invlid'])).toEqual(
      failure('unknown code "aws-role-arn-invlid"; did you mean "aws-role-arn-invalid"?', 'code-unknown'),
    );
  });

  test('reports an unknown code with the command that lists all codes if none is near', async () => {
    expect(await cwii(['explain', 'E0308'])).toEqual(
      failure('unknown code "E0308"; run `cwii explain` to list all codes', 'code-unknown'),
    );
  });
});

const findings = Object.entries(findingMeanings).map(([code, meaning]) => {
  const { remedy } = allFindings[code as FindingCode];
  return [code, { meaning, remedy }] as const;
});
const tables: Readonly<Record<string, Readonly<Record<string, { meaning: string; remedy: string }>>>> = {
  finding: Object.fromEntries(findings),
  error: errorCodes,
  checks: checkCodes,
  reason: reasonCodes,
  warning: warningCodes,
};

test.for(Object.entries(tables))('every %s can be explained', ([, table]) => {
  for (const [code, { meaning, remedy }] of Object.entries(table)) {
    // A code can be that of a finding and of an error.
    const explanations = explainCode(code).split(/\n(?=\S)/);
    expect(explanations.map(fieldsOf)).toContainEqual(
      expect.objectContaining({ Meaning: meaning, Remedy: sentenceOf(remedy) }),
    );
  }
});

test('without a code all codes are listed, each with the first sentence of its meaning', async () => {
  const { status, stdout, stderr } = await cwii(['explain']);

  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const listed = stdout.split('\n').flatMap((line) => /^ {2}(\S+) {2,}\S/.exec(line)?.[1] ?? []);
  const all = Object.values(tables).flatMap((table) => Object.keys(table));
  expect(listed).toEqual(all);
  expect(stdout).toMatch(/^ {2}secret-arn-partial +The secret is imported with a partial ARN, .+$/m);
});
