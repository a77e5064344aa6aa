// The import boundaries: which folder may import which, and which packages a folder may not use.
//
// docs/architecture.md explains the order of the folders. A folder imports only folders that stand before it
// here, so there is no cycle of folders.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');

/** Each folder and the folders that it imports. A permission that nobody uses is an error as well. */
const folders: Readonly<Record<string, readonly string[]>> = {
  'lib/common': [],
  'lib/kubernetes': ['lib/common'],
  'lib/settings': ['lib/common', 'lib/kubernetes'],
  'lib/annotations': ['lib/common', 'lib/kubernetes'],
  'lib/cluster': ['lib/common', 'lib/kubernetes', 'lib/settings'],
  'lib/callers': ['lib/settings'],
  'lib/providers': ['lib/annotations', 'lib/common', 'lib/kubernetes', 'lib/settings'],
  'lib/injection': ['lib/annotations', 'lib/common', 'lib/kubernetes', 'lib/providers'],
  'lib/admission': [
    'lib/annotations',
    'lib/cluster',
    'lib/common',
    'lib/injection',
    'lib/kubernetes',
    'lib/providers',
    'lib/settings',
  ],
  'lib/issuer': ['lib/common', 'lib/settings'],
  'lib/token-rotation': ['lib/cluster', 'lib/common', 'lib/kubernetes', 'lib/settings'],
  functions: [
    'lib/admission',
    'lib/annotations',
    'lib/callers',
    'lib/cluster',
    'lib/common',
    'lib/issuer',
    'lib/kubernetes',
    'lib/providers',
    'lib/settings',
    'lib/token-rotation',
  ],
  'cluster-file': ['lib/common', 'lib/issuer', 'lib/kubernetes', 'lib/settings'],
  cli: [
    'cluster-file',
    'lib/admission',
    'lib/annotations',
    'lib/cluster',
    'lib/common',
    'lib/injection',
    'lib/issuer',
    'lib/kubernetes',
    'lib/providers',
    'lib/settings',
  ],
  infra: ['cluster-file', 'lib/common', 'lib/issuer', 'lib/kubernetes', 'lib/settings', 'lib/token-rotation'],
  testing: [],
};

const cdk = /^(aws-cdk-lib|constructs|cdk-nag)(\/|$)/;
const lambda = /^(@middy\/|aws-lambda$|@aws-lambda-powertools\/)/;

/** Packages that a folder may not import, with the reason. The first folder that fits counts. */
const packages: readonly { readonly folder: RegExp; readonly forbidden: RegExp; readonly why: string }[] = [
  { folder: /^lib\//, forbidden: lambda, why: 'lib does not depend on AWS Lambda' },
  { folder: /^lib\//, forbidden: /^commander$/, why: 'lib does not depend on the command line' },
  { folder: /^(lib|functions|cli|cluster-file)(\/|$)/, forbidden: cdk, why: 'only infra depends on the CDK' },
  { folder: /^infra$/, forbidden: /^cdk-nag$/, why: 'users of the constructs need only aws-cdk-lib and constructs' },
  { folder: /^functions$/, forbidden: /^(commander|yaml)$/, why: 'functions do not depend on the command line' },
  {
    folder: /^lib\/(?!cluster$)/,
    forbidden: /^node:(http|https|http2|tls|net)$/,
    why: 'only lib/cluster opens connections',
  },
];

interface Import {
  readonly file: string;
  readonly folder: string;
  readonly target: string;
}

function folderOf(file: string): string | undefined {
  return Object.keys(folders).find((folder) => file.startsWith(`${folder}/`));
}

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => folderOf(file) !== undefined && existsSync(join(ROOT, file)));

/** Every import of these files, types included: `./x.ts` as a path from the root, a package by its name. */
const imports: readonly Import[] = files.flatMap((file) => {
  const source = readFileSync(join(ROOT, file), 'utf8');
  const specifiers = [...source.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/g)].map(
    ([, specifier = '']) => specifier,
  );
  return specifiers.map((specifier) => ({
    file,
    folder: folderOf(file) ?? '',
    target: specifier.startsWith('.') ? normalize(join(dirname(file), specifier)) : specifier,
  }));
});

const between = imports
  .map((found) => ({ ...found, to: folderOf(found.target) ?? found.target.split('/')[0] ?? '' }))
  .filter(({ target, to, folder }) => existsSync(join(ROOT, target)) && to !== folder);

describe('the folders', () => {
  it('contain imports, so that this test checks something', () => {
    expect(between.length).toBeGreaterThan(300);
  });

  it('stand in an order without cycles', () => {
    const order = Object.keys(folders);
    const backwards = Object.entries(folders).flatMap(([folder, allowed]) =>
      allowed
        .filter((target) => order.indexOf(target) >= order.indexOf(folder))
        .map((target) => `${folder} -> ${target}`),
    );

    expect(backwards).toEqual([]);
  });

  it.each(Object.entries(folders))('%s imports exactly the folders that it may', (folder, allowed) => {
    const found = between.filter((one) => one.folder === folder);

    expect(
      found.filter(({ to }) => !allowed.includes(to)).map(({ file, target }) => `${file} imports ${target}`),
    ).toEqual([]);
    expect(allowed.filter((target) => !found.some(({ to }) => to === target))).toEqual([]);
  });
});

describe('lib/admission', () => {
  it('reads the cluster only through the port', () => {
    const found = between.filter(({ folder, to }) => folder === 'lib/admission' && to === 'lib/cluster');

    expect(new Set(found.map(({ target }) => target))).toEqual(
      new Set(['lib/cluster/owners.ts', 'lib/cluster/reader.ts']),
    );
  });
});

describe('the packages', () => {
  it.each(packages)('$why', ({ folder, forbidden }) => {
    const found = imports.filter((one) => folder.test(one.folder) && forbidden.test(one.target));

    expect(found.map(({ file, target }) => `${file} imports ${target}`)).toEqual([]);
  });
});

describe('the command', () => {
  /** The modules that its start loads: imports on first use and types are left out. */
  function loadedBy(file: string, loaded = new Set<string>()): Set<string> {
    if (loaded.has(file) || !file.endsWith('.ts')) return loaded;
    loaded.add(file);
    const source = readFileSync(join(ROOT, file), 'utf8');
    const statements = source.matchAll(/^(?:import|export)\s+(?!type\b)(?:[^'";]*?\bfrom\s+)?'([^']+)'/gm);
    for (const [, specifier = ''] of statements) {
      if (specifier.startsWith('.')) loadedBy(normalize(join(dirname(file), specifier)), loaded);
      else loaded.add(specifier);
    }
    return loaded;
  }

  it('starts with packages that an installation of cwii has', () => {
    const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const loaded = [...loadedBy('cli/main.ts')].filter((name) => !name.endsWith('.ts') && !name.startsWith('node:'));
    const nameOf = (specifier: string) =>
      specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/');

    expect(loaded).toContain('commander');
    expect(loaded.filter((specifier) => !(nameOf(specifier) in dependencies))).toEqual([]);
  });
});
