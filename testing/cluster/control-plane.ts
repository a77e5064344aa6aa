// Starts etcd, kube-apiserver and kube-controller-manager as a cluster without nodes, and stops them.

import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { createSigningKey, createTestAuthority, type SigningKey } from '../certificates.ts';
import { createGuardian, type Guardian } from '../guardian.ts';
import { controlPlaneBinary } from '../kubernetes.ts';
import { reservePort, retryIfPortTaken } from '../ports.ts';
import { type Program, startProgram } from '../program.ts';
import { type Probe, waitFor } from '../wait-for.ts';
import * as files from './api-server-files.ts';
import { type AuditEvent, readAuditLog } from './audit-log.ts';
import { type ClusterClient, createClusterClient } from './client.ts';
import { apiServerFlags, controllerManagerFlags, etcdFlags } from './flags.ts';

export type ProgramName = 'etcd' | 'kube-apiserver' | 'kube-controller-manager';

export interface ControlPlaneOptions {
  /** The `iss` of ServiceAccount tokens. No server has to exist at this URL. */
  readonly issuer?: string;
  /** The bearer tokens for webhooks, by the exact `host:port` of their URLs. */
  readonly webhookCallers?: Readonly<Record<string, string>>;
  /** The roots that the API server trusts for webhook URLs, instead of those of the system. */
  readonly trustedCaPem?: string;
  /** Write an audit log; see `auditEvents`. */
  readonly auditLog?: boolean;
  /** More flags of kube-apiserver, such as `--authentication-config=…`. */
  readonly apiServerFlags?: readonly string[];
  /** More environment variables of kube-apiserver, such as `HTTPS_PROXY`. */
  readonly apiServerEnv?: Readonly<Record<string, string>>;
  /** More DNS names in the API server's certificate. */
  readonly dnsNames?: readonly string[];
}

export interface ControlPlane extends ClusterClient {
  readonly url: string;
  readonly caPem: string;
  readonly adminToken: string;
  readonly kubeconfigPath: string;
  /** A folder with the kubectl of the release, for the PATH of a program that calls kubectl. */
  readonly kubectlFolder: string;
  readonly issuer: string;
  /** Signs ServiceAccount tokens (RS256) until a restart with other keys. */
  readonly signingKey: SigningKey;
  /** Verifies these tokens. */
  readonly signingPublicKeyPem: string;
  /** Undefined without `auditLog`. */
  readonly auditLogPath: string | undefined;
  /** One event per finished request, oldest first. Throws without `auditLog`. */
  auditEvents(): Promise<AuditEvent[]>;
  /** Waits as waitFor does, and fails as soon as a program of the control plane ends. */
  waitFor<T>(description: string, probe: Probe<T>, timeoutMs?: number): Promise<T>;
  /**
   * Restarts the API server. The first key signs ServiceAccount tokens, and all of them verify tokens.
   * `flags` replace `apiServerFlags`, and issuers among them replace `issuer`.
   */
  restartApiServer(keys: readonly [SigningKey, ...SigningKey[]], flags?: readonly string[]): Promise<void>;
  /** Resolves when it has its default ServiceAccount: before that, the API server refuses pods. */
  createNamespace(name: string, labels?: Readonly<Record<string, string>>): Promise<void>;
  /** The output of a program so far, until `stop`. */
  log(program: ProgramName): string;
  /** Stops the programs and removes all files. */
  stop(): Promise<void>;
}

const startTimeoutMs = 240_000;

export function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  return retryIfPortTaken(() => startOnce(options));
}

async function startOnce(options: ControlPlaneOptions): Promise<ControlPlane> {
  const binary = await controlPlaneBinary();
  const guardian = createGuardian();
  const programs: Program[] = [];
  try {
    return await assemble(options, binary, guardian, programs);
  } catch (error) {
    await end(programs, guardian);
    throw error;
  }
}

async function assemble(
  options: ControlPlaneOptions,
  binary: string,
  guardian: Guardian,
  programs: Program[],
): Promise<ControlPlane> {
  const start = (name: ProgramName, flags: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const ended = programs.findIndex((program) => program.name === name);
    const program = startProgram({ name, command: [binary, name, ...flags], env, guardian });
    if (ended < 0) programs.push(program);
    else programs[ended] = program;
  };
  const checkPrograms = () => {
    for (const program of programs) program.assertRunning();
  };
  const { directory } = guardian;
  const write = (name: string, content: string) => files.writePrivateFile(directory, name, content);

  const [etcdPort, serverPort] = [await reservePort(), await reservePort()];
  const etcdUrl = `http://127.0.0.1:${etcdPort.port}`;
  await etcdPort.release();
  start('etcd', etcdFlags(directory, etcdUrl));

  const [authority, signingKey] = await Promise.all([createTestAuthority(), createSigningKey()]);
  const server = await authority.issue(options.dnsNames);
  const url = `https://127.0.0.1:${serverPort.port}`;
  const issuer = options.issuer ?? 'https://oidc.example.com/my-cluster';
  const adminToken = randomBytes(24).toString('hex');
  const admin = { url, caPem: authority.certPem, token: adminToken };
  const kubeconfigPath = await files.writeKubeconfig(directory, admin);
  const kubectlFolder = await files.writeKubectl(directory, binary);
  const signingPrivateKey = await write('service-account.key', signingKey.privateKeyPem);
  const auditLogPath = options.auditLog ? join(directory, 'audit.log') : undefined;
  const flags = apiServerFlags(serverPort.port, etcdUrl, issuer, {
    certificate: await write('api-server.crt', server.certPem),
    certificateKey: await write('api-server.key', server.keyPem),
    tokens: await files.writeTokenFile(directory, adminToken),
    signingPrivateKey,
    signingPublicKey: await write('service-account.pub', signingKey.publicKeyPem),
    admission: options.webhookCallers && (await files.writeWebhookCallers(directory, options.webhookCallers)),
    audit: auditLogPath ? { policy: await files.writeAuditPolicy(directory), log: auditLogPath } : undefined,
  });
  // SSL_CERT_DIR too: Go also reads the roots in the directories of the system.
  const trust = options.trustedCaPem && {
    SSL_CERT_FILE: await write('trusted-roots.crt', options.trustedCaPem),
    SSL_CERT_DIR: join(directory, 'no-further-roots'),
  };
  const isIssuer = (flag: string) => flag.startsWith('--service-account-issuer=');
  const startApiServer = (further: readonly string[] = []) => {
    const own = further.some(isIssuer) ? flags.filter((flag) => !isIssuer(flag)) : flags;
    start('kube-apiserver', [...own, ...further], { ...(trust || {}), ...options.apiServerEnv });
  };
  await serverPort.release();
  startApiServer(options.apiServerFlags);

  const client = createClusterClient({ ...admin, kubeconfigPath, directory });
  const ready = (what: string, path: string) =>
    waitFor(what, () => client.api('GET', path), startTimeoutMs, checkPrograms);
  await ready('the API server to be ready', '/readyz');
  start(
    'kube-controller-manager',
    controllerManagerFlags({
      kubeconfig: kubeconfigPath,
      ca: await write('ca.crt', authority.certPem),
      signingPrivateKey,
    }),
  );
  const defaultServiceAccount = (namespace: string) =>
    ready(`ServiceAccount ${namespace}/default`, `/api/v1/namespaces/${namespace}/serviceaccounts/default`);
  await defaultServiceAccount('default');

  return {
    ...client,
    url,
    caPem: authority.certPem,
    adminToken,
    kubeconfigPath,
    kubectlFolder,
    issuer,
    signingKey,
    signingPublicKeyPem: signingKey.publicKeyPem,
    auditLogPath,
    auditEvents: () => readAuditLog(auditLogPath),
    waitFor: (description, probe, timeoutMs) => waitFor(description, probe, timeoutMs, checkPrograms),
    restartApiServer: async (keys, further = options.apiServerFlags) => {
      await programs.findLast(({ name }) => name === 'kube-apiserver')?.stop();
      await write('service-account.key', keys[0].privateKeyPem);
      await write('service-account.pub', keys.map(({ publicKeyPem }) => publicKeyPem).join(''));
      await retryIfPortTaken(async () => {
        startApiServer(further);
        await ready('the API server to be ready again', '/readyz');
      });
    },
    createNamespace: async (name, labels = {}) => {
      await client.api('POST', '/api/v1/namespaces', { metadata: { name, labels } });
      await defaultServiceAccount(name);
    },
    log: (name) => {
      const program = programs.findLast((candidate) => candidate.name === name);
      if (!program) throw new Error(`${name} is not running`);
      return program.stdout() + program.stderr();
    },
    stop: async () => {
      client.close();
      await end(programs, guardian);
    },
  };
}

async function end(programs: readonly Program[], guardian: Guardian): Promise<void> {
  // In reverse order: an API server without its etcd would wait for it until the grace period ends.
  for (const program of programs.toReversed()) await program.stop();
  await guardian.release();
}
