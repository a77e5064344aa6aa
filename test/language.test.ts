// Keeps comments, messages and documents in plain technical English (CONTRIBUTING.md).
// Each failure names the place and the plain alternative.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../supply-chain/shipped-packages.ts';

/** Text that other programs wrote, and this file, which has to name what it forbids. */
const excluded = [
  /^test\/language\.test\.ts$/,
  /^package-lock\.json$/,
  /\.generated\.ts$/,
  /^test\/fuzz\/reviews\//,
  /^test\/cli\/manifests\/[^/]+\/expected\//,
  /^test\/cli\/trust\//,
  /\/snapshots\//,
];

const maxCommentColumns = 110;

interface Rule {
  readonly name: string;
  /** Words are separated by any white space, because a line can end between them. */
  readonly pattern: RegExp;
  /** What to write instead. */
  readonly plain: string;
  readonly commentsOnly?: boolean;
}

const word = (...words: readonly string[]) => new RegExp(`\\b(?:${words.join('|')})\\b`, 'gi');

const rules: readonly Rule[] = [
  {
    name: '"is no X"',
    // Plain are "there is no X", "is no longer", "is no more than" and "is no-op".
    pattern:
      /(?<!\bthere\s+)\b(?:is|are|was|were)\s+no\b(?!-|\s+(?:longer|more|fewer|less|later|earlier|greater|different)\b)/gi,
    plain: '"is not a X", or a stronger word: invalid, unknown, missing',
  },
  { name: '"whoever"', pattern: word('whoever', 'whomever'), plain: 'anyone who, the user who' },
  { name: '"anew"', pattern: word('anew', 'afresh'), plain: 'again, from the beginning, a new' },
  { name: '"for want of"', pattern: word('for\\s+want\\s+of'), plain: 'because … is missing, without' },
  { name: 'a verb before "not"', pattern: word('(?:goes|comes|stands|knows|takes)\\s+not'), plain: 'does not, cannot' },
  { name: '"by its word"', pattern: word('by\\s+(?:its|their)\\s+(?:own\\s+)?word'), plain: 'as it says' },
  { name: '"at leisure"', pattern: word('at\\s+leisure'), plain: 'in the background, later' },
  { name: '"heed"', pattern: word('heeds?', 'heeded', 'heeding'), plain: 'react to, obey, follow' },
  { name: '"mend"', pattern: word('mends?', 'mended', 'mending'), plain: 'fix, correct' },
  { name: '"besides"', pattern: word('besides'), plain: 'also, in addition to, except' },
  {
    name: 'a clause as a subject',
    pattern: /(?:^|[.!?]\s+)(?:What|Of)\s+[a-z`"'][^.?!]*(?![^.?!]*\?)(?:[.!]|$)/g,
    plain: 'a sentence with a subject and a verb: who does what',
    commentsOnly: true,
  },
  {
    name: 'a name that avoids its word',
    pattern: /\w*(?:patience|impatient|patiently|mostTelling|squatter|shortness)\w*/gi,
    plain: 'the word of the field: retry policy, error to report, conflict, length',
  },
];

interface Text {
  readonly text: string;
  /** Of its first line. */
  readonly line: number;
  readonly isComment: boolean;
}

const commentMarks: Readonly<Record<string, RegExp>> = {
  ts: /^\s*(?:\/\/+|\/\*\*?|\*\/|\*)\s?/,
  mjs: /^\s*(?:\/\/+|\/\*\*?|\*\/|\*)\s?/,
};
const hashMark = /^\s*#+\s?/;

/** Joins lines that continue a comment or a paragraph, because a sentence can continue on the next line. */
function textsOf(path: string, content: string): Text[] {
  const extension = /\.(\w+)$/.exec(path)?.[1] ?? 'sh';
  const isMarkdown = extension === 'md';
  const mark = commentMarks[extension] ?? hashMark;
  const texts: { text: string; line: number; isComment: boolean }[] = [];
  let open = false;
  for (const [index, line] of content.split('\n').entries()) {
    const isComment = !isMarkdown && mark.test(line);
    const text = isComment ? line.replace(mark, '').replace(/\s*\*\/$/, '') : line;
    // A tag such as @param begins a text of its own, as an empty line and a list item do.
    const begins = text.trim() === '' || /^\s*(?:[-*|#]|\d+\.|@)/.test(text);
    const last = texts.at(-1);
    const continues = open && !begins && last && (isMarkdown || (isComment && last.isComment));
    if (continues) last.text += `\n${text}`;
    else texts.push({ text, line: index + 1, isComment });
    open = text.trim() !== '' && (isMarkdown || isComment) && !line.trimEnd().endsWith('*/');
  }
  return texts;
}

function problemsIn(path: string, content: string): string[] {
  const problems: string[] = [];
  for (const { text, line, isComment } of textsOf(path, content)) {
    for (const { name, pattern, plain, commentsOnly } of rules) {
      if (commentsOnly && !isComment) continue;
      for (const match of text.matchAll(pattern)) {
        const at = line + text.slice(0, match.index + match[0].search(/\S/)).split('\n').length - 1;
        const found = match[0].trim().replaceAll(/\s+/g, ' ').slice(0, 60);
        problems.push(`${path}:${at}: ${name} in "${found}"; write: ${plain}`);
      }
    }
  }
  const mark = commentMarks[/\.(\w+)$/.exec(path)?.[1] ?? ''] ?? hashMark;
  if (!path.endsWith('.md')) {
    for (const [index, line] of content.split('\n').entries()) {
      // A URL cannot be wrapped.
      if (mark.test(line) && line.length > maxCommentColumns && !/https?:\S{60}/.test(line))
        problems.push(`${path}:${index + 1}: a comment of ${line.length} columns; wrap it at ${maxCommentColumns}`);
    }
  }
  return problems;
}

const isText = (path: string) => /\.(?:ts|mjs|md|sh|ya?ml)$/.test(path) || /^\.ci\/[a-z-]+$/.test(path);

const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' }).split('\0').filter(Boolean);
const files = tracked.filter((path) => !excluded.some((pattern) => pattern.test(path)));

describe('plain English', () => {
  it('is used in comments, messages and documents', () => {
    const problems = files.filter(isText).flatMap((path) => problemsIn(path, readFileSync(join(ROOT, path), 'utf8')));

    expect(problems).toEqual([]);
  });

  it('is used in names of files', () => {
    const pattern = rules.at(-1)?.pattern ?? /$/;
    expect(files.filter((path) => path.search(pattern) >= 0)).toEqual([]);
  });
});

describe('a file', () => {
  it('has no markers of a merge conflict', () => {
    const conflicts = tracked
      .filter(isText)
      .filter((path) => /^(?:<{7} |>{7} )/m.test(readFileSync(join(ROOT, path), 'utf8')));

    expect(conflicts).toEqual([]);
  });
});

describe('a check of the language', () => {
  const problems = (text: string, path = 'lib/example.ts') => problemsIn(path, text);

  it.each([
    ['// A key that is no setting.', 'lib/example.ts:1: "is no X" in "is no"'],
    ["fail('X is no port')", 'lib/example.ts:1: "is no X" in "is no"'],
    ['// The file is\n// no certificate.', 'lib/example.ts:1: "is no X" in "is no"'],
    ['\n// The cache is begun anew.', 'lib/example.ts:2: "anew" in "anew"'],
    ['/** Of all objects, in bytes. */', 'lib/example.ts:1: a clause as a subject in "Of all objects'],
    ['// Reads it. What is left\n// is an error.', 'lib/example.ts:1: a clause as a subject'],
    ['const patience = 3;', 'lib/example.ts:1: a name that avoids its word in "patience"'],
    [`// ${'x '.repeat(60)}`, 'lib/example.ts:1: a comment of 123 columns'],
  ])('finds %j', (text, problem) => {
    expect(problems(text)).toEqual([expect.stringContaining(problem)]);
  });

  it.each([
    '// There is no port.',
    '// It is no longer there.',
    '// What does the API server do then?',
    "const text = 'What is expected';",
    `// https://example.com/${'x'.repeat(100)}`,
    `const text = '${'x'.repeat(120)}';`,
  ])('accepts %j', (text) => {
    expect(problems(text)).toEqual([]);
  });

  it('finds a sentence over two lines of a document', () => {
    expect(problems('# Title\n\nThe value is\nno number.\n', 'docs/example.md')).toEqual([
      expect.stringContaining('docs/example.md:3: "is no X"'),
    ]);
  });
});
