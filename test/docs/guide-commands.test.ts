// The blocks of commands in the guide to AWS and in the issuer's page that test/deploy does not run.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packageFile } from '../../lib/common/package-root.ts';

const notRun: Readonly<Record<string, string>> = {
  'deploying.md: 1. Build the program 0': 'the tests run in a checkout that is built',
  'deploying.md: Addresses that may call 0': 'it asks hosts on the internet',
  'deploying.md: Addresses that may call 1': 'caller-addresses.ts reads the same policy',
  'deploying.md: A fixed address for the functions 0': 'no emulated deployment has egress',
  'deploying.md: Your own key 0': 'no emulated deployment has a key',
  'deploying.md: Many clusters 0': 'fleet.test.ts synthesizes many stacks; one account is deployed',
  "issuer.md: Rotate the cluster's signing key 0": 'the test control plane creates its keys',
  'issuer.md: Host it yourself 0': 'the guide hosts the issuer',
  'issuer.md: Host it yourself 1': 'the guide hosts the issuer',
};

const documents = { deploying: 'deploying.md', issuer: 'issuer.md' } as const;

function blocksOf(document: string): string[] {
  const sections = readFileSync(packageFile('docs', document), 'utf8').split(/^#+ /m);
  return sections.flatMap((section) => {
    const heading = section.split('\n', 1)[0];
    return [...section.matchAll(/^ *```sh\n/gm)].map((_, index) => `${document}: ${heading} ${index}`);
  });
}

function blocksThatRun(): Set<string> {
  const folder = packageFile('test', 'deploy');
  const sources = readdirSync(folder).filter((name) => name.endsWith('.ts'));
  const text = sources.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n');
  const calls = text.matchAll(/(deploying|issuer)\.commands\(\s*(['"])(.+?)\2(?:, (\d+))?\)/g);
  return new Set(
    [...calls].map(
      ([, document, , heading, index = '0']) => `${documents[document as keyof typeof documents]}: ${heading} ${index}`,
    ),
  );
}

it('runs every block of commands, or says why not', () => {
  const run = blocksThatRun();
  const blocks = Object.values(documents).flatMap(blocksOf);

  expect(blocks.filter((block) => !run.has(block))).toEqual(Object.keys(notRun));
  expect([...run].filter((block) => !blocks.includes(block))).toEqual([]);
});
