// The golden cases: a file of test/cases is a sentence about one pod, or a table of such pods. Each pod is
// sent through the function as the API server would send it, and again as its own result.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import jsonPatch, { type Operation } from 'fast-json-patch';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Manifest, ManifestReader } from '../cli/preview/manifest-reader.ts';
import type { ClusterReader } from '../lib/cluster/reader.ts';
import { StaticReader } from '../lib/cluster/static-reader.ts';
import { loadStaticAnnotations } from '../lib/settings/static-annotations.ts';
import { eventOf, reviewOf } from './fakes/events.ts';
import { reviewIn, startWebhook, type Webhook } from './fakes/webhook.ts';
import { assertFinished, caseFiles, type GoldenCase, readCaseFile, type Told } from './golden/cases.ts';
import { formatted } from './golden/layout.ts';
import { updateCase } from './golden/update.ts';
import { touchesUser } from './properties/own-items.ts';

type Answer = Told & { readonly pod: Manifest; readonly patch: readonly Operation[] };

/** The cluster that the function is configured to read: objects, or annotations in the settings. */
async function readerOf({ cluster, settings }: GoldenCase): Promise<ClusterReader> {
  const annotations = settings['CWII_STATIC_ANNOTATIONS'];
  if (annotations === undefined) return new ManifestReader(cluster);
  return StaticReader.parse(await loadStaticAnnotations(annotations));
}

/** Sends the pod to the function as the API server does, and applies the patch that comes back. */
async function admit(webhook: Webhook, pod: Manifest, namespace: string): Promise<Answer> {
  const uid = crypto.randomUUID();
  const review = reviewOf(({ request }) => {
    Object.assign(request, { uid, namespace, name: pod.metadata.name ?? '', object: pod });
  });
  const event = eventOf(review, (sent) => {
    sent.body = Buffer.from(sent.body ?? '').toString('base64');
    sent.isBase64Encoded = true;
  });
  const answer = await webhook.call(event);
  expect(answer).toMatchObject({ status: 200 });
  const { apiVersion, kind, response } = reviewIn(answer);
  expect({ apiVersion, kind, uid: response.uid }).toEqual({ apiVersion: review.apiVersion, kind: review.kind, uid });
  expect(response.patchType).toBe(response.patch && 'JSONPatch');

  const patch: Operation[] = response.patch ? JSON.parse(Buffer.from(response.patch, 'base64').toString()) : [];
  const { outcome, reason } = response.auditAnnotations ?? {};
  return {
    pod: jsonPatch.applyPatch(structuredClone(pod), patch, true).newDocument,
    patch,
    ...(response.warnings && { warnings: response.warnings }),
    ...(!response.allowed && { denied: response.status?.message ?? 'no message' }),
    ...(outcome === 'skipped' && { skipped: reason ?? 'no reason' }),
  };
}

/** Adds the fields that the API server and its ServiceAccount plugin fill in between two webhooks. */
function defaulted(admitted: Manifest): Manifest {
  const pod = structuredClone(admitted);
  // biome-ignore lint/suspicious/noExplicitAny: a pod is changed here as the API server would change any pod
  const spec = pod['spec'] as any;
  for (const { projected, downwardAPI } of spec.volumes ?? []) {
    for (const source of [projected, downwardAPI]) if (source) source.defaultMode ??= 0o644;
  }
  for (const container of [...(spec.initContainers ?? []), ...spec.containers]) {
    for (const { valueFrom } of container.env ?? []) if (valueFrom?.fieldRef) valueFrom.fieldRef.apiVersion ??= 'v1';
    container.terminationMessagePath ??= '/dev/termination-log';
    container.imagePullPolicy ??= 'IfNotPresent';
    container.volumeMounts ??= [];
    const mountPath = '/var/run/secrets/kubernetes.io/serviceaccount';
    if (container.volumeMounts.some((mount: { mountPath: string }) => mount.mountPath === mountPath)) continue;
    container.volumeMounts.push({ name: 'kube-api-access', mountPath, readOnly: true });
  }
  return pod;
}

/** Whether Vitest runs with --update. */
function isUpdate(): boolean {
  return expect.getState().snapshotState.snapshotUpdateState === 'all';
}

/** The case as its file has it after `--update` has written `answer` into it. */
async function updated(golden: GoldenCase, { pod, patch: _, ...told }: Answer): Promise<GoldenCase> {
  await updateCase(golden, pod, told);
  return readCaseFile(golden.file).find(({ title }) => title === golden.title) ?? golden;
}

async function check(read: GoldenCase): Promise<void> {
  // Prepare
  const webhook = startWebhook({ env: read.settings, reader: await readerOf(read) });

  // Act
  const first = await admit(webhook, read.pod, read.namespace);

  // Assess
  const golden = isUpdate() ? await updated(read, first) : read;
  const { pod, patch, ...told } = first;
  assertFinished(golden);
  expect(told).toEqual(golden.answer);
  expect(pod).toEqual(golden.expected ?? golden.pod);
  expect(touchesUser(read.pod, patch), 'what the user wrote is not changed').toBeUndefined();
  for (const admitted of golden.outcome === 'denied' ? [] : [pod, defaulted(pod)]) {
    const again = await admit(webhook, admitted, golden.namespace);
    const { denied, skipped } = golden.answer;
    expect(again, 'a second pass changes nothing').toMatchObject({ patch: [], pod: admitted });
    expect([again.denied, again.skipped], 'a second pass decides the same').toEqual([denied, skipped]);
    expect(told.warnings ?? [], 'a second pass has nothing new to say').toEqual(
      expect.arrayContaining([...(again.warnings ?? [])]),
    );
  }
}

/** The cases of a file, or one that fails because the file cannot be read. */
function testsOf(file: string): [title: string, run: () => Promise<void>][] {
  try {
    return readCaseFile(file).map((golden) => [golden.title, () => check(golden)]);
  } catch (error) {
    return [[file, () => Promise.reject(error)]];
  }
}

const files = caseFiles();
const groupOf = (file: string) => basename(dirname(file));

describe.each([...new Set(files.map(groupOf))])('golden case: %s:', (group) => {
  test.each(files.filter((file) => groupOf(file) === group).flatMap(testsOf))('%s', (_, run) => run());
});

describe('the files of the cases', () => {
  test('are written as --update writes them', async () => {
    for (const file of files) {
      const text = await readFile(file, 'utf8');
      if (isUpdate()) await writeFile(file, formatted(text));
      else expect(text, `${file}: run this test with --update`).toBe(formatted(text));
    }
  });

  test.each<[problem: string, text: string, message: string]>([
    ['is empty', '', 'expected a map of why, settings'],
    ['is not YAML', 'why: [', 'Flow sequence'],
    ['has two documents', 'why: a\n---\nwhy: b', 'Source contains multiple documents'],
    ['does not say why', 'adds: nothing', 'why: expected a text'],
    ['has an unknown key', 'why: a\nwarning: [oh]', 'unknown key warning; expected why, settings'],
    ['has settings of another program', 'why: a\nsettings: { HOME: / }', 'settings: HOME: expected settings'],
    ['has a number in place of a text', 'why: a\npod: { labels: { a: 1 } }', 'pod: labels: a: expected a text; quote'],
    ['has an unknown field of a pod', 'why: a\npod: { contaners: {} }', 'pod: unknown key contaners; expected name'],
    ['has a list of containers', 'why: a\npod: { containers: [] }', 'pod: containers: expected a map'],
    ['has an unknown kind', 'why: a\ncluster: { Rollout web: {} }', '"Rollout web" is not an object; write "Kind'],
    ['has an unknown owner', 'why: a\npod: { owner: web }', '"web" is not an object; write "Kind name"'],
    ['adds an unknown cloud', 'why: a\nadds: { ibm: standard }', 'adds: unknown key ibm; expected aws, az, gcp'],
    ['adds an unknown word', 'why: a\nadds: { aws: usual }', 'adds: aws: expected "standard" or a map'],
    [
      'adds to an unknown container',
      'why: a\nadds: { aws: { containers: [ap] } }',
      'adds: the pod has no container ap',
    ],
    [
      'adds an unknown init container',
      'why: a\nadds: { az: { initContainers: { cwii-aws-verify: { at: 0 } } } }',
      'adds: az: initContainers: unknown container cwii-aws-verify',
    ],
    [
      'has two outcomes',
      'why: a\nadds: nothing\ndenied: no',
      'adds and denied: expected one of adds, admitted, denied',
    ],
    ['has a fault in a row', 'why: a\ncases: { one: { denyed: no } }', 'cases: one: unknown key denyed; expected why'],
    ['has an outcome and rows', 'why: a\nwarns: [oh]\ncases: { one: {} }', 'unknown key warns; expected why'],
  ])('fail with the key and what is expected when one %s', async (_, text, message) => {
    const path = await fileOf('says-what-is-wrong.yaml', text);

    expect(() => readCaseFile(path).forEach(assertFinished)).toThrow(`${path}: ${message}`);
  });

  test('fail when the name of one is not a sentence', async () => {
    const path = await fileOf('notes.md', '');

    expect(() => readCaseFile(path)).toThrow(`${path}: the name is not a sentence in kebab-case`);
  });
});

async function fileOf(name: string, text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cwii-case-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, name), text);
  return join(folder, name);
}
