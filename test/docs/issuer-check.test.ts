// The check of a published issuer in docs/deploying.md: it passes only if both sides answer, and agree.

import { execFile } from 'node:child_process';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { folderOf } from '../cli/command.ts';

const page = await readFile(join(import.meta.dirname, '..', '..', 'docs', 'deploying.md'), 'utf8');
const check = /### Check the issuer\n\n```sh\n([\s\S]*?)```/.exec(page)?.[1] ?? '';

const ISSUER = 'https://oidc.example.com/prod';
const discovery = JSON.stringify({ issuer: ISSUER });
const keys = (...kids: string[]) => JSON.stringify({ keys: kids.map((kid) => ({ kid })) });
const DOWN = "echo 'connection refused' >&2; exit 7";
/** curl without -L prints the body of a redirect, and ends with 0. */
const REDIRECT = "printf ''";
const print = (text: string) => `printf '%s' '${text}'`;

interface Sides {
  readonly kubectl?: { readonly discovery: string; readonly keys: string };
  readonly curl?: { readonly discovery: string; readonly keys: string };
}

const up = { discovery: print(discovery), keys: print(keys('a', 'b')) };
const down = { discovery: DOWN, keys: DOWN };

async function run({ kubectl = up, curl = up }: Sides): Promise<string> {
  await using folder = await folderOf({
    'cdk-outputs.json': JSON.stringify({ 'cwii-prod': { IssuerUrl: ISSUER } }),
  });
  for (const [name, answers] of Object.entries({ kubectl, curl })) {
    const path = join(folder.path, name);
    // A redirect is followed only with -L or --location.
    await writeFile(
      path,
      `#!/bin/sh
case "$*" in
*-L*|*--location*|*-fsSL*) echo 'redirects must not be followed' >&2; exit 2 ;;
*openid-configuration*) ${answers.discovery} ;;
*jwks*) ${answers.keys} ;;
esac
`,
    );
    await chmod(path, 0o700);
  }
  const env = { PATH: `${folder.path}:${process.env['PATH']}` };
  const { stdout } = await promisify(execFile)('bash', ['-c', check], { cwd: folder.path, env });
  return stdout.trim();
}

describe('the check of the issuer', () => {
  test('passes if both sides have the same issuer and keys', async () => {
    expect(await run({})).toBe('the same issuer and keys');
  });

  test.for<[string, Sides]>([
    ['both sides are down', { kubectl: down, curl: down }],
    ['the cluster is down', { kubectl: down }],
    ['the issuer is down', { curl: down }],
    ['the issuer redirects', { curl: { discovery: REDIRECT, keys: REDIRECT } }],
    ['the keys are down on both sides', { kubectl: { ...up, keys: DOWN }, curl: { ...up, keys: DOWN } }],
    ['both sides have no keys', { kubectl: { ...up, keys: print(keys()) }, curl: { ...up, keys: print(keys()) } }],
    ['the keys differ', { curl: { ...up, keys: print(keys('a')) } }],
    [
      'the published issuer has a slash',
      { curl: { ...up, discovery: print(JSON.stringify({ issuer: `${ISSUER}/` })) } },
    ],
    [
      'the cluster has another issuer',
      { kubectl: { ...up, discovery: print(JSON.stringify({ issuer: 'https://x' })) } },
    ],
  ])('fails if %s', async ([, sides]) => {
    expect(await run(sides)).toMatch(/^NOT the same: /);
  });
});
