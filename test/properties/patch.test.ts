// Properties of the patch of any pod: it applies, keeps all that the user wrote, and is complete.

import fc from 'fast-check';
import jsonPatch from 'fast-json-patch';
import { expect, test } from 'vitest';
import type { Manifest } from '../../cli/preview/manifest-reader.ts';
import type { PatchOperation } from '../../lib/injection/inject.ts';
import { lost } from './kept.ts';
import { touchesUser, withoutTouched } from './own-items.ts';
import { admit, pods } from './pods.ts';

const RUNS = { numRuns: 250 };

const OURS =
  /^\/metadata$|^\/metadata\/annotations(\/cwii\.dev~1(injected|gcp-credentials|aws-config|kept-variables))?$|^\/spec\/volumes(\/-)?$|^\/spec\/(initContainers|containers)\/\d+\/(env|volumeMounts)(\/-)?$|^\/spec\/initContainers(\/\d+)?$/;

function apply(pod: Manifest, patch: readonly PatchOperation[]): Manifest {
  return jsonPatch.applyPatch(structuredClone(pod), structuredClone([...patch]), true).newDocument;
}

/** The status says that cwii was here, but a container with these variables would have its mount too. */
const withForgedStatus = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { annotations: { 'cwii.dev/injected': 'aws' } },
  spec: {
    serviceAccountName: 'my-app',
    containers: [
      {
        name: 'app',
        env: [
          { name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: '/var/run/secrets/cwii.dev/aws/token' },
          { name: 'AWS_ROLE_ARN', value: 'arn:aws:iam::123456789012:role/of-the-user' },
        ],
      },
    ],
  },
};

test('the patch of any pod applies, adds to the fields of cwii, and replaces or removes only items of cwii', async () => {
  await fc.assert(
    fc.asyncProperty(pods, async (pod) => {
      const verdict = await admit(pod);
      fc.pre(verdict.kind === 'admitted');

      const added = verdict.patch.filter(({ op }) => op === 'add');
      expect(touchesUser(pod, verdict.patch)).toBeUndefined();
      expect(added.map(({ path }) => path).filter((path) => !OURS.test(path))).toEqual([]);
      expect(() => apply(pod, verdict.patch)).not.toThrow();
    }),
    { ...RUNS, examples: [[withForgedStatus]] },
  );
});

test('the patch of any pod keeps all of its fields, except items and annotations that cwii writes', async () => {
  await fc.assert(
    fc.asyncProperty(pods, async (pod) => {
      const verdict = await admit(pod);
      fc.pre(verdict.kind === 'admitted');

      expect(lost(withoutTouched(pod, verdict.patch), apply(pod, verdict.patch))).toBeUndefined();
    }),
    RUNS,
  );
});

/** The volume is cwii's by its name, but cwii would mount it elsewhere. */
const withMountOfUser = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    annotations: {
      'cwii.dev/injected': 'gcp',
      'cwii.dev/gcp-inject': 'true',
      'cwii.dev/gcp-audience': '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/c',
    },
  },
  spec: {
    serviceAccountName: 'my-app',
    containers: [],
    initContainers: [
      {
        name: 'init',
        env: [{ name: 'AWS_ROLE_ARN', value: '/var/run/secrets/cwii.dev/aws/token' }],
        volumeMounts: [{ name: 'cwii-gcp-creds', mountPath: '/var/run/secrets/cwii.dev/aws' }],
      },
    ],
  },
};

test('a second admission of any patched pod has an empty patch', async () => {
  await fc.assert(
    fc.asyncProperty(pods, async (pod) => {
      const first = await admit(pod);
      fc.pre(first.kind === 'admitted');

      const second = await admit(apply(pod, first.patch));

      expect(second).toMatchObject({ kind: 'admitted', patch: [], injected: first.injected });
    }),
    { ...RUNS, examples: [[withMountOfUser], [withForgedStatus]] },
  );
});

test('the annotations of any admitted pod state what was injected, and are empty or absent otherwise', async () => {
  await fc.assert(
    fc.asyncProperty(pods, async (pod) => {
      const verdict = await admit(pod);
      fc.pre(verdict.kind === 'admitted');

      const admitted = apply(pod, verdict.patch);
      const { annotations } = admitted.metadata ?? {};
      expect(annotations?.['cwii.dev/injected'] ?? '').toBe(verdict.injected.join(','));
      const { volumes } = admitted['spec'] as { volumes?: { name: string; downwardAPI?: unknown }[] | null };
      const projected = volumes?.some(({ name, downwardAPI }) => name === 'cwii-gcp-creds' && downwardAPI) ?? false;
      expect((annotations?.['cwii.dev/gcp-credentials'] ?? '') !== '').toBe(projected);
    }),
    RUNS,
  );
});

test('the generated pods are mostly injected, some denied and some unchanged, with every cloud', async () => {
  const clouds: string[] = [];
  const kinds = await Promise.all(
    fc.sample(pods, { numRuns: 300, seed: 1 }).map(async (pod) => {
      const verdict = await admit(pod);
      clouds.push(verdict.injected.join(','));
      return verdict.kind === 'admitted' && verdict.injected.length > 0 ? 'injected' : verdict.kind;
    }),
  );
  const count = (kind: string) => kinds.filter((one) => one === kind).length;

  expect(count('injected')).toBeGreaterThan(130);
  expect(count('denied')).toBeGreaterThan(5);
  expect(count('admitted')).toBeGreaterThan(5);
  expect(new Set(clouds).size, [...new Set(clouds)].join(' ')).toBeGreaterThan(4);
});
