// Knows what is told of a program that does not start, does not get ready, or does not end by itself.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGuardian, type Guardian } from '../../testing/guardian.ts';
import { startProgram } from '../../testing/program.ts';

describe('a program', () => {
  let guardian: Guardian;
  beforeEach(() => {
    guardian = createGuardian();
  });
  afterEach(() => guardian.release());

  const start = (script: string, env: Readonly<Record<string, string | undefined>> = {}) =>
    startProgram({ name: 'the script', command: [process.execPath, '-e', script], env, guardian });
  const forever = 'setInterval(() => {}, 1000)';

  it('is ready when it says so, and has both streams apart', async () => {
    const program = start(`console.log('out'); console.error('ready'); ${forever}`);
    await program.waitFor('it to be ready', () => program.stderr().includes('ready'));
    expect(program.stdout()).toBe('out\n');
    await program.stop();
    expect(program.stderr()).toBe('ready\n');
    program.assertRunning();
  });

  it('gets of the environment its PATH and what it is given', async () => {
    const program = start(`console.log(JSON.stringify(Object.keys(process.env).sort())); ${forever}`, {
      CWII_A: 'a',
      CWII_B: undefined,
    });
    await program.waitFor('its environment', () => program.stdout().endsWith('\n'));
    expect(JSON.parse(program.stdout())).toEqual(['CWII_A', 'HOME', 'PATH']);
    await program.stop();
  });

  it('that dies before it is ready is told of at once, with the end of its output', async () => {
    const program = start(`console.log('half'); console.error('no such flag'); process.exit(3)`);
    const ready = program.waitFor('never', () => false, 60_000);
    await expect(ready).rejects.toThrow(/^the script ended with code 3\..*its output:\nhalf\nno such flag$/s);
  });

  it('that does not get ready in time is told of with the end of its output', async () => {
    const program = start(`console.error('thinking'); ${forever}`);
    await program.waitFor('it to think', () => program.stderr().includes('thinking'));
    const ready = program.waitFor('it to be ready', () => false, 1);
    await expect(ready).rejects.toThrow(/^waited 1 ms in vain for it to be ready\..*its output:\nthinking$/s);
    await program.stop();
  });

  it('that is not there is named', async () => {
    const program = startProgram({ name: 'nothing', command: ['/nowhere/at/all'], guardian });
    const ready = program.waitFor('never', () => false);
    await expect(ready).rejects.toThrow('nothing could not be started from /nowhere/at/all');
    await program.stop();
  });

  it('that does not heed SIGTERM is killed', async () => {
    const program = start(`process.on('SIGTERM', () => {}); console.log('deaf'); ${forever}`);
    await program.waitFor('it to be deaf', () => program.stdout().includes('deaf'));
    await program.stop(10);
    expect(() => process.kill(program.pid ?? 0, 0)).toThrow('ESRCH');
  });
});
