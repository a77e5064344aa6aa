// Cleans up after the test process, even if that is killed.
//
// A shell waits until a pipe to the test process closes, then kills the watched processes and removes the
// temporary directory.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Guardian {
  /** A new directory, which is removed when the guardian ends. */
  readonly directory: string;
  /**
   * Kills this process when the test process ends. Call `forget` when it has ended, because pids are reused.
   */
  watch(pid: number): void;
  forget(pid: number): void;
  /** Ends the guardian, which kills the watched processes and removes the directory. */
  release(): Promise<void>;
}

// SIGKILL at once, because nothing needs to be saved. The pause lets the killed processes close their files
// before the removal. 2>/dev/null: an interrupt from the keyboard may have ended them already, and an error
// message of kill to a pipe without a reader would end this shell before the removal.
const onEndOfTestProcess = `
read -r _
for file in "$0"/*.pid; do
  [ -e "$file" ] || continue
  kill -9 "$(basename "$file" .pid)" 2>/dev/null; sleep 0.2
done
rm -rf "$0"
`;

export function createGuardian(): Guardian {
  const directory = mkdtempSync(join(tmpdir(), 'cwii-test-'));
  const pidFile = (pid: number) => join(directory, `${pid}.pid`);
  // Detached: otherwise an interrupt from the keyboard would end the guardian together with the test process.
  const shell = spawn('/bin/sh', ['-c', onEndOfTestProcess, directory], {
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let errors = '';
  shell.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const ended = new Promise<Error | undefined>((resolve) => {
    shell.once('error', resolve);
    shell.once('close', (code) => resolve(code === 0 ? undefined : new Error(`code ${code}: ${errors.trim()}`)));
  });
  // The guardian must not keep the test process alive.
  shell.unref();
  for (const end of [shell.stdin, shell.stderr]) (end as unknown as { unref(): void }).unref();
  return {
    directory,
    watch: (pid) => writeFileSync(pidFile(pid), ''),
    forget: (pid) => rmSync(pidFile(pid), { force: true }),
    release: async () => {
      shell.ref();
      shell.stdin.end();
      const error = await ended;
      if (error) throw new Error(`the guardian could not remove ${directory}; remove it by hand`, { cause: error });
    },
  };
}
