// Tests for `cwii caller-token`: the token, its digest, and changes of cwii.yaml during a rotation.

import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readClusterFile } from '../../cluster-file/cluster-file.ts';
import { cwii, failure, folderOf } from './command.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const [FIRST, SECOND] = [sha256('first'), sha256('second')];

const clusterFile = (callers: string) => `# our clusters
clusters:
  - name: prod
    api: { url: https://api.example.com }   # the first
    issuer: https://oidc.example.com
    credential: { none: {} }
    callers:
${callers}
    # and more
    webhook: { timeoutSeconds: 7 }
`;
const withFirst = clusterFile(`      tokenSha256:\n        - ${FIRST}   # since May`);
const withBoth = clusterFile(`      tokenSha256:\n        - ${FIRST}   # since May\n        - ${SECOND}`);

/** Runs `cwii caller-token` in a directory with these files, and reads the files afterwards. */
async function callerToken(args: readonly string[], files: Readonly<Record<string, string>> = {}) {
  await using folder = await folderOf(files);
  const ended = await cwii(['caller-token', ...args], { cwd: folder.path });
  const names = await readdir(folder.path);
  const written = Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder.path, name), 'utf8')] as const)),
  );
  const modes = Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, (await stat(join(folder.path, name))).mode & 0o777] as const)),
  );
  const callers = names.includes('cwii.yaml')
    ? readClusterFile(join(folder.path, 'cwii.yaml')).clusters[0]?.callers
    : undefined;
  return { ...ended, written, modes, callers };
}

describe.concurrent('a token', () => {
  test('is printed to standard output, and its digest to standard error', async () => {
    const { status, stdout, stderr } = await callerToken([]);

    expect(status).toBe(0);
    expect(stdout).toMatch(/^[\w-]{43}\n$/);
    expect(stderr).toContain(`the SHA-256 of the token is ${sha256(stdout.trim())}\n`);
    expect(stderr).not.toContain(stdout.trim());
  });

  test('is written to a file that only its owner can read, and its digest printed to standard output', async () => {
    const { status, stdout, stderr, written, modes } = await callerToken(['--out', 'caller-token']);

    expect(status).toBe(0);
    expect(stdout).toBe(`${sha256(written['caller-token']?.trim() ?? '')}\n`);
    expect(modes).toEqual({ 'caller-token': 0o600 });
    expect(stderr).toContain('the token is in caller-token; keep it out of git');
  });

  test('overwrites a file only with --force', async () => {
    const files = { 'caller-token': 'first\n' };

    expect(await callerToken(['--out', 'caller-token'], files)).toMatchObject({
      ...failure('caller-token already exists; choose another name, or overwrite it with --force', 'file-exists'),
      written: files,
    });
    const forced = await callerToken(['--out', 'caller-token', '--force'], files);
    expect(forced.modes).toEqual({ 'caller-token': 0o600 });
    expect(forced.written['caller-token']).not.toBe('first\n');
  });

  test('in a file is used without surrounding white space for --digest-of', async () => {
    expect(await callerToken(['--digest-of', 'token'], { token: ' first\n' })).toMatchObject({
      status: 0,
      stdout: `${FIRST}\n`,
    });
  });

  test.for(['', 'two words\n', 'gr\u00fcn\n'])('is rejected if no caller could send it: %j', async (token) => {
    expect(await callerToken(['--digest-of', 'token'], { token })).toMatchObject(
      failure(
        '--digest-of token does not contain a bearer token, a single word of letters, digits and -._~+/; choose another file, or replace its content with `cwii caller-token --out token --force`',
        'token-malformed',
      ),
    );
  });

  test('is reported if its file does not exist', async () => {
    expect(await callerToken(['--digest-of', 'nowhere'])).toMatchObject(
      failure(
        '--digest-of nowhere does not exist; name another file, or make a new one with `cwii caller-token --out nowhere`',
        'file-unreadable',
      ),
    );
  });
});

describe.concurrent('with --cluster', () => {
  test('the new digest is added to the old one, and the rest of the text stays unchanged', async () => {
    const { stdout, stderr, written, callers } = await callerToken(['--out', 'new', '--cluster', 'prod'], {
      'cwii.yaml': withFirst,
    });

    expect(callers?.tokenSha256).toEqual([FIRST, stdout.trim()]);
    expect(written['cwii.yaml']).toBe(withBoth.replace(SECOND, stdout.trim()));
    expect(stderr).toContain(
      'cwii: cwii.yaml now has both digests of prod: deploy, replace the token of the API server',
    );
  });

  test('--only finishes a rotation with only the new digest', async () => {
    const { callers, written, stderr } = await callerToken(['--digest-of', 'new', '--cluster', 'prod', '--only'], {
      'cwii.yaml': withBoth,
      new: 'second',
    });

    expect(callers?.tokenSha256).toEqual([SECOND]);
    expect(written['cwii.yaml']).toBe(clusterFile(`      tokenSha256:\n        - ${SECOND}`));
    expect(stderr).toContain('cwii: cwii.yaml now has only this digest of prod; deploy to apply it');
  });

  test('a third digest is rejected, and no token is written', async () => {
    const { status, stderr, written } = await callerToken(['--out', 'new', '--cluster', 'prod'], {
      'cwii.yaml': withBoth,
    });

    expect({ status, written }).toEqual({ status: 1, written: { 'cwii.yaml': withBoth } });
    expect(stderr).toContain('cluster prod already has two digests in callers.tokenSha256 from an unfinished rotation');
    expect(stderr).toMatch(/ \[rotation-unfinished\]\n$/);
  });

  test('an existing digest is not added again', async () => {
    const files = { 'cwii.yaml': withBoth, token: 'first' };

    expect(await callerToken(['--digest-of', 'token', '--cluster', 'prod'], files)).toMatchObject({
      status: 0,
      written: files,
    });
  });

  test.for([
    ['a list in brackets', `      tokenSha256: [ ${FIRST} ]`, `      tokenSha256: [${FIRST}, ${SECOND}]`],
    [
      'no list yet',
      `      pathKeySha256: [${FIRST}]`,
      `      tokenSha256: [${SECOND}]\n      pathKeySha256: [${FIRST}]`,
    ],
  ] as const)('the digest is added to %s', async ([, before, after]) => {
    const { written } = await callerToken(['--digest-of', 'token', '--cluster', 'prod'], {
      'cwii.yaml': clusterFile(before),
      token: 'second',
    });

    expect(written['cwii.yaml']).toBe(clusterFile(after));
  });

  test('the digest of a path key is added to a separate list', async () => {
    const { callers, stderr } = await callerToken(['--path-key', '--out', 'key', '--cluster', 'prod'], {
      'cwii.yaml': withFirst,
    });

    expect(callers).toMatchObject({ tokenSha256: [FIRST], pathKeySha256: [expect.stringMatching(/^[0-9a-f]{64}$/)] });
    expect(stderr).toContain('the path key is in key');
  });

  test('an unknown cluster is reported with the known ones', async () => {
    expect(await callerToken(['--cluster', 'prd'], { 'cwii.yaml': withFirst })).toMatchObject(
      failure('cwii.yaml has no cluster prd; its clusters are prod', 'cluster-unknown'),
    );
  });

  test('is required by --only', async () => {
    const { status, stderr } = await callerToken(['--only']);

    expect(status).toBe(1);
    expect(stderr).toContain("error: option '--only' needs '--cluster <name>' [usage]\n");
  });
});
