// Writes the generated parts of docs/ between their markers: `npm run docs`.
//
// test/docs.test.ts fails if a document has drifted from its source.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { reasonCodes } from '../cli/audit/reason-codes.ts';
import { auditSchema } from '../cli/audit/report.ts';
import { stateDocs } from '../cli/audit/states.ts';
import { reportSchema } from '../cli/check/report.ts';
import { policyLimits } from '../cli/manifests/inject/limits.ts';
import { identityDiffSchema } from '../cli/preview/identity-diff.ts';
import { type VersionNeed, versionNeeds } from '../cluster-file/kubernetes-version.ts';
import { allFindings } from '../lib/annotations/finding-catalogue.ts';
import type { FindingCode } from '../lib/annotations/finding-codes.ts';
import { sentenceOf } from '../lib/annotations/finding-docs.ts';
import { findingMeanings } from '../lib/annotations/finding-meanings.ts';
import { keyDocs, outputKeyDocs } from '../lib/annotations/key-docs.ts';
import { type ErrorCodeDocs, errorCodeGroups } from '../lib/common/error-codes.ts';
import { settingDocs } from '../lib/settings/setting-docs.ts';
import { type Setting, type SettingName, settings } from '../lib/settings/webhook-settings.ts';
import { faultCases } from '../testing/fault-table.ts';
import { checkPages, escapeHtml } from './check-pages.ts';
import { clusterFileRows } from './cluster-file-keys.ts';
import { codeBlock, help, shell, smallDiff } from './command-output.ts';
import { cloudTables, credentialTable, serviceTable } from './sdks.ts';
import { catalogueSections, definitionTable } from './services.ts';
import { table } from './table.ts';

const severities = {
  warn: 'Warning.',
  deny: 'Denial.',
  'by-scope': 'Denial on the pod and its owner, warning on wider scopes.',
} as const;

/** The generated parts, by document and marker. */
const parts: Record<string, Record<string, () => string>> = {
  '../README.md': { diff: smallDiff },
  'index.md': { diff: smallDiff },
  'tutorial.md': {
    diff: () => shell('npm run -s cwii -- preview -f examples/guide-pod.yaml -o diff', 'diff'),
    explain: () => shell('npm run -s cwii -- preview -f examples/deployment.yaml -o explain'),
    misspelt: () =>
      shell("sed 's/aws-role-arn/aws-rol-arn/' examples/guide-pod.yaml | npm run -s cwii -- preview -f - -o diff"),
    malformed: () =>
      shell('sed \'s/:role//\' examples/guide-pod.yaml | npm run -s cwii -- preview -f - -o diff; echo "status $?"'),
  },
  'annotations.md': {
    keys: () =>
      table(
        ['Annotation', 'Effect', 'If not set', 'Example'],
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
  'availability.md': {
    limits: () =>
      table(
        ['The webhook', 'The policies alone'],
        Object.values(policyLimits).map(({ webhook, policies }) => [webhook, policies]),
      ),
  },
  'sdks.md': { clouds: cloudTables, services: serviceTable },
  'aws.md': { credentials: () => credentialTable('aws') },
  'azure.md': { credentials: () => credentialTable('azure') },
  'gcp.md': { credentials: () => credentialTable('gcp') },
  'services.md': { catalogue: catalogueSections, definition: definitionTable },
  'findings.md': {
    findings: () =>
      Object.entries(allFindings)
        .map(([name, { severity, remedy }]) =>
          section(name, `${severities[severity]} ${findingMeanings[name as FindingCode]}`, remedy),
        )
        .join('\n'),
  },
  'errors.md': { errors: () => errorSections() },
  'deploying-otherwise.md': {
    'cdk-app': () => listing('ts', 'cdk-app/app.ts'),
    terraform: () => listing('hcl', 'terraform/main.tf'),
    cloudformation: () => listing('yaml', 'cloudformation/template.yaml'),
    sam: () => listing('yaml', 'sam/template.yaml'),
  },
  'cluster-side.md': {
    versions: () =>
      table(
        ['Part of cwii', 'From', 'Because of', 'With an older version'],
        Object.values<VersionNeed>(versionNeeds).map(({ feature, minor, by, otherwise }) => [
          feature,
          `1.${minor}`,
          by,
          otherwise,
        ]),
      ),
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
  'audit.md': {
    states: () =>
      table(
        ['State', 'Meaning'],
        Object.entries(stateDocs).map(([state, { meaning }]) => [code(state), meaning]),
      ),
    reasons: () =>
      table(
        ['Code', 'Meaning', 'Remedy'],
        Object.entries(reasonCodes).map(([name, { meaning, remedy }]) => [code(name), meaning, remedy]),
      ),
  },
  'cli.md': {
    cwii: () => help(),
    init: () => help('init'),
    'caller-token': () => help('caller-token'),
    manifests: () => help('manifests'),
    preview: () => help('preview'),
    check: () => help('check'),
    'check-pod': () => help('check', 'pod'),
    'check-serviceaccount': () => help('check', 'serviceaccount'),
    trust: () => help('trust'),
    audit: () => help('audit'),
    explain: () => help('explain'),
    serve: () => help('serve'),
  },
};

/** Files that are generated as a whole. */
const files: Record<string, () => string> = {
  ...Object.fromEntries(checkPages().map(({ name, text }) => [name, () => text])),
  // A reader of reports must accept fields that later versions add, so the schema does not forbid them.
  'public/check-report.schema.json': () => schemaFile(reportSchema),
  'public/audit-report.schema.json': () => schemaFile(auditSchema),
  'public/identity-changes.schema.json': () => schemaFile(identityDiffSchema),
};

function schemaFile(schema: z.ZodType): string {
  return `${JSON.stringify(z.toJSONSchema(schema, { io: 'input' }), withoutClosedObjects, 2)}\n`;
}

function withoutClosedObjects(key: string, value: unknown): unknown {
  return key === 'additionalProperties' && value === false ? undefined : value;
}

interface GeneratedDocument {
  readonly path: string;
  readonly current: string;
  readonly generated: string;
}

/** Every document that is generated, or has generated parts: its current and its generated text. */
export function generateDocuments(): GeneratedDocument[] {
  const whole = Object.entries(files).map(([name, generate]) => {
    const path = fileURLToPath(new URL(name, import.meta.url));
    return { path, current: existsSync(path) ? readFileSync(path, 'utf8') : '', generated: generate() };
  });
  const filled = Object.entries(parts).map(([name, generators]) => {
    const path = fileURLToPath(new URL(name, import.meta.url));
    const current = readFileSync(path, 'utf8');
    const generated = Object.entries(generators).reduce(
      (text, [part, generate]) => fill(text, name, part, generate()),
      current,
    );
    return { path, current, generated };
  });
  return [...whole, ...filled];
}

function fill(text: string, document: string, part: string, content: string): string {
  const [begin, end] = [`<!-- generated: ${part} -->\n`, '<!-- end -->'];
  const from = text.indexOf(begin);
  const to = text.indexOf(end, from);
  if (from === -1 || to === -1)
    throw new Error(`${join('docs', document)} has no part "${begin.trim()}" up to "${end}"`);
  return `${text.slice(0, from)}${begin}\n${content}\n${text.slice(to)}`;
}

/** One code with an anchor of its own. */
function section(name: string, meaning: string, remedy: string): string {
  return `### ${name}\n\n${escapeHtml(meaning)}\n\nRemedy: ${escapeHtml(sentenceOf(remedy))}\n`;
}

/** A heading for each code, so that each has an anchor of its own name. */
function errorSections(): string {
  const sections = errorCodeGroups.flatMap(({ title, codes }) => [
    `## ${title}\n`,
    ...Object.entries<ErrorCodeDocs>(codes).map(([name, { meaning, remedy }]) => section(name, meaning, remedy)),
  ]);
  return sections.join('\n');
}

function code(text: string): string {
  return `\`${text}\``;
}

/** The text of a file in examples/. */
function listing(language: string, file: string): string {
  const text = readFileSync(new URL(`../examples/${file}`, import.meta.url), 'utf8');
  return codeBlock(language, text);
}

if (import.meta.main) {
  for (const { path, current, generated } of generateDocuments()) {
    if (generated !== current) writeFileSync(path, generated);
  }
}
