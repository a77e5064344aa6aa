// Tests of parseCommand: a malformed command is an error, and never runs as a scheduled run.

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
  ])('is parsed: %j', (event, command) => {
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
  ])('is rejected with the valid commands: %j', (event) => {
    expect(() => parseCommand(event)).toThrow(
      expect.objectContaining({ code: 'issuer-command-unknown', message: expect.stringContaining('{"drop":["KID"]}') }),
    );
  });

  it('that drops and undrops the same key is rejected', () => {
    expect(() => parseCommand({ drop: ['a'], undrop: ['a'] })).toThrow('the command both drops and undrops "a"');
  });
});
