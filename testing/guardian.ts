// Knows how nothing outlives the test process, however that ends (SIGKILL included): a shell holds the other end of
// a pipe, and when the pipe closes it ends what still runs, by pid, and removes the temporary directory.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Guardian {
  /** A fresh directory that goes away with the guardian. */
  readonly directory: string;
  /** Has this process ended with the test process; call `forget` when it ended by itself, as pids are used again. */
  watch(pid: number): void;
  forget(pid: number): void;
  /** Ends the guardian, and with it the directory. */
  release(): Promise<void>;
}

// SIGKILL at once: nothing here is worth saving. The pause lets the ended ones close their files before the removal.
// An interrupt from the keyboard may have ended them already; a complaint about that would go to a pipe that nobody
// reads any more, and end this shell before the removal.
const onEndOfTestProcess = `
read -r _
for file in "$0"/*.pid; do
  [ -e "$file" ] || continue
  kill -9 "$(basename "$file" .pid)" 2>/dev/null; sleep 0.2
done
rm -rf "$0"
`;

export function createGuardian(): Guardian {
  const directory = mkdtempSync(join(tmpdir(), 'cwii-control-plane-'));
  const pidFile = (pid: number) => join(directory, `${pid}.pid`);
  // Detached, or an interrupt from the keyboard would end the guardian along with the test process.
  const shell = spawn('/bin/sh', ['-c', onEndOfTestProcess, directory], {
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let complaint = '';
  shell.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  const ended = new Promise<Error | undefined>((resolve) => {
    shell.once('error', resolve);
    shell.once('close', (code) => resolve(code === 0 ? undefined : new Error(`code ${code}: ${complaint.trim()}`)));
  });
  // The guardian waits for the test process, not the other way about.
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
