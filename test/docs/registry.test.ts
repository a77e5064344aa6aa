// Tests that nothing tells the reader to install cwii from a package registry before the first release.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

/** Commands that fetch the package `cwii` from a registry. A tarball has a path, such as ./cwii-0.1.0.tgz. */
const fromRegistry =
  /\b(npm (install|i|add|exec)|pnpm add|yarn add|bun add)\b[^\n|;&`]*\scwii(@\S+)?(?=[\s`'",.;:)]|$)|\b(npx|pnpm dlx|yarn dlx|bunx) (-\S+ )*cwii(@\S+)?(?=[\s`'",.;:)]|$)/;
/** A dependency in package.json, with a version. */
const dependency = /"cwii": "[^"]*\d/;

// RELEASE.md describes what is possible after a release.
const files = execFileSync('git', ['ls-files', '-z', 'docs', 'examples', 'cli', 'infra', 'cluster-file', '*.md'])
  .toString()
  .split('\0')
  .filter((file) => file !== '' && file !== 'RELEASE.md' && !/\.(png|svg|ico)$/.test(file));

it.each([
  ['npm install cwii', true],
  ['npm install aws-cdk aws-cdk-lib constructs cwii', true],
  ['Run `npm install cwii` first', true],
  ['npx cwii@0.2.0 preview -f pod.yaml', true],
  ['npm install --global cwii', true],
  ['npm install aws-cdk-lib ./cwii-serverless/cwii-0.1.0.tgz', false],
  ['npx cdk deploy cwii-prod', false],
  ['npm run -s cwii -- preview', false],
])('recognises %s: %s', (text, recognised) => {
  expect(fromRegistry.test(text)).toBe(recognised);
});

it('tells nobody to install cwii from a registry', () => {
  expect(files.length).toBeGreaterThan(100);
  const lines = files.flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => fromRegistry.test(line) || dependency.test(line))
      .map((line) => `${file}: ${line}`),
  );
  expect(lines).toEqual([]);
});
