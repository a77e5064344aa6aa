// A process with an SDK in a patched pod: it has exactly the environment and the files of the container.

import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { languagesBinary } from '../../testing/binary.ts';
import { languagesJava } from '../../testing/java.ts';
import { languagesPackages, pythonWith } from '../../testing/python.ts';
import type { Clouds } from '../sdk/clouds.ts';
import type { SdkResult, Way } from '../sdk/in-container/get-credentials.ts';
import { nodeProgram } from '../sdk/run-sdks.ts';
import { startConnectProxy } from './connect-proxy.ts';

export type Language = 'javascript' | 'python' | 'go' | 'java';

const pythonProgram = join(import.meta.dirname, 'programs', 'credentials.py');

/** The program's names of the clouds whose default credentials it asks for. */
const nodeWays: Readonly<Record<string, Way>> = { aws: 'aws default chain', azure: 'azure default', gcp: 'gcp' };

/** The command of each language's program. Its argument is the name of a cloud or service. */
const commands: Record<Language, (clouds: Clouds) => Promise<readonly string[]>> = {
  javascript: async (clouds) => nodeProgram(clouds),
  python: async () => [await pythonWith(languagesPackages), '-I', pythonProgram],
  go: async () => [await languagesBinary()],
  java: languagesJava,
};

export interface SdkProcess {
  /** Asks the SDK for credentials, again with the same objects from the second time on. */
  ask(): Promise<SdkResult>;
  /** @throws if the process failed, or wanted to connect to a host without a fake. */
  stop(): Promise<void>;
}

export interface SdkStart {
  readonly language: Language;
  /** A cloud or a service. */
  readonly service: string;
  /** The environment of the container. */
  readonly env: Readonly<Record<string, string>>;
  /** The directory of its machine. */
  readonly root: string;
  readonly clouds: Clouds;
}

/** The variables of an image: its home, a PATH without tools of the clouds, and its authorities. */
export async function imageOf({ root, clouds }: Pick<SdkStart, 'root' | 'clouds'>) {
  const home = join(root, 'home');
  await mkdir(home, { recursive: true });
  const authorities = { SSL_CERT_FILE: clouds.caPath, REQUESTS_CA_BUNDLE: clouds.caPath };
  return {
    HOME: home,
    PATH: join(root, 'bin'),
    NODE_EXTRA_CA_CERTS: clouds.caPath,
    ...authorities,
    // A self-hosted cluster has no such server, and its address would be one outside of this machine.
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}

export async function startSdk(start: SdkStart): Promise<SdkProcess> {
  const { language, service, env, clouds } = start;
  const proxy = await startConnectProxy(clouds.ports);
  const [program = '', ...args] = await commands[language](clouds);
  const way = (language === 'javascript' && nodeWays[service]) || service;
  // Node.js finds the fakes without a proxy.
  const network = language === 'javascript' ? {} : { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url };
  const child = spawn(program, [...args, way], { env: { ...(await imageOf(start)), ...network, ...env } });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const stderr = text(child.stderr);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let asked = 0;
  return {
    ask: async () => {
      if (asked++ > 0) child.stdin.write('\n');
      const { value, done } = await lines.next();
      if (done) throw new Error(`the program for ${language} ended with ${await ended}:\n${await stderr}`);
      const result = JSON.parse(value);
      return language === 'javascript' ? result[way] : result;
    },
    stop: async () => {
      child.stdin.end();
      const code = await ended;
      await proxy.stop();
      if (code !== 0) throw new Error(`the program for ${language} ended with ${code}:\n${await stderr}`);
      if (proxy.unexpected.size > 0) throw new Error(`no fake for ${[...proxy.unexpected].join(', ')}`);
    },
  };
}
