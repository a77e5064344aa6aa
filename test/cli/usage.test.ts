// Tests for the help of the command line, and for usage errors.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cwii, cwiiProcess, failure, start } from './command.ts';

describe.concurrent('--help', () => {
  test('lists the commands and how to start', async () => {
    const { status, stdout, stderr } = await cwii(['--help']);

    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    for (const command of ['init', 'caller-token', 'manifests', 'preview', 'explain', 'serve'])
      expect(stdout).toMatch(new RegExp(`^ {2}${command} \\[(options|code)\\]`, 'm'));
    expect(stdout).toContain('cwii preview -f pod.yaml -o diff');
  });

  test('of preview describes every output format', async () => {
    const { status, stdout, stderr } = await cwii(['preview', '--help']);

    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    for (const format of ['yaml', 'json', 'diff', 'patch', 'explain']) {
      expect(stdout).toMatch(new RegExp(`^ {2}${format} +\\w`, 'm'));
    }
    expect(stdout).toContain('-f, --filename');
    expect(stdout).toContain('-n, --namespace');
  });

  test('of serve has the required options and variables', async () => {
    const { status, stdout, stderr } = await cwii(['serve', '--help']);

    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    for (const option of ['--port', '--host', '--tls-cert', '--tls-key', 'CWII_CALLER_TOKEN_SHA256']) {
      expect(stdout).toContain(option);
    }
  });
});

test('--version is the version of the package', async () => {
  const { version } = JSON.parse(await readFile(join(import.meta.dirname, '..', '..', 'package.json'), 'utf8'));

  expect(await cwii(['--version'])).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
});

describe.concurrent('a usage error has the code usage and status 1', () => {
  test.for([
    [['previw'], 'previw'],
    [['preview'], '--filename'],
    [['preview', '-f', 'pod.yaml', '--outptu', 'json'], '--outptu'],
    [['preview', '-f', 'pod.yaml', '-o', 'xml'], 'xml'],
    [['explain', 'usage', 'more'], 'explain'],
    [['serve'], '--port'],
    [['serve', '--port', 'https', '--tls-cert', 'a', '--tls-key', 'b'], 'Expected a number from 0 to 65535.'],
    [['serve', '--port', '65536', '--tls-cert', 'a', '--tls-key', 'b'], 'Expected a number from 0 to 65535.'],
  ] as const)('%j', async ([args, part]) => {
    const { status, stdout, stderr } = await cwii(args);

    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^error: .+ \[usage\]\n\(add --help for the options of the command\)\n$/s);
    expect(stderr).toContain(part);
    expect(stderr).not.toMatch(/^ +at /m);
  });
});

test('without a command the help is printed, and the status is 1', async () => {
  const { status, stderr } = await cwii([]);

  expect(status).toBe(1);
  expect(stderr).toContain('Usage: cwii [options] [command]');
});

describe('the process', () => {
  test('ends with the status of its command, and with its message', async () => {
    expect(await cwiiProcess(['preview', '-f', 'missing.yaml'])).toEqual(
      failure('missing.yaml does not exist', 'manifest-invalid'),
    );
  });

  test('ends without an error when the reader of its output closes the pipe', async () => {
    const { child, status } = start(['preview', '-f', 'examples/guide-pod.yaml']);
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr += chunk;
    });
    child.stdout.destroy();

    expect({ status: await status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});
