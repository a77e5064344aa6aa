// `cwii caller-token`: the token, its digest, and its place in cwii.yaml through a rotation.

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

/** `cwii caller-token` in a directory with these files. */
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
  test('goes to standard output, and its digest to standard error', async () => {
    const { status, stdout, stderr } = await callerToken([]);

    expect(status).toBe(0);
    expect(stdout).toMatch(/^[\w-]{43}\n$/);
    expect(stderr).toContain(`its SHA-256 is ${sha256(stdout.trim())}\n`);
    expect(stderr).not.toContain(stdout.trim());
  });

  test('goes to a file that its owner alone can read, and its digest to standard output', async () => {
    const { status, stdout, stderr, written, modes } = await callerToken(['--out', 'caller-token']);

    expect(status).toBe(0);
    expect(stdout).toBe(`${sha256(written['caller-token']?.trim() ?? '')}\n`);
    expect(modes).toEqual({ 'caller-token': 0o600 });
    expect(stderr).toContain('the token is in caller-token; keep it out of git');
  });

  test('does not overwrite a file unless it is forced to', async () => {
    const files = { 'caller-token': 'first\n' };

    expect(await callerToken(['--out', 'caller-token'], files)).toMatchObject({
      ...failure('cwii: caller-token exists; choose another name, or overwrite it with --force'),
      written: files,
    });
    const forced = await callerToken(['--out', 'caller-token', '--force'], files);
    expect(forced.modes).toEqual({ 'caller-token': 0o600 });
    expect(forced.written['caller-token']).not.toBe('first\n');
  });

  test('that is there has its digest taken, without white space around it', async () => {
    expect(await callerToken(['--digest-of', 'token'], { token: ' first\n' })).toMatchObject({
      status: 0,
      stdout: `${FIRST}\n`,
    });
  });

  test.for(['', 'two words\n', 'gr\u00fcn\n'])('that no caller could send is refused: %j', async (token) => {
    expect(await callerToken(['--digest-of', 'token'], { token })).toMatchObject(
      failure(
        'cwii: token has no bearer token: one word of letters, digits and -._~+/ is expected; `cwii caller-token --out token` makes one',
      ),
    );
  });

  test('that cannot be read is told so', async () => {
    expect(await callerToken(['--digest-of', 'nowhere'])).toMatchObject(
      failure('cwii: nowhere cannot be read (ENOENT)'),
    );
  });
});

describe.concurrent('with --cluster', () => {
  test('the new digest stands beside the old one, and all other text stays', async () => {
    const { stdout, stderr, written, callers } = await callerToken(['--out', 'new', '--cluster', 'prod'], {
      'cwii.yaml': withFirst,
    });

    expect(callers?.tokenSha256).toEqual([FIRST, stdout.trim()]);
    expect(written['cwii.yaml']).toBe(withBoth.replace(SECOND, stdout.trim()));
    expect(stderr).toContain('cwii.yaml has both digests of prod now: deploy, change the token of the API server');
  });

  test('a rotation ends with the new digest alone', async () => {
    const { callers, written, stderr } = await callerToken(['--digest-of', 'new', '--cluster', 'prod', '--only'], {
      'cwii.yaml': withBoth,
      new: 'second',
    });

    expect(callers?.tokenSha256).toEqual([SECOND]);
    expect(written['cwii.yaml']).toBe(clusterFile(`      tokenSha256:\n        - ${SECOND}`));
    expect(stderr).toContain('deploy to make it count');
  });

  test('a third digest is refused, and no token is made for it', async () => {
    const { status, stderr, written } = await callerToken(['--out', 'new', '--cluster', 'prod'], {
      'cwii.yaml': withBoth,
    });

    expect({ status, written }).toEqual({ status: 1, written: { 'cwii.yaml': withBoth } });
    expect(stderr).toContain('has two digests in callers.tokenSha256 already, so a rotation is not finished');
  });

  test('a digest that is there is not added again', async () => {
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
  ] as const)('%s is extended in its form', async ([, before, after]) => {
    const { written } = await callerToken(['--digest-of', 'token', '--cluster', 'prod'], {
      'cwii.yaml': clusterFile(before),
      token: 'second',
    });

    expect(written['cwii.yaml']).toBe(clusterFile(after));
  });

  test('a path key has a list of its own', async () => {
    const { callers, stderr } = await callerToken(['--path-key', '--out', 'key', '--cluster', 'prod'], {
      'cwii.yaml': withFirst,
    });

    expect(callers).toMatchObject({ tokenSha256: [FIRST], pathKeySha256: [expect.stringMatching(/^[0-9a-f]{64}$/)] });
    expect(stderr).toContain('the path key is in key');
  });

  test('an unknown cluster is told which there are', async () => {
    expect(await callerToken(['--cluster', 'prd'], { 'cwii.yaml': withFirst })).toMatchObject(
      failure('cwii: cwii.yaml has no cluster prd; it has prod'),
    );
  });

  test('--only needs it', async () => {
    const { status, stderr } = await callerToken(['--only']);

    expect(status).toBe(1);
    expect(stderr).toContain("error: option '--only' needs '--cluster <name>'");
  });
});
