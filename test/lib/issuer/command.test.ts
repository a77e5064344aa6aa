// Knows that a command is understood, or refused: never taken for a scheduled run by a typing error.

import { describe, expect, it } from 'vitest';
import { noCommand, parseCommand } from '../../../lib/issuer/command.ts';

describe('a command', () => {
  it.each([
    [{}, noCommand],
    [{ drop: ['a', 'b'] }, { drop: ['a', 'b'], undrop: [] }],
    [{ undrop: ['a'] }, { drop: [], undrop: ['a'] }],
    [
      { drop: ['a'], undrop: ['b'] },
      { drop: ['a'], undrop: ['b'] },
    ],
  ])('%j is understood', (event, command) => {
    expect(parseCommand(event)).toEqual(command);
  });

  it.each([
    [{ dorp: ['a'] }],
    [{ drop: 'a' }],
    [{ drop: [] }],
    [{ drop: [''] }],
    [{ drop: [7] }],
    [{ drop: ['a'], now: true }],
    ['drop'],
    [['a']],
    [7],
  ])('%j is refused, with the ones that there are', (event) => {
    expect(() => parseCommand(event)).toThrow(
      expect.objectContaining({ code: 'issuer-command-unknown', message: expect.stringContaining('{"drop":["KID"]}') }),
    );
  });

  it('that drops a key and takes it back is refused', () => {
    expect(() => parseCommand({ drop: ['a'], undrop: ['a'] })).toThrow('"a" cannot be dropped and taken back');
  });
});
