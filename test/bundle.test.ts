// The eager part of the function's bundle is small: a cold start loads the entry's chunk and what that imports, and
// neither schemas, nor a YAML parser, nor an SDK. `npm run bundle` writes the metafile that is read here.

import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';

interface Output {
  readonly bytes: number;
  readonly entryPoint?: string;
  readonly imports: readonly { readonly path: string; readonly kind: string; readonly external?: boolean }[];
  readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>>;
}

const LARGEST = 120 * 1024;
const LAZY =
  /node_modules\/(zod|yaml|@aws-sdk|@aws-lambda-powertools|@smithy|@aws-crypto|aws-cdk-lib|constructs|commander)\//;
/** What docs and CLI say of keys and settings. */
const DOCS = /^lib\/(annotations\/key-docs|settings\/setting-docs)/;

const metafile: { outputs: Record<string, Output> } = JSON.parse(
  await readFile(new URL('../dist/webhook/metafile.json', import.meta.url), 'utf8'),
);

function outputOf(path: string): Output {
  const output = metafile.outputs[path];
  if (!output) throw new Error(`the bundle has no ${path}`);
  return output;
}

/** The entry's chunk, and all that is imported before its first line runs. */
function eagerOutputs(): Map<string, Output> {
  const eager = new Map<string, Output>();
  const load = (path: string) => {
    if (eager.has(path)) return;
    const output = outputOf(path);
    eager.set(path, output);
    for (const { path: imported, kind, external } of output.imports) {
      if (!external && kind === 'import-statement') load(imported);
    }
  };
  load('dist/webhook/index.mjs');
  return eager;
}

describe('the eager part of the bundle', () => {
  it('is the entry of the function', () => {
    expect(outputOf('dist/webhook/index.mjs').entryPoint).toBe('functions/webhook/index.ts');
  });

  it('has at most 120 KB', () => {
    const sizes = [...eagerOutputs()].map(([path, { bytes }]) => ({ path, bytes }));
    const sum = sizes.reduce((total, { bytes }) => total + bytes, 0);

    const largest = [...eagerOutputs().values()]
      .flatMap(({ inputs }) => Object.entries(inputs).map(([path, { bytesInOutput }]) => ({ path, bytesInOutput })))
      .sort((one, other) => other.bytesInOutput - one.bytesInOutput)
      .slice(0, 10);
    expect(sum, `the largest modules are ${JSON.stringify(largest, null, 1)}`).toBeLessThanOrEqual(LARGEST);
  });

  it('has no module that only some functions need', () => {
    const leaked = [...eagerOutputs().values()].flatMap(({ inputs }) =>
      Object.entries(inputs).flatMap(([path, { bytesInOutput }]) =>
        bytesInOutput > 0 && (LAZY.test(path) || DOCS.test(path)) ? path : [],
      ),
    );

    expect(leaked).toEqual([]);
  });

  it('imports no module of Node.js but these: others cost milliseconds, and only some starts need them', () => {
    const external = [...eagerOutputs().values()].flatMap(({ imports }) =>
      imports.filter((one) => one.external && one.kind === 'import-statement').map(({ path }) => path),
    );

    expect([...new Set(external)].sort()).toEqual(['node:timers', 'node:timers/promises']);
  });

  it('is one file: each costs a start half a millisecond, whatever is in it', async () => {
    const text = await readFile(new URL('../dist/webhook/index.mjs', import.meta.url), 'utf8');

    expect([...eagerOutputs().keys()]).toEqual(['dist/webhook/index.mjs']);
    expect(text).not.toMatch(/(^|;)import[^(;]*"\.\//);
    expect(text.length).toBe(outputOf('dist/webhook/index.mjs').bytes);
  });

  it('imports nothing but modules of Node.js that is not in it', () => {
    const external = [...eagerOutputs().values()].flatMap(({ imports }) =>
      imports.filter((one) => one.external && one.kind !== 'dynamic-import').map(({ path }) => path),
    );

    expect(external.filter((path) => !path.startsWith('node:'))).toEqual([]);
  });

  it('can be told from what is loaded when it is needed', () => {
    const lazy = Object.entries(metafile.outputs).filter(([path]) => !eagerOutputs().has(path));

    expect(lazy.flatMap(([, { inputs }]) => Object.keys(inputs)).some((path) => LAZY.test(path))).toBe(true);
  });
});
