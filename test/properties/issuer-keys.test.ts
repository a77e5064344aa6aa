// Properties of the published keys, for any sequence of added, removed and dropped keys of a cluster.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CwiiError } from '../../lib/common/errors.ts';
import { noCommand } from '../../lib/issuer/command.ts';
import { mergeKeys } from '../../lib/issuer/merge-keys.ts';
import type { PublicKey } from '../../lib/issuer/public-key.ts';
import { emptyState, type IssuerState, parseState, serializeState } from '../../lib/issuer/state.ts';
import { namedKey } from '../fakes/issuer-keys.ts';

const keys = ['a', 'b', 'c', 'd', 'e'].map(namedKey);
const graceMs = 1000;

interface Step {
  /** Undefined if the cluster cannot be read, which is allowed with a command only. */
  readonly cluster: readonly PublicKey[] | undefined;
  readonly drop: readonly string[];
  readonly undrop: readonly string[];
  readonly elapsedMs: number;
}

const kids = fc.subarray(
  keys.map(({ kid }) => kid),
  { maxLength: 2 },
);
const step: fc.Arbitrary<Step> = fc.record({
  cluster: fc.option(fc.shuffledSubarray(keys, { minLength: 1 }), { nil: undefined, freq: 6 }),
  drop: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: kids }),
  undrop: fc.oneof({ weight: 5, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: kids }),
  elapsedMs: fc.integer({ min: 0, max: graceMs + 200 }),
});

interface Seen {
  readonly before: IssuerState;
  readonly after: IssuerState;
  readonly step: Step;
  readonly now: number;
}

/** Runs the steps one after another on the same state. A step that is refused does not change the state. */
function play(steps: readonly Step[], look: (seen: Seen) => void): void {
  let state = emptyState;
  let now = Date.UTC(2026, 10, 24);
  for (const one of steps) {
    now += one.elapsedMs;
    const command = { drop: one.drop, undrop: one.undrop.filter((kid) => !one.drop.includes(kid)) };
    try {
      const after = mergeKeys({ state, cluster: one.cluster, command, now, graceMs }).state;
      look({ before: state, after, step: { ...one, undrop: command.undrop }, now });
      // As the next run reads the state.
      state = parseState(serializeState(after), 'the state');
      expect(state).toEqual(after);
    } catch (error) {
      if (!(error instanceof CwiiError)) throw error;
      expect(error.code).toMatch(/^issuer-(drop-leaves-nothing|nothing-to-serve|key-unknown)$/);
    }
  }
}

function property(name: string, look: (seen: Seen) => void): void {
  test(name, () => {
    fc.assert(fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => play(steps, look)));
  });
}

const servedKids = ({ keys: served }: IssuerState) => served.map(({ key }) => key.kid);
const droppedKids = ({ dropped }: IssuerState) => dropped.map(({ kid }) => kid);

property('there is at least one key, and no kid twice', ({ after }) => {
  expect(servedKids(after).length).toBeGreaterThan(0);
  expect(new Set(servedKids(after)).size).toBe(after.keys.length);
});

property('every key of the cluster is published as current, except dropped keys', ({ after, step: { cluster } }) => {
  const current = after.keys.filter(({ removedAt }) => removedAt === undefined).map(({ key }) => key.kid);
  for (const { kid } of cluster ?? []) {
    if (!droppedKids(after).includes(kid)) expect(current).toContain(kid);
  }
  if (cluster) for (const kid of current) expect(cluster.map((key) => key.kid)).toContain(kid);
});

property('a dropped key is not published until an undrop', ({ before, after, step: { drop, undrop } }) => {
  for (const kid of drop) expect(droppedKids(after)).toContain(kid);
  for (const kid of droppedKids(before)) if (!undrop.includes(kid)) expect(droppedKids(after)).toContain(kid);
  for (const kid of droppedKids(after)) expect(servedKids(after)).not.toContain(kid);
});

property(
  'a key that the cluster removed is published until the end of the grace period',
  ({ before, after, step: { cluster }, now }) => {
    for (const { key, removedAt } of before.keys) {
      const isBack = cluster ? cluster.some(({ kid }) => kid === key.kid) : removedAt === undefined;
      if (isBack || droppedKids(after).includes(key.kid)) continue;
      const inGrace = now < (removedAt ?? now) + graceMs;
      expect(servedKids(after).includes(key.kid)).toBe(inGrace);
    }
  },
);

property('only keys that the cluster has or had are published', ({ before, after, step: { cluster } }) => {
  const known = [...(cluster ?? []).map(({ kid }) => kid), ...servedKids(before)];
  for (const kid of servedKids(after)) expect(known).toContain(kid);
});

property('a second identical run changes nothing', ({ after, step: { cluster }, now }) => {
  expect(mergeKeys({ state: after, cluster, command: noCommand, now, graceMs }).state).toEqual(after);
});

property(
  "the order of the cluster's keys does not matter",
  ({ before, after, step: { cluster, drop, undrop }, now }) => {
    const command = { drop, undrop };
    const turned = mergeKeys({ state: before, cluster: cluster?.toReversed(), command, now, graceMs }).state;
    expect(turned.keys).toEqual(after.keys);
  },
);
