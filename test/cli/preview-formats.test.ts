// Tests for the output formats of `cwii preview`, with the guide's example pod.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import jsonPatch from 'fast-json-patch';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { cwii, hasTerminal, onTerminal } from './command.ts';

const GUIDE_POD = 'examples/guide-pod.yaml';
const read = async (...path: string[]) => parse(await readFile(join(import.meta.dirname, '..', '..', ...path), 'utf8'));

const applied = await read(GUIDE_POD);
const golden = await read('test', 'cases', 'aws', 'admits-the-guides-example-pod-as-the-guide-shows.yaml');
const { admitted } = golden;

describe.concurrent("the guide's example pod", () => {
  test('is the first golden case', () => {
    expect(applied).toEqual(golden.pod);
  });

  test.for([[[]], [['-o', 'yaml']]])('is printed as YAML as in the guide, with %j', async ([options]) => {
    const { status, stdout, stderr } = await cwii(['preview', '-f', GUIDE_POD, ...(options ?? [])]);

    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(parse(stdout)).toEqual(admitted);
  });

  test('is printed as the only item of a v1 List with -o json', async () => {
    const { status, stdout, stderr } = await cwii(['preview', '-f', GUIDE_POD, '-o', 'json']);

    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({ apiVersion: 'v1', kind: 'List', metadata: {}, items: [admitted] });
  });

  test('is the result of applying the patch of -o patch', async () => {
    const { status, stdout, stderr } = await cwii(['preview', '-f', GUIDE_POD, '-o', 'patch']);

    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const patch = JSON.parse(stdout);
    expect(jsonPatch.applyPatch(structuredClone(applied), patch, true).newDocument).toEqual(admitted);
  });

  test('is printed as a unified diff that removes nothing', async () => {
    const { status, stdout, stderr } = await cwii(['preview', '-f', GUIDE_POD, '-o', 'diff']);

    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const lines = stdout.split('\n');
    expect(lines.slice(0, 2)).toEqual([
      '--- Pod default/aws-demo\tas applied',
      '+++ Pod default/aws-demo\tas admitted',
    ]);
    expect(lines[2]).toMatch(/^@@ -\d+,\d+ \+\d+,\d+ @@$/);
    expect(lines.slice(2).filter((line) => line.startsWith('-'))).toEqual([]);
    expect(lines).toContain('+    cwii.dev/injected: aws');
    expect(lines).toContain('+          value: /var/run/secrets/cwii.dev/aws/token');
  });

  test('is explained with the source of each value', async () => {
    const { status, stdout, stderr } = await cwii(['preview', '-f', GUIDE_POD, '-o', 'explain']);

    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.split('\n').map((line) => line.trim().replace(/ {2,}/, ': '))).toEqual([
      '✓ default Pod aws-demo: AWS cwii-my-app ← Pod aws-demo',
      'asked: Pod aws-demo, ServiceAccount default/my-app (not in the files), Namespace default (not in the files)',
      'cwii.dev/aws-role-arn: "arn:aws:iam::123456789012:role/cwii-my-app" from Pod default/aws-demo',
      'cwii.dev/aws-target-role-arn: not set: the pod has the role of `cwii.dev/aws-role-arn`',
      'cwii.dev/aws-external-id: not set: none is sent',
      'cwii.dev/aws-inject: not set: injected if `cwii.dev/aws-role-arn` is set',
      'cwii.dev/aws-region: "us-east-1" from Pod default/aws-demo',
      'cwii.dev/aws-set-default-region: not set: `CWII_AWS_SET_DEFAULT_REGION`, else `AWS_REGION` only',
      'cwii.dev/aws-role-session-name: "aws-demo" from Pod default/aws-demo',
      'cwii.dev/aws-sts-regional-endpoints: not set: the SDK decides',
      'cwii.dev/aws-audience: "sts.amazonaws.com" by default',
      'cwii.dev/aws-token-expiration: "3600" by default',
      'cwii.dev/aws-verify: not set: no verification',
      'cwii.dev/aws-verify-enforce: not set: a failed verification is only logged',
      'cwii.dev/aws-verify-image: "amazon/aws-cli:latest" by default',
      'Nothing is set for Azure, GCP',
      '',
    ]);
  });
});

describe.concurrent('a pod that requests no identity', () => {
  const pod = 'apiVersion: v1\nkind: Pod\nmetadata: { name: web }\nspec: { containers: [{ name: app, image: app }] }';

  test.for([
    ['diff', 'Pod default/web: unchanged\n'],
    ['patch', '[]\n'],
  ] as const)('is unchanged with -o %s', async ([format, stdout]) => {
    expect(await cwii(['preview', '-f', '-', '-o', format], { stdin: pod })).toEqual({ status: 0, stdout, stderr: '' });
  });

  test('is explained without the keys of the clouds', async () => {
    const { stdout } = await cwii(['preview', '-f', '-', '-o', 'explain'], { stdin: pod });

    expect(stdout).toMatch(
      /^– default Pod web {2}asks for nothing\n {5}asked: Pod web, ServiceAccount default\/default /,
    );
    expect(stdout).toContain('Nothing is set for AWS, Azure, GCP\n');
    expect(stdout).not.toContain('cwii.dev/');
  });

  test('is explained with the defaults of a cloud with at least one key', async () => {
    const stdin = pod.replace('name: web', 'name: web, annotations: { cwii.dev/aws-verify: "false" }');

    const { stdout } = await cwii(['preview', '-f', '-', '-o', 'explain'], { stdin });

    expect(stdout).toMatch(/aws-role-session-name +not set: the SDK generates a name\n/);
    expect(stdout).toMatch(/aws-role-arn +not set: no AWS injection\n/);
    expect(stdout).not.toMatch(/not set: not set/);
  });

  test('has the default ServiceAccount, which the API server sets before it calls webhooks', async () => {
    const { stdout } = await cwii(['preview', '-f', '-'], { stdin: pod });

    expect(parse(stdout)).toMatchObject({
      metadata: { name: 'web', namespace: 'default' },
      spec: { serviceAccountName: 'default' },
    });
  });
});

describe.concurrent('colours', () => {
  const start = '\u001b[';
  const DIFF = ['preview', '-f', GUIDE_POD, '-o', 'diff'];

  test.for(['diff', 'explain'])('are not in -o %s if standard output is not a terminal', async (format) => {
    const { stdout } = await cwii(['preview', '-f', GUIDE_POD, '-o', format]);

    expect(stdout).not.toContain(start);
  });

  test('are used with FORCE_COLOR, green for added lines', async () => {
    const { stdout } = await cwii(DIFF, { env: { FORCE_COLOR: '1' } });

    expect(stdout.split('\n')).toContain(`${start}32m+    cwii.dev/injected: aws${start}39m`);
  });

  test.for(['yaml', 'json', 'patch'])('are never in -o %s, which is for programs', async (format) => {
    const { stdout } = await cwii(['preview', '-f', GUIDE_POD, '-o', format], { env: { FORCE_COLOR: '1' } });

    expect(stdout).not.toContain(start);
  });

  describe.skipIf(!hasTerminal)('on a terminal', () => {
    test('are green for added lines', async () => {
      expect((await onTerminal(DIFF)).split('\n')).toContain(`${start}32m+    cwii.dev/injected: aws${start}39m`);
    });

    test('are not used with NO_COLOR', async () => {
      const shown = await onTerminal(DIFF, { NO_COLOR: '1' });

      expect(shown).toContain('+    cwii.dev/injected: aws\n');
      expect(shown).not.toContain(start);
    });
  });
});
