// How the command line explains itself, and what it says to what it does not understand.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cwii, cwiiProcess, failure, start } from './command.ts';

describe.concurrent('--help', () => {
  test('lists the commands and where to begin', async () => {
    const { status, stdout, stderr } = await cwii(['--help']);

    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    for (const command of ['init', 'caller-token', 'preview', 'serve'])
      expect(stdout).toMatch(new RegExp(`^ {2}${command} \\[options\\]`, 'm'));
    expect(stdout).toContain('cwii preview -f pod.yaml -o diff');
  });

  test('of preview explains every output format', async () => {
    const { status, stdout, stderr } = await cwii(['preview', '--help']);

    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    for (const format of ['yaml', 'json', 'diff', 'patch', 'explain']) {
      expect(stdout).toMatch(new RegExp(`^ {2}${format} +\\w`, 'm'));
    }
    expect(stdout).toContain('-f, --filename');
    expect(stdout).toContain('-n, --namespace');
  });

  test('of serve names what is needed', async () => {
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

describe.concurrent('what is not understood ends with a sentence and status 1', () => {
  test.for([
    [['previw'], "error: unknown command 'previw'"],
    [['preview'], "error: required option '-f, --filename <file...>' not specified"],
    [['preview', '-f', 'pod.yaml', '--outptu', 'json'], "error: unknown option '--outptu'"],
    [
      ['preview', '-f', 'pod.yaml', '-o', 'xml'],
      "error: option '-o, --output <format>' argument 'xml' is invalid. Allowed choices are yaml, json, diff, patch, explain.",
    ],
    [['serve'], "error: required option '--port <number>' not specified"],
    [
      ['serve', '--port', 'https', '--tls-cert', 'a', '--tls-key', 'b'],
      "error: option '--port <number>' argument 'https' is invalid. a number from 0 to 65535 is expected.",
    ],
    [
      ['serve', '--port', '65536', '--tls-cert', 'a', '--tls-key', 'b'],
      "error: option '--port <number>' argument '65536' is invalid. a number from 0 to 65535 is expected.",
    ],
  ] as const)('%j', async ([args, sentence]) => {
    const { status, stdout, stderr } = await cwii(args);

    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr.split('\n')[0]).toBe(sentence);
    expect(stderr).not.toMatch(/^ +at /m);
  });
});

test('without a command the help is shown, and the status is 1', async () => {
  const { status, stderr } = await cwii([]);

  expect(status).toBe(1);
  expect(stderr).toContain('Usage: cwii [options] [command]');
});

describe('the process', () => {
  test('ends with the status of its command, and with its message', async () => {
    expect(await cwiiProcess(['preview', '-f', 'missing.yaml'])).toEqual(failure('cwii: missing.yaml: no such file'));
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
