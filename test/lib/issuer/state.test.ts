// Tests of the state: it is parsed as it was written, and anything else is rejected.

import { describe, expect, it } from 'vitest';
import { thumbprintOf } from '../../../lib/issuer/public-key.ts';
import { emptyState, type IssuerState, parseState, serializeState } from '../../../lib/issuer/state.ts';
import { namedKey } from '../../fakes/issuer-keys.ts';

const old = namedKey('old');
const state: IssuerState = {
  keys: [
    { key: namedKey('new'), removedAt: undefined },
    { key: old, removedAt: Date.UTC(2026, 10, 24, 12) },
  ],
  dropped: [{ kid: 'bad', thumbprint: thumbprintOf(namedKey('bad')), droppedAt: Date.UTC(2026, 10, 23) }],
};

describe('the state', () => {
  it('is parsed as it was written', () => {
    expect(parseState(serializeState(state), 'here')).toEqual(state);
    expect(parseState(serializeState(emptyState), 'here')).toEqual(emptyState);
  });

  it('is readable', () => {
    const { keys, dropped } = JSON.parse(serializeState(state));
    expect(keys[1]).toEqual({ key: old, removedAt: '2026-11-24T12:00:00.000Z' });
    expect(dropped).toEqual([expect.objectContaining({ kid: 'bad', droppedAt: '2026-11-23T00:00:00.000Z' })]);
  });

  it.each([
    ['empty', ''],
    ['incomplete', serializeState(state).slice(0, 200)],
    ['of a later version', serializeState(state).replace('"version": 1', '"version": 2')],
    ['without its dropped keys', JSON.stringify({ version: 1, keys: [] })],
    ['with an invalid time', serializeState(state).replace('2026-11-24T12:00:00.000Z', 'yesterday')],
    ['with an invalid key', serializeState(state).replace(/"x": "[^"]+"/, '"x": "AQAB"')],
  ])('is rejected with the place and the remedy: %s', (_, text) => {
    expect(() => parseState(text, 's3://bucket/state/prod.json')).toThrow(
      expect.objectContaining({
        code: 'issuer-state-unreadable',
        message: expect.stringMatching(/^s3:\/\/bucket\/state\/prod\.json .*restore an earlier version/),
      }),
    );
  });
});
