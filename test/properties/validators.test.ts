// The generated validators accept exactly what the schemas accept, whatever is changed in a review.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type * as z from 'zod';
import { findFault } from '../../lib/kubernetes/json-schema.ts';
import * as generated from '../../lib/kubernetes/schemas.generated.ts';
import * as schemas from '../../lib/kubernetes/schemas.ts';
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
/** An object that gets advice. */
const workload = { metadata: pod.metadata, spec: { template: { metadata: {}, spec: pod.spec } } };
const review = reviewOf(({ request }) => {
  Object.assign(request, { subResource: '', object: pod, oldObject: pod });
});
/** The API server's answer to a read of metadata. */
const partialObjectMetadata = {
  kind: 'PartialObjectMetadata',
  metadata: { ...pod.metadata, namespace: 'shop', uid: 'u' },
};

interface Case {
  readonly name: string;
  readonly validate: (value: unknown) => boolean;
  readonly schema: z.ZodType;
  readonly value: object;
  /** The places of maps whose keys the user chooses. */
  readonly maps: readonly string[];
}

const cases: readonly Case[] = [
  {
    name: 'admissionReview',
    validate: (value) => findFault(generated.admissionReview, value) === undefined,
    schema: schemas.admissionReview,
    value: review,
    maps: [],
  },
  {
    name: 'pod',
    validate: (value) => findFault(generated.pod, value) === undefined,
    schema: schemas.pod,
    value: pod,
    maps: ['metadata.annotations', 'metadata.labels', 'spec.nodeSelector'],
  },
  {
    name: 'anyObject',
    validate: (value) => findFault(generated.anyObject, value) === undefined,
    schema: schemas.anyObject,
    value: workload,
    maps: ['metadata.annotations', 'metadata.labels'],
  },
  {
    name: 'partialObjectMetadata',
    validate: (value) => findFault(generated.partialObjectMetadata, value) === undefined,
    schema: schemas.partialObjectMetadata,
    value: partialObjectMetadata,
    maps: ['metadata.annotations'],
  },
];

/** The paths of everything inside of a value. */
function pathsIn(value: unknown, path: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [[...path, key], ...pathsIn(inner, [...path, key])]);
}

/** Names that every object inherits, as keys of each object in a value. */
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
  // Defined as JSON.parse does it: an assignment to __proto__ would not create a key.
  const made = { value: change, enumerable: true, writable: true, configurable: true };
  Object.defineProperty(parent, path.at(-1) ?? '', made);
  // As it would be sent: undefined is absent, and null in a list.
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
      // An earlier change removed the place.
      return current;
    }
  }, value);
}

/** Whether a map has the key `__proto__`. zod ignores this key, so its schemas do not check the value. */
function hasProtoKey(value: object, maps: readonly string[]): boolean {
  return maps.some((place) => {
    const map = place
      .split('.')
      .reduce<unknown>((inner, key) => (inner as Record<string, unknown> | null)?.[key], value);
    return typeof map === 'object' && map !== null && Object.hasOwn(map, '__proto__');
  });
}

describe.each(cases)('$name', ({ validate, schema, value, maps }) => {
  it('accepts the sample', () => {
    expect([validate(value), schema.safeParse(value).success]).toEqual([true, true]);
  });

  it('accepts a changed sample if and only if the schema accepts it', () => {
    const outcomes = { accepted: 0, rejected: 0 };
    fc.assert(
      fc.property(changes(value), (steps) => {
        const sent = changed(value, steps);
        fc.pre(!hasProtoKey(sent, maps));
        const parsed = schema.safeParse(sent);

        expect(validate(sent)).toBe(parsed.success);
        // The validator does not copy: the value is used as it is, so the schema must not convert anything.
        if (parsed.success) expect(lost(parsed.data, sent)).toBeUndefined();
        outcomes[parsed.success ? 'accepted' : 'rejected']++;
      }),
      { numRuns: 2000 },
    );
    expect(Math.min(outcomes.accepted, outcomes.rejected)).toBeGreaterThan(200);
  });

  it('accepts null at the same places as the schema', () => {
    for (const path of pathsIn(value)) {
      const sent = changedAt(value, path, null);
      expect(validate(sent), path.join('.')).toBe(schema.safeParse(sent).success);
    }
  });

  it('checks an inherited name only as a key of a map, where its value must be a text', () => {
    for (const path of inheritedNamesIn(value)) {
      for (const change of ['text', null, 1, [], {}]) {
        const accepted = change === 'text' || !maps.includes(path.slice(0, -1).join('.'));
        const place = `${path.join('.')} = ${JSON.stringify(change)}`;
        expect(validate(changedAt(value, path, change)), place).toBe(accepted);
      }
    }
  });
});

describe('The generated validators', () => {
  it.each([{ value: undefined }, { value: null }, { value: 'text' }, { value: 1 }, { value: [] }, { value: {} }])(
    'agree with the schemas about $value',
    ({ value }) => {
      const accepted = cases.map(({ validate }) => validate(value));

      expect(accepted).toEqual(cases.map(({ schema }) => schema.safeParse(value).success));
    },
  );
});
