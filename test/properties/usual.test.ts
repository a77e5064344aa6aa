// What passes the plain checks also passes the schemas with the same result.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkObject, podView, reviewView } from '../../lib/kubernetes/schemas.ts';
import { isUsualObject, isUsualPod, isUsualRequest } from '../../lib/kubernetes/usual.ts';
import { reviewOf } from '../fakes/events.ts';
import { lost } from './kept.ts';

const pod = {
  metadata: {
    name: 'web-0',
    generateName: 'web-',
    annotations: { 'cwii.dev/aws-role-arn': 'arn' },
    labels: { app: 'web' },
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web', uid: 'u', controller: true }],
  },
  spec: {
    serviceAccountName: 'web',
    containers: [
      {
        name: 'app',
        restartPolicy: 'Always',
        env: [{ name: 'A', value: 'b' }],
        volumeMounts: [{ name: 'v', mountPath: '/v', subPath: 's', subPathExpr: 'e' }],
        securityContext: { runAsUser: 1 },
      },
    ],
    initContainers: [{ name: 'init' }],
    volumes: [{ name: 'v', emptyDir: {} }],
    securityContext: { runAsUser: 1 },
    os: { name: 'linux' },
    nodeSelector: { 'kubernetes.io/os': 'linux' },
  },
};
/** Any object that is advised on. */
const workload = { metadata: pod.metadata, spec: { template: { metadata: {}, spec: pod.spec } } };
const review = reviewOf((changed) => {
  Object.assign(changed.request, { subResource: '', object: pod });
});

/** The paths of everything in a value, the value itself left out. */
function pathsIn(value: unknown, path: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [[...path, key], ...pathsIn(inner, [...path, key])]);
}

/** Names that every object has from its prototype, as keys of each object in a value. */
function inheritedNamesIn(value: object): string[][] {
  const at = (path: string[]) => path.reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], value);
  const objects = [[], ...pathsIn(value)].filter((path) => {
    const inner = at(path);
    return typeof inner === 'object' && inner !== null && !Array.isArray(inner);
  });
  const names = ['__proto__', ...Object.getOwnPropertyNames(Object.prototype)];
  return objects.flatMap((path) => names.map((name) => [...path, name]));
}

function changedAt(value: object, path: readonly string[], change: unknown): object {
  const copy: Record<string, unknown> = structuredClone(value) as Record<string, unknown>;
  const parent = path.slice(0, -1).reduce((inner, key) => inner[key] as Record<string, unknown>, copy);
  // Defined, as JSON.parse does it: __proto__ that is assigned becomes no key.
  const made = { value: change, enumerable: true, writable: true, configurable: true };
  Object.defineProperty(parent, path.at(-1) ?? '', made);
  // As it would come: what is undefined is absent, and in a list null.
  return JSON.parse(JSON.stringify(copy));
}

const anything = fc.oneof(
  fc.constantFrom(undefined, null, '', 'text', 0, -1, 1e308, true, [], {}, [null], [{}]),
  fc.jsonValue({ maxDepth: 3 }),
);
const changes = (value: object) => {
  const place = fc.oneof(
    { arbitrary: fc.constantFrom(...pathsIn(value)), weight: 2 },
    { arbitrary: fc.constantFrom(...inheritedNamesIn(value)), weight: 1 },
  );
  return fc.array(fc.tuple(place, anything), { minLength: 1, maxLength: 3 });
};

function changed(value: object, steps: readonly (readonly [string[], unknown])[]): object {
  return steps.reduce<object>((current, [path, change]) => {
    try {
      return changedAt(current, path, change);
    } catch {
      // An earlier change took the place away.
      return current;
    }
  }, value);
}

/** The fields of `parsed`, as far as the schema knows them, are in `raw`. */
const hasAll = (raw: unknown, parsed: unknown) => expect(lost(parsed, raw)).toBeUndefined();

describe('the plain checks', () => {
  it('accept a usual pod, object and request', () => {
    expect([isUsualPod(pod), isUsualObject(workload), isUsualRequest(review.request)]).toEqual([true, true, true]);
  });

  it('accept no pod that the schema rejects', () => {
    fc.assert(
      fc.property(changes(pod), (steps) => {
        const value = changed(pod, steps);
        if (!isUsualPod(value)) return;
        const parsed = podView.safeParse(value);
        expect(parsed.success).toBe(true);
        hasAll(value, parsed.data);
      }),
      { numRuns: 2000 },
    );
  });

  it('accept no other object that the schema rejects', () => {
    fc.assert(
      fc.property(changes(workload), (steps) => {
        const value = changed(workload, steps);
        if (!isUsualObject(value)) return;
        const checked = checkObject(value);
        expect(checked).toHaveProperty('view');
        hasAll(value, 'view' in checked && checked.view);
      }),
      { numRuns: 2000 },
    );
  });

  it('accept no request that the schema rejects', () => {
    fc.assert(
      fc.property(changes(review.request), (steps) => {
        const request = changed(review.request, steps);
        if (!isUsualRequest(request)) return;
        const parsed = reviewView.safeParse({ ...review, request });
        expect(parsed.success).toBe(true);
        hasAll(request, parsed.data?.request);
      }),
      { numRuns: 2000 },
    );
  });

  it('ignore keys with inherited names, except in maps, where they must be strings', () => {
    const maps = new Set(['annotations', 'labels', 'nodeSelector']);
    for (const path of inheritedNamesIn(pod)) {
      for (const change of ['text', null, 1, [], {}]) {
        const passes = change === 'text' || !maps.has(path.at(-2) ?? '');
        const place = `${path.join('.')} = ${JSON.stringify(change)}`;
        expect(isUsualPod(changedAt(pod, path, change)), place).toBe(passes);
      }
    }
    for (const path of inheritedNamesIn(review.request))
      expect(isUsualRequest(changedAt(review.request, path, 1)), path.join('.')).toBe(true);
  });

  it('reject a null only if the schema rejects it', () => {
    const refused = pathsIn(pod).filter((path) => !isUsualPod(changedAt(pod, path, null)));

    for (const path of refused)
      expect(podView.safeParse(changedAt(pod, path, null)).success, path.join('.')).toBe(false);
  });
});
