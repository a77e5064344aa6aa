// Knows how the built function is run as the CLI runs it: a process of its own, its log lines, its end.
import { fileURLToPath } from 'node:url';
import type { RequestLog } from '../../lib/common/log.ts';
import type { Guardian } from '../../testing/guardian.ts';
import { startProgram } from '../../testing/program.ts';
import { assertDiscreet, assertNoSecret, secretsOfEnvironment } from '../fakes/discreet-log.ts';

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

const cli = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

export async function startWebhook(start: WebhookStart): Promise<WebhookUnderTest> {
  const { port, guardian, env } = start;
  const options = ['--port', String(port), '--tls-cert', start.certificatePath, '--tls-key', start.keyPath];
  const command = [process.execPath, cli, 'serve', ...options] as const;
  const serve = startProgram({ name: 'cwii serve', command, env, guardian });
  const secrets = new Set([...(start.secrets ?? []), ...secretsOfEnvironment(env)]);
  await serve.waitFor('cwii serve to listen', () => serve.stderr().includes('the webhook is at'), 20_000);

  // What follows the last newline is a line still on its way.
  const lines = () => serve.stdout().split('\n').slice(0, -1);
  return {
    origin: `https://127.0.0.1:${port}`,
    get calls() {
      return lines().length;
    },
    log: lines,
    pid: serve.pid,
    signal: serve.signal,
    forbid: (texts) => {
      for (const text of texts) secrets.add(text);
    },
    logged: (namespace) =>
      serve.waitFor(`a log line of a request in namespace ${namespace}`, () => {
        const [first, ...rest] = lines()
          .map((line) => JSON.parse(line) as RequestLog)
          .filter((line) => line.namespace === namespace);
        return first && ([first, ...rest] as const);
      }),
    stop: async () => {
      await serve.stop();
      assertDiscreet(lines(), secrets);
      assertNoSecret(serve.stderr(), secrets);
    },
  };
}
