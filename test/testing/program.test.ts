// Programs beside the tests: their environment, their errors and their end.

import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGuardian, type Guardian } from '../../testing/guardian.ts';
import { type Program, startProgram, startServer } from '../../testing/program.ts';

const runForever = 'setInterval(() => {}, 1000)';

describe('a program', () => {
  let guardian: Guardian;
  beforeEach(() => {
    guardian = createGuardian();
  });
  afterEach(() => guardian.release());

  const node = (script: string) =>
    ({ name: 'the script', command: [process.execPath, '-e', script], guardian }) as const;

  it('gets PATH, HOME and its own variables as its environment', async () => {
    const script = `console.log(JSON.stringify(Object.keys(process.env).sort())); ${runForever}`;
    const program = startProgram({ ...node(script), env: { CWII_A: 'a', CWII_B: undefined } });
    await program.waitFor('its environment', () => program.stdout().endsWith('\n'));
    await program.stop();

    expect(JSON.parse(program.stdout())).toEqual(['CWII_A', 'HOME', 'PATH']);
  });

  it('fails with the end of its output if it ends before it is ready', async () => {
    const script = `console.log('half'); console.error('no such flag'); process.exit(3)`;
    const started = startServer({ ...node(script), until: 'it to be ready', probe: () => false });

    await expect(started).rejects.toThrow(/^the script ended with code 3\..*its output:\nhalf\nno such flag$/s);
  });

  it('fails with the end of its output if it is not ready in time', async () => {
    const script = `console.error('thinking'); ${runForever}`;
    const probe = async ({ stderr }: Program) => {
      // The time is over when the program has written its line, however busy the machine is.
      while (!stderr().endsWith('\n')) await pause(10);
      return false;
    };
    const started = startServer({ ...node(script), until: 'it to be ready', probe, timeoutMs: 0 });

    await expect(started).rejects.toThrow(
      /^timed out after 0 ms while waiting for it to be ready\..*its output:\nthinking$/s,
    );
  });

  it('fails with the name of an executable that does not exist', async () => {
    const started = startServer({
      ...node(''),
      command: ['/nowhere/at/all'],
      until: 'it to be ready',
      probe: () => false,
    });

    await expect(started).rejects.toThrow('the script could not be started from /nowhere/at/all');
  });

  it('is killed if it ignores SIGTERM', async () => {
    const program = startProgram(node(`process.on('SIGTERM', () => {}); console.log('ready'); ${runForever}`));
    await program.waitFor('it to be ready', () => program.stdout().includes('ready'));

    await program.stop(10);

    expect(() => process.kill(program.pid ?? 0, 0)).toThrow('ESRCH');
  });
});
