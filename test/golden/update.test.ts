import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { withAdditions } from './additions.ts';
import { type GoldenCase, readCaseFile } from './cases.ts';
import { additionsOf } from './describe-additions.ts';
import { formatted } from './layout.ts';
import { updateCase } from './update.ts';

const why = '# Kept.\nwhy: Because. # kept too\n';

async function fileOf(text: string): Promise<{ golden: GoldenCase; written: () => Promise<string> }> {
  const folder = await mkdtemp(join(tmpdir(), 'cwii-update-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'says-something-about-a-pod.yaml');
  await writeFile(path, text);
  const [golden] = readCaseFile(path);
  if (!golden) throw new Error('no case');
  return { golden, written: () => readFile(path, 'utf8') };
}

describe('updateCase', () => {
  test('writes the texts that have changed, and keeps comments', async () => {
    const { golden, written } = await fileOf(
      `${why}adds: nothing\nwarns:\n  # About the first.\n  - first\n  - second\n`,
    );

    await updateCase(golden, golden.pod, { warnings: ['first: in other words', 'second'] });

    expect(await written()).toBe(
      `${why}adds: nothing\nwarns:\n  # About the first.\n  - >-\n    first: in other words\n  - second\n`,
    );
  });

  test('removes the warnings that are no longer given', async () => {
    const { golden, written } = await fileOf(`${why}adds: nothing\nwarns: [first]\n`);

    await updateCase(golden, golden.pod, {});

    expect(await written()).toBe(`${why}adds: nothing\n`);
  });

  test('writes the text of a denial into the row that has it', async () => {
    const { golden, written } = await fileOf(`${why}cases:\n  on the pod:\n    denied: before\n`);

    await updateCase(golden, golden.pod, { denied: 'after' });

    expect(await written()).toBe(`${why}cases:\n  on the pod:\n    denied: after\n`);
  });

  test('gives an outcome to a new case', async () => {
    const { golden, written } = await fileOf(`${why}cases:\n  on the pod: {}\n`);
    const admitted = withAdditions(golden.pod, { aws: { env: { AWS_REGION: 'us-east-1' } } });

    await updateCase(golden, admitted, {});

    const adds = 'adds: { aws: { env: { AWS_REGION: us-east-1 } } }';
    expect(await written()).toBe(`${why}cases:\n  on the pod:\n    ${adds}\n`);
  });

  test('writes the whole pod into a case that has it', async () => {
    const pod = 'apiVersion: v1\n  kind: Pod\n  metadata: { name: web }\n  spec: { containers: [] }\n';
    const { golden, written } = await fileOf(`${why}pod:\n  ${pod}admitted:\n  ${pod}`);

    await updateCase(golden, { ...golden.pod, metadata: { name: 'other' } }, {});

    expect(await written()).toContain('admitted:\n  apiVersion: v1\n  kind: Pod\n  metadata: { name: other }\n');
  });

  test('refuses another outcome', async () => {
    const { golden, written } = await fileOf(`${why}adds: nothing\n`);

    await expect(updateCase(golden, golden.pod, { denied: 'no' })).rejects.toThrow(
      'the case says adds, and the answer is denied; change the case by hand',
    );
    expect(await written()).toBe(`${why}adds: nothing\n`);
  });

  test('refuses a pod that was changed and not added to', async () => {
    const { golden } = await fileOf(`${why}adds: nothing\n`);
    const renamed = { ...golden.pod, metadata: { ...golden.pod.metadata, name: 'other' } };

    await expect(updateCase(golden, renamed, {})).rejects.toThrow('more was changed than `adds` can say');
  });
});

describe('additionsOf', () => {
  test('spells out what differs from container to container', async () => {
    const { golden } = await fileOf(`${why}pod: { containers: { app: {}, worker: {} } }\n`);
    const adds = {
      annotations: { 'cwii.dev/injected': 'aws' },
      volumes: { 'cwii-aws-token': { emptyDir: {} } },
      containers: { app: { env: { AWS_REGION: 'us-east-1' } }, worker: { mounts: ['cwii-aws-token:/token:ro'] } },
      initContainers: { own: { at: 0, image: 'own:1.0', env: { HOME: '/tmp' } } },
    };

    expect(additionsOf(golden.pod, withAdditions(golden.pod, adds))).toEqual(adds);
  });
});

describe('formatted', () => {
  test('puts the keys in their order, also in rows', () => {
    expect(formatted('cases:\n  a:\n    warns: [b]\n    adds: nothing\npod: {}\nwhy: c\n')).toBe(
      'why: c\npod: {}\ncases:\n  a:\n    adds: nothing\n    warns: [ b ]\n',
    );
  });
});
