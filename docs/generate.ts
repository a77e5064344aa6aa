// Writes the parts of docs/ that are derived from the source, between their markers: `npm run docs`.
// test/docs.test.ts fails when a document has drifted from what this would write.

import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { findingCodes } from '../lib/annotations/finding-codes.ts';
import { keyDocs, outputKeyDocs } from '../lib/annotations/key-docs.ts';
import { settingDocs } from '../lib/settings/setting-docs.ts';
import { type Setting, type SettingName, settings } from '../lib/settings/webhook-settings.ts';
import { faultCases } from '../testing/fault-table.ts';
import { clusterFileRows } from './cluster-file-keys.ts';

const severities = {
  warn: 'warning',
  deny: 'refusal',
  'by-scope': 'refusal on pod and owner, else warning',
} as const;

/** The derived parts, by document and marker. */
const parts: Record<string, Record<string, () => string>> = {
  'annotations.md': {
    keys: () =>
      table(
        ['Annotation', 'Effect', 'Where it is set nowhere', 'Example'],
        Object.entries(keyDocs).map(([key, { effect, byDefault, example }]) => [
          code(key),
          effect,
          byDefault,
          code(`"${example}"`),
        ]),
      ),
    outputs: () =>
      table(
        ['Annotation', 'Meaning'],
        Object.entries(outputKeyDocs).map(([key, meaning]) => [code(key), meaning]),
      ),
  },
  'configuration.md': {
    settings: () =>
      table(
        ['Variable', 'Effect', 'Default', 'Example'],
        Object.entries(settingDocs).map(([name, { effect, example }]) => {
          const { byDefault }: Setting<unknown> = settings[name as SettingName];
          return [code(name), effect, byDefault ? code(byDefault) : 'not set', code(example)];
        }),
      ),
  },
  'findings.md': {
    findings: () =>
      table(
        ['Code', 'Answer', 'Meaning', 'Remedy'],
        Object.entries(findingCodes).map(([name, { severity, meaning, remedy }]) => [
          code(name),
          severities[severity],
          meaning,
          sentence(remedy),
        ]),
      ),
  },
  'deploying-otherwise.md': {
    'cdk-app': () => listing('ts', 'cdk-app/app.ts'),
    terraform: () => listing('hcl', 'terraform/main.tf'),
    sam: () => listing('yaml', 'sam/template.yaml'),
  },
  'cluster-file.md': { keys: () => table(['Key', 'Meaning', 'Default', 'Example'], clusterFileRows()) },
  'reliability.md': {
    faults: () =>
      table(
        ['The API server …', 'The author reads', '`code` in the log', '`error` in the log has', 'Read again'],
        faultCases.map(({ what, said, code: logged, cause, retried }) => [
          what,
          said,
          code(logged),
          cause ? code(cause) : '',
          retried ? 'yes' : 'no',
        ]),
      ),
  },
  'cli.md': {
    cwii: () => help(),
    init: () => help('init'),
    'caller-token': () => help('caller-token'),
    manifests: () => help('manifests'),
    preview: () => help('preview'),
    serve: () => help('serve'),
  },
};

/** Every document with derived parts, as it should be. */
export function generateDocuments(): { readonly path: string; readonly current: string; readonly generated: string }[] {
  return Object.entries(parts).map(([name, generators]) => {
    const path = fileURLToPath(new URL(name, import.meta.url));
    const current = readFileSync(path, 'utf8');
    const generated = Object.entries(generators).reduce(
      (text, [part, generate]) => fill(text, name, part, generate()),
      current,
    );
    return { path, current, generated };
  });
}

function fill(text: string, document: string, part: string, content: string): string {
  const [begin, end] = [`<!-- generated: ${part} -->\n`, '<!-- end -->'];
  const from = text.indexOf(begin);
  const to = text.indexOf(end, from);
  if (from === -1 || to === -1) throw new Error(`docs/${document} has no part "${begin.trim()}" up to "${end}"`);
  return `${text.slice(0, from)}${begin}\n${content}\n${text.slice(to)}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return `${[line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')}\n`;
}

function code(text: string): string {
  return `\`${text}\``;
}

/** A clause as a sentence. Placeholders such as <name> must not become HTML. */
function sentence(clause: string): string {
  return `${clause.charAt(0).toUpperCase()}${clause.slice(1)}.`.replaceAll('<', '&lt;');
}

/** A file of examples/. */
function listing(language: string, file: string): string {
  const text = readFileSync(new URL(`../examples/${file}`, import.meta.url), 'utf8');
  return `\`\`\`${language}\n${text}\`\`\`\n`;
}

function help(...command: string[]): string {
  const main = fileURLToPath(new URL('../cli/main.ts', import.meta.url));
  const { stdout, status, stderr } = spawnSync(process.execPath, [main, ...command, '--help'], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`cwii ${command.join(' ')} --help ended with status ${status}: ${stderr}`);
  return `\`\`\`text\n${stdout.trimEnd()}\n\`\`\`\n`;
}

if (import.meta.main) {
  for (const { path, current, generated } of generateDocuments()) {
    if (generated !== current) writeFileSync(path, generated);
  }
}
