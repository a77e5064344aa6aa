// `npm run docs:constructs`: generates docs/constructs.md from the doc comments of infra/.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageFile } from '../lib/common/package-root.ts';
import { requireTypedoc } from '../testing/typedoc.ts';

export const CONSTRUCTS_PAGE = fileURLToPath(new URL('constructs.md', import.meta.url));

const INTRODUCTION = `# The construct library

Every construct of \`cwii/infra\` with its properties, defaults, methods and errors.
[In your own CDK app](deploying-otherwise.md#in-your-own-cdk-app) shows them in use. This page is generated from the
sources: \`npm run docs:constructs\`.
`;

const DOCUMENTED = ['Class', 'Interface', 'Property', 'Method', 'TypeAlias', 'Accessor'];

const options = (plugin: string, out: string) => [
  ...['--plugin', plugin, '--out', out, '--entryPoints', packageFile('infra', 'index.ts')],
  ...['--tsconfig', packageFile('tsconfig.json'), '--readme', 'none', '--outputFileStrategy', 'modules'],
  // `npm run typecheck` finds errors of types.
  '--skipErrorChecking',
  ...['--disableSources', '--excludePrivate', '--excludeExternals', '--hidePageHeader', '--hideBreadcrumbs'],
  ...['parameters', 'properties', 'interfaceProperties'].flatMap((kind) => [`--${kind}Format`, 'table']),
  // Its names for headings and table rows are unique together, those of other renderers are not.
  '--useHTMLAnchors',
  // Everything that is exported needs a doc comment.
  ...['--validation.notDocumented', '--treatValidationWarningsAsErrors'],
  ...DOCUMENTED.flatMap((kind) => ['--requiredToBeDocumented', kind]),
];

/** @throws if something that is exported has no doc comment, with TypeDoc's words. */
export function constructsPage(): string {
  const { program, plugin } = requireTypedoc();
  const out = mkdtempSync(join(tmpdir(), 'cwii-typedoc-'));
  try {
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...options(plugin, out)], {
      encoding: 'utf8',
      env: { ...process.env, NO_COLOR: '1' },
    });
    if (status !== 0) throw new Error(`TypeDoc ended with code ${status}:\n${stdout}${stderr}`);
    return asPage(readFileSync(join(out, 'README.md'), 'utf8'));
  } finally {
    rmSync(out, { recursive: true });
  }
}

function asPage(generated: string): string {
  const withoutTitle = generated.replace(/^# .*\n/, '');
  return `${INTRODUCTION}${withoutTitle.trimEnd()}\n`;
}

if (import.meta.main) writeFileSync(CONSTRUCTS_PAGE, constructsPage());
