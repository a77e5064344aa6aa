// Tests of mergeKeys: which keys are served after a run, with removed and dropped keys.

import { describe, expect, it } from 'vitest';
import { CwiiError } from '../../../lib/common/errors.ts';
import { type Command, noCommand } from '../../../lib/issuer/command.ts';
import { changesOf, type MergedKeys, type MergeInput, mergeKeys } from '../../../lib/issuer/merge-keys.ts';
import { emptyState, type IssuerState } from '../../../lib/issuer/state.ts';
import { namedKey } from '../../fakes/issuer-keys.ts';

const [a, b, c] = [namedKey('a'), namedKey('b'), namedKey('c')];
const hour = 3_600_000;
const graceMs = 48 * hour;
const noon = Date.UTC(2026, 10, 24, 12);

function run(state: IssuerState, given: Partial<MergeInput>): MergedKeys {
  return mergeKeys({ state, cluster: [a], command: noCommand, now: noon, graceMs, ...given });
}

/** Each key ID with the hours since the cluster removed the key. */
function served({ state }: MergedKeys, now = noon): Record<string, number | 'current'> {
  return Object.fromEntries(
    state.keys.map(({ key, removedAt }) => [key.kid, removedAt === undefined ? 'current' : (now - removedAt) / hour]),
  );
}

function drop(...kids: string[]): Command {
  return { drop: kids, undrop: [] };
}

function undrop(...kids: string[]): Command {
  return { drop: [], undrop: kids };
}

function failure(work: () => unknown): CwiiError {
  try {
    work();
  } catch (error) {
    if (error instanceof CwiiError) return error;
  }
  throw new Error('no error was thrown');
}

const both = run(emptyState, { cluster: [a, b] }).state;

describe('a rotation', () => {
  it('starts with the keys of the cluster, in the order of their IDs', () => {
    expect(Object.entries(served(run(emptyState, { cluster: [b, a] })))).toEqual([
      ['a', 'current'],
      ['b', 'current'],
    ]);
  });

  it('serves a new key in addition to the others', () => {
    expect(served(run(both, { cluster: [c, a, b] }))).toEqual({ a: 'current', b: 'current', c: 'current' });
  });

  it('serves a removed key exactly until the end of its grace period', () => {
    const { state } = run(both, { cluster: [b] });
    const at = (now: number) => served(run(state, { cluster: [b], now }), now);
    expect(at(noon)).toEqual({ a: 0, b: 'current' });
    expect(at(noon + 24 * hour)).toEqual({ a: 24, b: 'current' });
    expect(at(noon + graceMs - 1)).toHaveProperty('a');
    expect(at(noon + graceMs)).toEqual({ b: 'current' });
  });

  it('counts the grace period from the run that first found the key missing', () => {
    const first = run(both, { cluster: [b] });
    const second = run(first.state, { cluster: [b], now: noon + hour });
    expect(served(second, noon + hour)).toEqual({ a: 1, b: 'current' });
  });

  it('clamps a removal time in the future, which clock skew or tampering can cause', () => {
    const future = run(both, { cluster: [b], now: noon + 1000 * graceMs }).state;

    const { state } = run(future, { cluster: [b] });
    expect(served({ state, warnings: [] })).toEqual({ a: 0, b: 'current' });
    expect(served(run(state, { cluster: [b], now: noon + graceMs }))).toEqual({ b: 'current' });
  });

  it('removes a key at once without a grace period', () => {
    expect(served(run(both, { cluster: [b], graceMs: 0 }))).toEqual({ b: 'current' });
  });

  it('counts a key that comes back as current, with a new grace period when it is removed again', () => {
    const removed = run(both, { cluster: [b] });
    const back = run(removed.state, { cluster: [a, b], now: noon + hour });
    expect(served(back)).toEqual({ a: 'current', b: 'current' });
    const again = run(back.state, { cluster: [b], now: noon + 2 * hour });
    expect(served(again, noon + 2 * hour)).toEqual({ a: 0, b: 'current' });
  });

  it('still serves a removed key after the clock was set back', () => {
    const { state } = run(both, { cluster: [b] });
    expect(served(run(state, { cluster: [b], now: noon - 100 * hour }))).toHaveProperty('a');
  });

  it('serves the new key if an ID belongs to another key now, with a warning', () => {
    const other = { ...namedKey('other'), kid: 'a' };
    const merged = run(both, { cluster: [other, b] });
    expect(merged.state.keys.map(({ key }) => key)).toEqual([other, b]);
    expect(merged.warnings).toEqual([expect.objectContaining({ code: 'key-replaced' })]);
  });

  it('serves at most as many keys as AWS accepts, and evicts those that were removed first, with a warning', () => {
    const past = Array.from({ length: 100 }, (_, index) => ({
      key: { ...a, kid: `old-${index}` },
      removedAt: noon - index,
    }));
    const merged = run({ keys: past, dropped: [] }, { cluster: [b, c] });
    expect(merged.state.keys).toHaveLength(100);
    expect(served(merged)).toMatchObject({ b: 'current', c: 'current', 'old-0': 0 });
    expect(served(merged)).not.toHaveProperty('old-98');
    expect(merged.warnings.map(({ code, message }) => [code, message.split(' ')[0]])).toEqual([
      ['key-evicted', 'old-98'],
      ['key-evicted', 'old-99'],
    ]);
  });
});

describe('a dropped key', () => {
  it('is not served any more, and every run warns while the cluster publishes it', () => {
    const dropped = run(both, { cluster: [a, b], command: drop('a') });
    const next = run(dropped.state, { cluster: [a, b], now: noon + hour });
    for (const merged of [dropped, next]) {
      expect(served(merged)).toEqual({ b: 'current' });
      expect(merged.warnings).toEqual([
        { code: 'dropped-key-in-cluster', message: expect.stringMatching(/^a was dropped and is not served/) },
      ]);
    }
  });

  it('stays dropped without a warning after the cluster removed it', () => {
    const { state } = run(both, { cluster: [a, b], command: drop('a') });
    const later = run(state, { cluster: [b], now: noon + 1000 * hour });
    expect(later.warnings).toEqual([]);
    expect(served(run(later.state, { cluster: [a, b], now: noon + 2000 * hour }))).toEqual({ b: 'current' });
  });

  it('may be in its grace period', () => {
    const { state } = run(both, { cluster: [b] });
    expect(served(run(state, { cluster: [b], command: drop('a') }))).toEqual({ b: 'current' });
  });

  it('may be one that was never served', () => {
    expect(served(run(emptyState, { cluster: [a, b], command: drop('b') }))).toEqual({ a: 'current' });
  });

  it('stays dropped if it has another ID', () => {
    const { state } = run(both, { cluster: [a, b], command: drop('a') });
    expect(served(run(state, { cluster: [{ ...a, kid: 'other' }, b] }))).toEqual({ b: 'current' });
  });

  it('keeps its ID dropped for other keys', () => {
    const { state } = run(both, { cluster: [a, b], command: drop('a') });
    expect(served(run(state, { cluster: [{ ...c, kid: 'a' }, b] }))).toEqual({ b: 'current' });
  });

  it('can be dropped again without any change', () => {
    const { state } = run(both, { cluster: [a, b], command: drop('a') });
    expect(run(state, { cluster: [a, b], command: drop('a', 'a'), now: noon + hour }).state).toEqual(state);
  });

  it('is dropped even if the cluster cannot be read', () => {
    expect(served(run(both, { cluster: undefined, command: drop('a') }))).toEqual({ b: 'current' });
  });

  it('is served again after an undrop if the cluster publishes it', () => {
    const { state } = run(both, { cluster: [a, b], command: drop('a') });
    expect(served(run(state, { cluster: [a, b], command: undrop('a') }))).toEqual({ a: 'current', b: 'current' });
    expect(served(run(state, { cluster: [b], command: undrop('a') }))).toEqual({ b: 'current' });
  });
});

describe('nothing is changed', () => {
  it('by a drop that leaves no key, and the error says what to do first', () => {
    const { code, message } = failure(() => run(both, { cluster: [a, b], command: drop('a', 'b') }));
    expect(code).toBe('issuer-drop-leaves-nothing');
    expect(message).toContain('new signing key first');
  });

  it('by a drop that leaves only removed keys', () => {
    const { state } = run(both, { cluster: [b] });
    expect(failure(() => run(state, { cluster: [b], command: drop('b') })).code).toBe('issuer-drop-leaves-nothing');
  });

  it('by a run in which the cluster publishes only dropped keys', () => {
    const { state } = run(both, { cluster: [a, b], command: drop('a') });
    const { code, message } = failure(() => run(state, { cluster: [a] }));
    expect(code).toBe('issuer-nothing-to-serve');
    expect(message).toContain('{"undrop":["KID"]}');
  });

  it('by a drop of an unknown key, and the error lists the known ones', () => {
    const { code, message } = failure(() => run(both, { cluster: [a, c], command: drop('a', 'x') }));
    expect(code).toBe('issuer-key-unknown');
    expect(message).toBe('nothing was changed: "x" is not the ID of a known key; the known keys are: a, c, b');
  });

  it('by an undrop of a key that was not dropped', () => {
    expect(failure(() => run(both, { command: undrop('a') })).message).toBe(
      'nothing was changed: "a" is not the ID of a dropped key; the dropped keys are: none',
    );
  });
});

describe('the changes', () => {
  it.each<[string, IssuerState, Partial<MergeInput>, string[]]>([
    ['a new key', both, { cluster: [a, b, c] }, ['c is new']],
    [
      'a removed key',
      both,
      { cluster: [b] },
      ['a was removed from the cluster, and is served until 2026-11-26T12:00:00.000Z'],
    ],
    [
      'a key at the end of its grace period',
      run(both, { cluster: [b] }).state,
      { cluster: [b], now: noon + graceMs },
      ['a is no longer served'],
    ],
    ['a key that is back', run(both, { cluster: [b] }).state, { cluster: [a, b] }, ['a is back']],
    ['a dropped key', both, { cluster: [a, b], command: drop('a') }, ['a was dropped']],
    ['nothing', both, { cluster: [b, a] }, []],
    [
      'nothing, with a key in its grace period',
      run(both, { cluster: [b] }).state,
      { cluster: [b], now: noon + hour },
      [],
    ],
  ])('list %s', (_, before, given, changes) => {
    expect(changesOf(before, run(before, given).state, graceMs)).toEqual(changes);
  });
});
