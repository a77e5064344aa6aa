// No command prints a character that a terminal interprets, whatever manifests and kubectl contain.

import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { cwii, folderOf } from './command.ts';
import { init, PUBLIC, requiredOptions } from './init-in-folder.ts';

/** Escape, bell, carriage return, backspace, delete, one-character CSI, bidirectional and line characters. */
const HOSTILE = '\u001b]0;x\u0007\r\b\u007f\u009b2J\u202e\u2066\u2028\u200b\ufeff\u{e0041}end';
const INTERPRETED = /[^\P{Cc}\n\t]|[\p{Cf}\p{Zl}\p{Zp}]/u;

const role = 'arn:aws:iam::123456789012:role/web';
const metadata = {
  name: `web${HOSTILE}`,
  labels: { app: HOSTILE },
  annotations: {
    'cwii.dev/aws-role-arn': role,
    'cwii.dev/aws-region': HOSTILE,
    [`cwii.dev/aws-role-arm${HOSTILE}`]: HOSTILE,
    multiline: `first\n${HOSTILE}\nlast`,
  },
};
const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata,
  spec: {
    serviceAccountName: `sa${HOSTILE}`,
    containers: [{ name: 'app', image: HOSTILE, env: [{ name: `N${HOSTILE}`, value: HOSTILE }] }],
  },
};
const denied = {
  ...pod,
  metadata: { ...metadata, annotations: { 'cwii.dev/aws-role-arn': HOSTILE } },
};

describe.each(['yaml', 'json', 'diff', 'patch', 'explain'])('cwii preview -o %s', (format) => {
  test('escapes names, values and keys', async () => {
    const { status, stdout, stderr } = await cwii(['preview', '-f', '-', '-o', format], { stdin: JSON.stringify(pod) });

    expect(status).toBe(0);
    expect(stdout.length).toBeGreaterThan(0);
    expect(stdout).not.toMatch(INTERPRETED);
    expect(stderr).not.toMatch(INTERPRETED);
    if (format === 'yaml') expect(parse(stdout, { version: '1.1' })).toMatchObject({ metadata, spec: pod.spec && {} });
    if (format === 'json') expect(JSON.parse(stdout)).toMatchObject({ items: [{ metadata }] });
  });

  test('escapes a denial', async () => {
    const ended = await cwii(['preview', '-f', '-', '-o', format], { stdin: JSON.stringify(denied) });

    expect(ended).toMatchObject({ status: 1, stderr: expect.stringMatching(/^Error: Pod default\/web.* is denied: /) });
    expect(ended.stdout + ended.stderr).not.toMatch(INTERPRETED);
  });
});

describe('an error', () => {
  test.for([
    ['a kind', { apiVersion: 'apps/v1', kind: `Deploy${HOSTILE}`, metadata: { name: 'web' } }],
    ['a namespace', { ...pod, metadata: { ...metadata, namespace: HOSTILE } }],
    ['an annotation', { ...pod, metadata: { name: 'web', annotations: { [HOSTILE]: 1 } } }],
    ['a pod', { ...pod, spec: { containers: HOSTILE } }],
    ['a workload without template', { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: HOSTILE } }],
  ] as const)('about %s is escaped', async ([, object]) => {
    const ended = await cwii(['preview', '-f', '-'], { stdin: JSON.stringify(object) });

    expect(ended.status).toBe(1);
    expect(ended.stderr).toMatch(/^cwii: .+ \[manifest-invalid\]\n$/);
    expect(ended.stdout + ended.stderr).not.toMatch(INTERPRETED);
  });

  test('about a file is escaped', async () => {
    await using folder = await folderOf({ [`${HOSTILE.replaceAll('/', '')}.yaml`]: 'a: *b' });

    for (const args of [
      ['preview', '-f', folder.path],
      ['preview', '-f', HOSTILE],
      ['explain', HOSTILE],
      ['manifests', '--file', HOSTILE],
      [HOSTILE],
    ]) {
      const ended = await cwii(args);
      expect(ended.status).not.toBe(0);
      expect(ended.stdout + ended.stderr).not.toMatch(INTERPRETED);
    }
  });

  test('with the output of kubectl is escaped', async () => {
    const context = `prod${HOSTILE}`;
    const cluster = { server: 'https://api.example.com', 'proxy-url': HOSTILE };
    const { status, found, stderr } = await init({ issuer: PUBLIC, context, cluster }, [
      ...requiredOptions,
      '--name',
      'prod',
    ]);

    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(found).toContain('reading the context prod\\u001b]0;x\\u0007');
    expect(found + stderr).not.toMatch(INTERPRETED);
  });
});
