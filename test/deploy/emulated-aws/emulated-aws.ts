// An AWS account on loopback: MiniStack evaluates its policies and runs its functions.

import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { TestAuthority } from '../../../testing/certificates.ts';
import type { Guardian } from '../../../testing/guardian.ts';
import { reservePort, retryIfPortTaken } from '../../../testing/ports.ts';
import { startServer } from '../../../testing/program.ts';
import { ministackPackages, pythonWith } from '../../../testing/python.ts';
import { connectEmulator, type Emulator, rootOf } from './emulator.ts';
import { type Front, hostsOf, startFront } from './front.ts';

export const account = '123456789012';
export const region = 'eu-central-1';
const root = rootOf(account).credentials;
const credentials = { AWS_ACCESS_KEY_ID: root.accessKeyId, AWS_SECRET_ACCESS_KEY: root.secretAccessKey };

const nameResolution = pathToFileURL(join(import.meta.dirname, 'name-resolution.ts'));

export interface EmulatedAws extends Emulator, Front {
  /** The environment of an administrator's programs: the AWS CLI, CDK, curl. */
  readonly env: Readonly<Record<string, string>>;
  /** The Python of the environment with the AWS CLI. */
  readonly python: string;
  /** A PEM file with the authority of all hosts. */
  readonly caPath: string;
  /** Runs every scheduled function now. */
  runSchedules(): void;
  /** Ends all instances of functions, so that no token is in their memory. */
  endInstances(): Promise<void>;
  /** The emulator's own log, for the message of a failed test. */
  log(): string;
  stop(): Promise<void>;
}

/** @param apiHost a name that leads functions to loopback. */
export function startEmulatedAws(authority: TestAuthority, guardian: Guardian, apiHost: string): Promise<EmulatedAws> {
  return retryIfPortTaken(() => startOnce(authority, guardian, apiHost));
}

async function startOnce(authority: TestAuthority, guardian: Guardian, apiHost: string): Promise<EmulatedAws> {
  const file = async (name: string, text: string) => {
    const path = join(guardian.directory, name);
    await writeFile(path, text, { mode: 0o600 });
    return path;
  };
  const python = await pythonWith(ministackPackages);
  const certificate = await authority.issue(hostsOf(region));
  const caPath = await file('aws-ca.pem', authority.certPem);
  const reserved = await reservePort();
  const emulator = connectEmulator({ port: reserved.port, caPem: authority.certPem, account, region });
  const front = await startFront(emulator, certificate);
  const tls = {
    USE_SSL: '1',
    MINISTACK_SSL_CERT: await file('aws.crt', certificate.certPem),
    MINISTACK_SSL_KEY: await file('aws.key', certificate.keyPem),
  };
  await reserved.release();
  const program = await startServer({
    name: 'ministack',
    command: [python, join(import.meta.dirname, 'additions', 'main.py')],
    env: {
      PYTHONDONTWRITEBYTECODE: '1',
      // Functions run with the `node` that is first in PATH: that of this process.
      PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
      ...credentials,
      ...tls,
      NODE_EXTRA_CA_CERTS: caPath,
      NODE_OPTIONS: `--import=${nameResolution}?host=${apiHost}`,
      MINISTACK_REGION: region,
      MINISTACK_ACCOUNT_ID: account,
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(reserved.port),
      AUTH: 'true',
      LAMBDA_EXECUTOR: 'local',
      AWS_ENDPOINT_URL_STS: front.stsUrl,
      TMPDIR: guardian.directory,
    },
    guardian,
    until: 'MiniStack to answer',
    probe: async () => (await emulator.forward('GET', '/_ministack/health', {})).status === 200,
  });
  return {
    ...emulator,
    ...front,
    python,
    caPath,
    env: {
      ...credentials,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_ENDPOINT_URL: `https://localhost:${reserved.port}`,
      AWS_ENDPOINT_URL_STS: front.stsUrl,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CA_BUNDLE: caPath,
      NODE_EXTRA_CA_CERTS: caPath,
      CURL_CA_BUNDLE: caPath,
      https_proxy: front.proxyUrl,
      NO_PROXY: 'localhost,127.0.0.1',
      no_proxy: 'localhost,127.0.0.1',
    },
    runSchedules: () => program.signal('SIGUSR1'),
    endInstances: async () => {
      const ends = () => program.stdout().split('all instances ended').length;
      const before = ends();
      program.signal('SIGUSR2');
      await program.waitFor('the end of all instances', () => ends() > before);
    },
    log: () => program.stdout() + program.stderr(),
    stop: async () => {
      await front.stop();
      await program.stop();
    },
  };
}
