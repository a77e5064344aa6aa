// The commit messages that `.ci/check-commits` accepts and rejects.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../../supply-chain/shipped-packages.ts';

function check(message: string): { status: number | null; stderr: string } {
  const script = join(ROOT, '.ci', 'check-commits');
  const { status, stderr } = spawnSync(script, ['--message', '-'], { input: message, encoding: 'utf8' });
  return { status, stderr };
}

describe('a commit message', () => {
  it.each([
    'feat: add the command explain',
    'fix(cli): reject a port above 65535',
    'refactor(cluster/http)!: drop the second client',
    'docs: AWS roles need a trust policy',
    'ci: embed the version',
    `fix(${'x'.repeat(20)}): ${'y'.repeat(45)}`,
    'perf(cache): keep objects\n\nThe reason is in the body.\nIt has two lines.\n',
    `fix(docs): correct a link\n\nhttps://example.com/${'x'.repeat(100)}\n`,
  ])('is accepted: %s', (message) => {
    expect(check(message)).toEqual({ status: 0, stderr: '' });
  });

  it.each([
    ['Add the command explain', 'is not of the form type(scope): summary'],
    ['feature: add the command explain', 'is not of the form type(scope): summary'],
    ['feat:add the command explain', 'is not of the form type(scope): summary'],
    [`feat: ${'x'.repeat(67)}`, 'has 73 characters; write at most 72'],
    ['feat: Add the command explain', 'begins with a capital letter; write "add"'],
    ['feat: add the command explain.', 'ends with a full stop'],
    ['feat: added the command explain', '"added" is not imperative'],
    ['feat: adds the command explain', '"adds" is not imperative'],
    ['fix: rejecting a port', '"rejecting" is not imperative'],
    ['feat: add the command\nexplain', 'the second line is not empty'],
    [`feat: add the command\n\nIt prints ${'words '.repeat(16)}.`, 'more than 100 characters'],
    ['fixup! feat: add the command', 'is not squashed'],
  ])('is rejected: %s', (message, reason) => {
    const { status, stderr } = check(message);

    expect(status).toBe(1);
    expect(stderr).toContain(reason);
  });
});
