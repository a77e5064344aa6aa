// Checks what a cold start of the webhook loads: the entry of the bundle and everything that it imports
// statically. Reads the metafile that `npm run bundle` writes.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { metafileOf, packageNameOf, ROOT } from '../supply-chain/shipped-packages.ts';

interface Output {
  readonly bytes: number;
  readonly entryPoint?: string;
  readonly imports: readonly { readonly path: string; readonly kind: string; readonly external?: boolean }[];
  readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>>;
}

const ENTRY = 'dist/webhook/index.mjs';
const MAX_EAGER_BYTES = 142 * 1024;

/** The packages that every admission needs. All others are loaded on first use. */
const EAGER_PACKAGES = ['@middy/core', 'fast-json-patch'];

/** Packages that the bundle contains, but never in its eager part. */
const LAZY_PACKAGES = ['zod', 'yaml', '@aws-sdk/client-sts', '@aws-sdk/client-secrets-manager', '@smithy/signature-v4'];

/** Texts for the docs and the CLI, which the function does not need. */
const DOC_TEXTS = [
  'lib/annotations/finding-meanings.ts',
  'lib/annotations/key-docs.ts',
  'lib/common/error-codes.ts',
  'lib/settings/setting-docs.ts',
];

const { outputs } = metafileOf<{ outputs: Record<string, Output> }>('webhook');

function outputOf(path: string): Output {
  const output = outputs[path];
  if (!output) throw new Error(`the bundle has no ${path}`);
  return output;
}

/** The entry and the files that it imports before its first line runs, by path. */
function eagerOutputs(path = ENTRY, found = new Map<string, Output>()): Map<string, Output> {
  if (found.has(path)) return found;
  found.set(path, outputOf(path));
  for (const { path: imported, kind, external } of outputOf(path).imports) {
    if (!external && kind === 'import-statement') eagerOutputs(imported, found);
  }
  return found;
}

/** The source files whose code is in these outputs. */
function sourcesOf(files: Iterable<Output>): { path: string; bytes: number }[] {
  return [...files].flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput: bytes }]) => (bytes > 0 ? { path, bytes } : [])),
  );
}

function packagesOf(files: Iterable<Output>): string[] {
  return [...new Set(sourcesOf(files).flatMap(({ path }) => packageNameOf(path) ?? []))].sort();
}

describe('the eager part of the webhook bundle', () => {
  const eager = eagerOutputs();
  const sources = sourcesOf(eager.values());

  it('starts at the entry of the function', () => {
    expect(outputOf(ENTRY).entryPoint).toBe('functions/webhook/index.ts');
  });

  it('has at most 142 KB', () => {
    const bytes = [...eager.values()].reduce((sum, output) => sum + output.bytes, 0);

    const largest = sources.toSorted((one, other) => other.bytes - one.bytes).slice(0, 10);
    expect(bytes, `the largest modules are ${JSON.stringify(largest, null, 1)}`).toBeLessThanOrEqual(MAX_EAGER_BYTES);
  });

  it('contains only the packages that every admission needs', () => {
    const unexpected = packagesOf(eager.values()).filter((name) => !EAGER_PACKAGES.includes(name));

    expect(unexpected).toEqual([]);
  });

  it('contains no descriptions of annotations, settings and errors', () => {
    expect(DOC_TEXTS.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    expect(sources.map(({ path }) => path).filter((path) => DOC_TEXTS.includes(path))).toEqual([]);
  });

  it('imports only two modules of Node.js: others cost milliseconds, and only some starts need them', () => {
    const external = [...eager.values()].flatMap(({ imports }) =>
      imports.filter((one) => one.external && one.kind === 'import-statement').map(({ path }) => path),
    );

    expect([...new Set(external)].sort()).toEqual(['node:timers', 'node:timers/promises']);
  });

  it('is one file and the helpers of esbuild: each further file costs a start half a millisecond', () => {
    const others = [...eager].filter(([path]) => path !== ENTRY).map(([, output]) => output);

    expect(sourcesOf(others)).toEqual([]);
  });
});

describe('the lazy part of the webhook bundle', () => {
  it('contains the schemas, the YAML parser and the SDKs', () => {
    const lazy = Object.keys(outputs).filter((path) => !eagerOutputs().has(path));

    expect(packagesOf(lazy.map(outputOf))).toEqual(expect.arrayContaining(LAZY_PACKAGES));
  });
});
