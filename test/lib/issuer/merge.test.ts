// Knows which keys are served after a run: the cluster's, those that were the cluster's until lately, none that was dropped.

import { describe, expect, it } from 'vitest';
import { CwiiError } from '../../../lib/common/errors.ts';
import { type Command, noCommand } from '../../../lib/issuer/command.ts';
import { changesOf, type Merged, type Merging, merge } from '../../../lib/issuer/merge.ts';
import { emptyState, type IssuerState } from '../../../lib/issuer/state.ts';
import { namedKey } from '../../fakes/issuer-keys.ts';

const [a, b, c] = [namedKey('a'), namedKey('b'), namedKey('c')];
const hour = 3_600_000;
const graceMs = 48 * hour;
const noon = Date.UTC(2026, 10, 24, 12);

function run(state: IssuerState, given: Partial<Merging>): Merged {
  return merge({ state, cluster: [a], command: noCommand, now: noon, graceMs, ...given });
}

/** Each kid, with the hours since it left the cluster. */
function served({ state }: Merged, now = noon): Record<string, number | 'current'> {
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
  throw new Error('nothing was refused');
}

const both = run(emptyState, { cluster: [a, b] }).state;

describe('a rotation', () => {
  it('begins with the keys of the cluster, in the order of their names', () => {
    expect(Object.entries(served(run(emptyState, { cluster: [b, a] })))).toEqual([
      ['a', 'current'],
      ['b', 'current'],
    ]);
  });

  it('serves a new key beside the others', () => {
    expect(served(run(both, { cluster: [c, a, b] }))).toEqual({ a: 'current', b: 'current', c: 'current' });
  });

  it('serves a removed key until its grace is over, and not a moment longer', () => {
    const { state } = run(both, { cluster: [b] });
    const at = (now: number) => served(run(state, { cluster: [b], now }), now);
    expect(at(noon)).toEqual({ a: 0, b: 'current' });
    expect(at(noon + 24 * hour)).toEqual({ a: 24, b: 'current' });
    expect(at(noon + graceMs - 1)).toHaveProperty('a');
    expect(at(noon + graceMs)).toEqual({ b: 'current' });
  });

  it('counts the grace from the run that found the key missing, not from later ones', () => {
    const first = run(both, { cluster: [b] });
    const second = run(first.state, { cluster: [b], now: noon + hour });
    expect(served(second, noon + hour)).toEqual({ a: 1, b: 'current' });
  });

  it('serves a key no longer than its grace from now, where it left while the clock was ahead or somebody wrote so', () => {
    const ahead = run(both, { cluster: [b], now: noon + 1000 * graceMs }).state;

    const { state } = run(ahead, { cluster: [b] });
    expect(served({ state, warnings: [] })).toEqual({ a: 0, b: 'current' });
    expect(served(run(state, { cluster: [b], now: noon + graceMs }))).toEqual({ b: 'current' });
  });

  it('without grace ends a removed key at once', () => {
    expect(served(run(both, { cluster: [b], graceMs: 0 }))).toEqual({ b: 'current' });
  });

  it('takes a key that comes back for current again, and gives it a whole grace when it leaves again', () => {
    const away = run(both, { cluster: [b] });
    const back = run(away.state, { cluster: [a, b], now: noon + hour });
    expect(served(back)).toEqual({ a: 'current', b: 'current' });
    const again = run(back.state, { cluster: [b], now: noon + 2 * hour });
    expect(served(again, noon + 2 * hour)).toEqual({ a: 0, b: 'current' });
  });

  it('serves a removed key on where the clock was set back', () => {
    const { state } = run(both, { cluster: [b] });
    expect(served(run(state, { cluster: [b], now: noon - 100 * hour }))).toHaveProperty('a');
  });

  it('serves the new key where a kid names another one, and warns', () => {
    const other = { ...namedKey('other'), kid: 'a' };
    const merged = run(both, { cluster: [other, b] });
    expect(merged.state.keys.map(({ key }) => key)).toEqual([other, b]);
    expect(merged.warnings).toEqual([expect.objectContaining({ code: 'key-replaced' })]);
  });

  it('never serves more than AWS takes: the keys that left first go first, with a warning', () => {
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
  it('is gone at once, and stays away while the cluster publishes it, which every run says', () => {
    const dropped = run(both, { cluster: [a, b], command: drop('a') });
    const next = run(dropped.state, { cluster: [a, b], now: noon + hour });
    for (const merged of [dropped, next]) {
      expect(served(merged)).toEqual({ b: 'current' });
      expect(merged.warnings).toEqual([
        { code: 'dropped-key-in-cluster', message: expect.stringMatching(/^a was dropped and is not served/) },
      ]);
    }
  });

  it('is forgotten by nobody when it has left the cluster, and warned of no more', () => {
    const { state } = run(both, { cluster: [a, b], command: drop('a') });
    const later = run(state, { cluster: [b], now: noon + 1000 * hour });
    expect(later.warnings).toEqual([]);
    expect(served(run(later.state, { cluster: [a, b], now: noon + 2000 * hour }))).toEqual({ b: 'current' });
  });

  it('may be one in its grace', () => {
    const { state } = run(both, { cluster: [b] });
    expect(served(run(state, { cluster: [b], command: drop('a') }))).toEqual({ b: 'current' });
  });

  it('may be one that no run has seen yet', () => {
    expect(served(run(emptyState, { cluster: [a, b], command: drop('b') }))).toEqual({ a: 'current' });
  });

  it('stays away under another name too', () => {
    const { state } = run(both, { cluster: [a, b], command: drop('a') });
    expect(served(run(state, { cluster: [{ ...a, kid: 'innocent' }, b] }))).toEqual({ b: 'current' });
  });

  it('stays away though another key takes its name', () => {
    const { state } = run(both, { cluster: [a, b], command: drop('a') });
    expect(served(run(state, { cluster: [{ ...c, kid: 'a' }, b] }))).toEqual({ b: 'current' });
  });

  it('can be dropped again, which changes nothing', () => {
    const { state } = run(both, { cluster: [a, b], command: drop('a') });
    expect(run(state, { cluster: [a, b], command: drop('a', 'a'), now: noon + hour }).state).toEqual(state);
  });

  it('is dropped though the cluster cannot be read', () => {
    expect(served(run(both, { cluster: undefined, command: drop('a') }))).toEqual({ b: 'current' });
  });

  it('comes back on command, where the cluster publishes it', () => {
    const { state } = run(both, { cluster: [a, b], command: drop('a') });
    expect(served(run(state, { cluster: [a, b], command: undrop('a') }))).toEqual({ a: 'current', b: 'current' });
    expect(served(run(state, { cluster: [b], command: undrop('a') }))).toEqual({ b: 'current' });
  });
});

describe('nothing is changed', () => {
  it('by a drop that leaves no key, and the answer says what to do first', () => {
    const { code, message } = failure(() => run(both, { cluster: [a, b], command: drop('a', 'b') }));
    expect(code).toBe('issuer-drop-leaves-nothing');
    expect(message).toContain('new signing key first');
  });

  it('by a drop that leaves only keys that the cluster no longer has', () => {
    const { state } = run(both, { cluster: [b] });
    expect(failure(() => run(state, { cluster: [b], command: drop('b') })).code).toBe('issuer-drop-leaves-nothing');
  });

  it('by a run where the cluster publishes nothing but dropped keys', () => {
    const { state } = run(both, { cluster: [a, b], command: drop('a') });
    const { code, message } = failure(() => run(state, { cluster: [a] }));
    expect(code).toBe('issuer-nothing-to-serve');
    expect(message).toContain('{"undrop":["KID"]}');
  });

  it('by a drop of a key that nobody knows, and the answer lists those that are known', () => {
    const { code, message } = failure(() => run(both, { cluster: [a, c], command: drop('a', 'x') }));
    expect(code).toBe('issuer-key-unknown');
    expect(message).toBe('nothing was changed: "x" is no key that is known here; these are: a, c, b');
  });

  it('by taking back a drop that there was none of', () => {
    expect(failure(() => run(both, { command: undrop('a') })).message).toBe(
      'nothing was changed: "a" is no key that is dropped here; these are: none',
    );
  });
});

describe('what changed', () => {
  it.each<[string, IssuerState, Partial<Merging>, string[]]>([
    ['a new key', both, { cluster: [a, b, c] }, ['c is new']],
    [
      'a removed key',
      both,
      { cluster: [b] },
      ["a is no longer the cluster's, and served until 2026-11-26T12:00:00.000Z"],
    ],
    [
      'a key at the end of its grace',
      run(both, { cluster: [b] }).state,
      { cluster: [b], now: noon + graceMs },
      ['a is no longer served'],
    ],
    ['a key that is back', run(both, { cluster: [b] }).state, { cluster: [a, b] }, ['a is back']],
    ['a dropped key', both, { cluster: [a, b], command: drop('a') }, ['a was dropped']],
    ['nothing', both, { cluster: [b, a] }, []],
    ['nothing, with a key in its grace', run(both, { cluster: [b] }).state, { cluster: [b], now: noon + hour }, []],
  ])('is said of %s', (_, before, given, changes) => {
    expect(changesOf(before, run(before, given).state, graceMs)).toEqual(changes);
  });
});
