// Runs the built webhook as a process with `cwii serve`, and checks its log for secrets when it stops.

import { fileURLToPath } from 'node:url';
import type { RequestLog } from '../../lib/common/log.ts';
import type { ServerCertificate } from '../../testing/certificates.ts';
import { writePrivateFile } from '../../testing/cluster/api-server-files.ts';
import type { Guardian } from '../../testing/guardian.ts';
import { type ReservedPort, retryIfPortTaken } from '../../testing/ports.ts';
import { startServer } from '../../testing/program.ts';
import { assertDiscreet, assertNoSecret, secretsOfEnvironment } from '../fakes/discreet-log.ts';

export interface WebhookStart {
  /** The port that files of the cluster already name; default: the system chooses one. */
  readonly port?: ReservedPort;
  readonly certificate: ServerCertificate;
  /** The CWII_ variables; one that is undefined is not set. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly guardian: Guardian;
  /**
   * Secrets in addition to those of its environment, such as the tokens of its callers.
   */
  readonly secrets?: readonly string[];
}

export interface WebhookUnderTest {
  /** `https://host:port`, without a path. */
  readonly origin: string;
  /** Requests answered so far. */
  readonly calls: number;
  /** Its log of the requests in a namespace, oldest first; waits for the first one. */
  logged(namespace: string): Promise<readonly [RequestLog, ...RequestLog[]]>;
  /** All of its log lines as they were written. */
  log(): readonly string[];
  /** SIGSTOP and SIGCONT freeze it as Lambda freezes a sandbox. */
  signal(name: NodeJS.Signals): void;
  /** Adds texts that its log must not contain, such as those in the pods that it receives. */
  forbid(texts: readonly string[]): void;
  /** Throws if its log contains a token, a key or a text of a pod's spec. */
  stop(): Promise<void>;
}

const cli = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

export async function startWebhook(start: WebhookStart): Promise<WebhookUnderTest> {
  const { port, certificate, guardian, env } = start;
  const { directory } = guardian;
  const certificatePath = await writePrivateFile(directory, 'webhook.crt', certificate.certPem);
  const keyPath = await writePrivateFile(directory, 'webhook.key', certificate.keyPem);
  const secrets = new Set([...(start.secrets ?? []), ...secretsOfEnvironment(env)]);
  const options = ['--port', String(port?.port ?? 0), '--tls-cert', certificatePath, '--tls-key', keyPath];
  await port?.release();
  const serve = await retryIfPortTaken(() =>
    startServer({
      name: 'cwii serve',
      command: [process.execPath, cli, 'serve', ...options],
      env,
      guardian,
      until: 'cwii serve to listen',
      probe: ({ stderr }) => /https:\/\/127\.0\.0\.1:\d+/.exec(stderr())?.[0],
    }),
  );

  // The text after the last newline is a line that is still being written.
  const lines = () => serve.stdout().split('\n').slice(0, -1);
  return {
    origin: serve.answer,
    get calls() {
      // Other lines are about the server itself, such as a failed handshake.
      return lines().filter((line) => 'status' in JSON.parse(line)).length;
    },
    log: lines,
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
