// Knows how the built function is run as the CLI runs it: a process of its own, its log lines, its end.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { RequestLog } from '../../lib/log.ts';
import { assertDiscreet, assertNoSecret, secretsOfEnvironment } from '../fakes/discreet-log.ts';
import type { Guardian } from './harness/guardian.ts';
import { waitFor } from './harness/wait-for.ts';

export interface WebhookStart {
  readonly port: number;
  readonly certificatePath: string;
  readonly keyPath: string;
  /** The CWII_ variables; one that is undefined is not set. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly guardian: Guardian;
  /** What its log must not have beside the secrets of its environment, such as its callers' tokens. */
  readonly secrets?: readonly string[];
}

export interface WebhookUnderTest {
  /** `https://host:port`, without a path. */
  readonly origin: string;
  /** Requests answered so far. */
  readonly calls: number;
  /** What it logged of the requests in a namespace, oldest first; waits for the first one. */
  logged(namespace: string): Promise<readonly [RequestLog, ...RequestLog[]]>;
  /** All of its log lines as they were written. */
  log(): readonly string[];
  /** Undefined where it could not be started. */
  readonly pid: number | undefined;
  /** Such as SIGSTOP and SIGCONT, which freeze it as Lambda freezes a sandbox. */
  signal(name: NodeJS.Signals): void;
  /** Adds to what its log must not have: texts of the pods that it is shown. */
  forbid(texts: readonly string[]): void;
  /** Throws where its log has a token, a key or a text of a pod's spec. */
  stop(): Promise<void>;
}

const graceMs = 3_000;

const cli = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

export async function startWebhook(start: WebhookStart): Promise<WebhookUnderTest> {
  const { port, guardian } = start;
  const child = spawn(
    process.execPath,
    [cli, 'serve', '--port', String(port), '--tls-cert', start.certificatePath, '--tls-key', start.keyPath],
    // Of the environment only PATH: CWII_ variables of the machine must not change what a test sees.
    { env: { PATH: process.env.PATH, ...start.env }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const output = { stdout: '', stderr: '' };
  const secrets = new Set([...(start.secrets ?? []), ...secretsOfEnvironment(start.env)]);
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      output[stream] += text;
    });
  }
  let failure: string | undefined;
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      failure = error.message;
      resolve();
    });
    child.once('exit', (code, signal) => {
      if (child.pid !== undefined) guardian.forget(child.pid);
      failure = `it ended with ${signal ?? `code ${code}`}`;
      resolve();
    });
  });
  if (child.pid !== undefined) guardian.watch(child.pid);

  const assertRunning = () => {
    if (failure !== undefined) throw new Error(`cwii serve does not run, ${failure}:\n${output.stderr}`);
  };
  await waitFor('cwii serve to listen', () => output.stderr.includes('the webhook is at'), 20_000, assertRunning);

  // What follows the last newline is a line still on its way.
  const lines = () => output.stdout.split('\n').slice(0, -1);
  return {
    origin: `https://127.0.0.1:${port}`,
    get calls() {
      return lines().length;
    },
    log: lines,
    pid: child.pid,
    signal: (name) => void child.kill(name),
    forbid: (texts) => {
      for (const text of texts) secrets.add(text);
    },
    logged: (namespace) =>
      waitFor(
        `a log line of a request in namespace ${namespace}`,
        () => {
          const [first, ...rest] = lines()
            .map((line) => JSON.parse(line) as RequestLog)
            .filter((line) => line.namespace === namespace);
          return first && ([first, ...rest] as const);
        },
        undefined,
        assertRunning,
      ),
    stop: async () => {
      child.kill('SIGTERM');
      const force = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await ended;
      clearTimeout(force);
      assertDiscreet(lines(), secrets);
      assertNoSecret(output.stderr, secrets);
    },
  };
}
