// `cwii explain`: prints the documentation of a finding, error or warning from its code.

import { styleText } from 'node:util';
import { Command } from 'commander';
import { allFindings } from '../lib/annotations/finding-catalogue.ts';
import type { FindingCode } from '../lib/annotations/finding-codes.ts';
import { sentenceOf } from '../lib/annotations/finding-docs.ts';
import { findingMeanings } from '../lib/annotations/finding-meanings.ts';
import { errorCodes } from '../lib/common/error-codes.ts';
import { CwiiError } from '../lib/common/errors.ts';
import { nearestName } from '../lib/common/nearest-name.ts';
import { reasonCodes } from './audit/reason-codes.ts';
import { type CheckCodeDocs, checkCategories } from './check/check-codes.ts';
import { warningCodes } from './warning-codes.ts';
import { wrapText } from './wrap-text.ts';

interface CodeDocs {
  readonly code: string;
  readonly severity: string;
  /** The correct state; only of a check. */
  readonly checks?: string;
  readonly meaning: string;
  readonly remedy: string;
}

/** A group of codes, which a code can be in once. */
interface CodeGroup {
  readonly title: string;
  readonly codes: readonly CodeDocs[];
}

const findingSeverities = {
  warn: 'warning: the pod is admitted',
  deny: 'denies the pod',
  'by-scope':
    'denies the pod if the value is on the pod or its owning workload; on its ServiceAccount or namespace it is a warning, and the cloud is skipped (CWII_ON_INVALID changes both)',
} as const;

const findingCodeNames = Object.keys(allFindings) as FindingCode[];

const groups: readonly CodeGroup[] = [
  {
    title: 'Findings about pods, from the webhook and from `cwii preview`',
    codes: findingCodeNames.map((code) => ({
      code,
      severity: findingSeverities[allFindings[code].severity],
      meaning: findingMeanings[code],
      remedy: sentenceOf(allFindings[code].remedy),
    })),
  },
  {
    title: 'Errors',
    codes: Object.entries(errorCodes).map(([code, docs]) => ({ code, severity: 'error', ...docs })),
  },
  ...Object.values(checkCategories).map(({ title, codes }) => ({
    title: `Checks of \`cwii check\`: ${title}`,
    codes: Object.entries<CheckCodeDocs>(codes).map(([code, { description, ...docs }]) => ({
      code,
      severity: 'a check',
      checks: description,
      ...docs,
    })),
  })),
  {
    title: 'Reasons in `cwii audit`',
    codes: Object.entries(reasonCodes).map(([code, docs]) => ({ code, severity: 'reason of an audit', ...docs })),
  },
  {
    title: 'Warnings of the command line',
    codes: Object.entries(warningCodes).map(([code, docs]) => ({ code, severity: 'warning', ...docs })),
  },
];

export function explainCommand(): Command {
  return new Command('explain')
    .description('Explain the code of a finding, error or warning: its severity, meaning and remedy.')
    .argument('[code]', 'the code in brackets at the end of a message; without it all codes are listed')
    .addHelpText('after', HELP)
    .action((code: string | undefined) => {
      process.stdout.write(code === undefined ? listCodes() : explainCode(code));
    });
}

const HELP = `
Examples:
  cwii explain aws-role-arn-invalid
  cwii explain                          lists all codes
`;

/** @throws {CwiiError} `code-unknown`, with the nearest code. */
export function explainCode(text: string): string {
  // The brackets may be copied from a message.
  const code = text.replace(/^\[|\]$/g, '');
  const all = groups.flatMap(({ codes }) => codes);
  const found = all.filter((docs) => docs.code === code);
  if (found.length > 0) return found.map(format).join('\n');
  const nearest = nearestName(
    code,
    all.map((docs) => docs.code),
  );
  const remedy = nearest === undefined ? 'run `cwii explain` to list all codes' : `did you mean "${nearest}"?`;
  throw new CwiiError('code-unknown', `unknown code "${code}"; ${remedy}`);
}

function format({ code, ...docs }: CodeDocs): string {
  const fields = [
    ...(docs.checks === undefined ? [['Severity', docs.severity] as const] : [['Checks', docs.checks] as const]),
    ['Meaning', docs.meaning],
    ['Remedy', docs.remedy],
  ] as const;
  const lines = fields.flatMap(([name, text]) =>
    wrapText(text, 78 - INDENT.length).map(
      (line, index) => `${index === 0 ? `  ${name}`.padEnd(INDENT.length) : INDENT}${line}`,
    ),
  );
  return `${[title(code), ...lines].join('\n')}\n`;
}

const INDENT = ' '.repeat('  Severity  '.length);

/** One line for each code: the first sentence of its meaning. */
function listCodes(): string {
  const width = Math.max(...groups.flatMap(({ codes }) => codes.map(({ code }) => code.length)));
  return groups
    .map(({ title: heading, codes }) => {
      const lines = codes.map(({ code, meaning }) => `  ${code.padEnd(width)}  ${firstSentence(meaning)}`);
      return `${[title(heading), ...lines].join('\n')}\n`;
    })
    .join('\n');
}

function firstSentence(text: string): string {
  return /^.*?[.?!](?= |$)/s.exec(text)?.[0] ?? text;
}

function title(text: string): string {
  return styleText('bold', text, { stream: process.stdout });
}
