// Starts a control plane with webhooks under test, and creates the objects of the tests.

import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createTestAuthority, type ServerCertificate, type TestAuthority } from '../../testing/certificates.ts';
import { writePrivateFile } from '../../testing/cluster/api-server-files.ts';
import { type ControlPlane, startControlPlane } from '../../testing/cluster/control-plane.ts';
import { createGuardian } from '../../testing/guardian.ts';
import { type ReservedPort, reservePort } from '../../testing/ports.ts';
import { specTexts } from '../fakes/discreet-log.ts';
import type { Manifest } from './manifests.ts';
import type { StoredPod } from './stored-pod.ts';
import { startWebhook, type WebhookUnderTest } from './webhook-under-test.ts';

/** The ServiceAccount of the function, from examples/cluster/rbac.yaml. */
export const reader = { namespace: 'cwii-serve', name: 'cwii-serve' } as const;

/** Seconds until the API server's call of a webhook times out. */
const timeoutSeconds = 9;
/**
 * Subtracted from that for the function's deadline: much, so that its answer is in time on a busy machine.
 */
const deadlineMarginMs = 5_000;

export interface Registration {
  /**
   * Name of the webhook configuration, for `calledBy` of namespaces. The API server calls them in name order.
   */
  readonly name: string;
  readonly webhook: { readonly origin: string; readonly calls: number };
  readonly path?: string;
  readonly failurePolicy?: 'Fail' | 'Ignore';
}

export interface NamespaceOptions {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  /** The registrations that are called for pods of the namespace. Default: `cwii`. */
  readonly calledBy?: readonly string[];
}

export interface Created {
  readonly code: number;
  /** Warnings, or the reason for a refusal. */
  readonly stderr: string;
  /** The stored pod. Throws with kubectl's output if there is none. */
  stored(): StoredPod;
}

export interface TestCluster extends ControlPlane {
  /** A server certificate that the API server trusts for webhooks, without a caBundle. */
  readonly certificate: ServerCertificate;
  /**
   * Runs the function. `env` overrides its access to the cluster and the digest of its caller's token.
   */
  startWebhook(name?: string, env?: Readonly<Record<string, string | undefined>>): Promise<WebhookUnderTest>;
  /** Resolves when the API server calls the webhook. */
  register(registration: Registration): Promise<void>;
  /** Runs the function and registers it as `name`. */
  addWebhook(name?: string, env?: Readonly<Record<string, string | undefined>>): Promise<WebhookUnderTest>;
  addNamespace(name: string, options?: NamespaceOptions): Promise<void>;
  /** The path of a file with a token of a ServiceAccount. */
  tokenFile(namespace: string, name: string): Promise<string>;
  create(manifest: Manifest): Promise<StoredPod>;
  /** Creates it with kubectl, as a user does. */
  kubectlCreate(manifest: Manifest): Promise<Created>;
  /** The only pod of a namespace, as soon as it exists. */
  podIn(namespace: string): Promise<StoredPod>;
  /** Deletes a workload's pod. @returns the pod that its controller creates instead. */
  replacementOf(pod: StoredPod): Promise<StoredPod>;
  /** The event with the reason why a controller could not create a pod. */
  refusalIn(namespace: string): Promise<string>;
}

export interface TestClusterOptions {
  /** Issues the certificates that the API server trusts; default: a new one. */
  readonly authority?: TestAuthority;
  readonly apiServerFlags?: readonly string[];
}

/**
 * @param callers names of webhooks to which the API server sends a token; it sends none to other webhooks.
 */
export async function startTestCluster(
  callers: readonly string[] = ['cwii'],
  options: TestClusterOptions = {},
): Promise<TestCluster> {
  const guardian = createGuardian();
  const authority = options.authority ?? (await createTestAuthority());
  const certificate = await authority.issue();
  const known = new Map<string, { port: ReservedPort; token: string }>();
  for (const name of callers) known.set(name, { port: await reservePort(), token: randomBytes(24).toString('hex') });

  const controlPlane = await startControlPlane({
    auditLog: true,
    trustedCaPem: authority.certPem,
    apiServerFlags: options.apiServerFlags ?? [],
    webhookCallers: Object.fromEntries(
      [...known.values()].map(({ port: { port }, token }) => [`127.0.0.1:${port}`, token]),
    ),
  });
  const { api, waitFor } = controlPlane;
  await controlPlane.apply(await readExample('cluster/rbac.yaml'));

  /** Tokens of ServiceAccounts that the function gets. */
  const tokens: string[] = [];
  const tokenFile = async (namespace: string, name: string) => {
    const token = await controlPlane.serviceAccountToken(namespace, name);
    tokens.push(token);
    return writePrivateFile(guardian.directory, `${namespace}-${name}.token`, `${token}\n`);
  };
  const readerToken = await tokenFile(reader.namespace, reader.name);
  const running: WebhookUnderTest[] = [];
  const forbid = (manifest: object) => {
    for (const webhook of running) webhook.forbid(specTexts(manifest));
  };

  const cluster: TestCluster = {
    ...controlPlane,
    certificate,
    tokenFile,
    startWebhook: async (name = 'cwii', env = {}) => {
      const caller = known.get(name);
      const webhook = await startWebhook({
        ...(caller && { port: caller.port }),
        certificate,
        guardian,
        secrets: [...tokens, ...(caller ? [caller.token] : [])],
        env: {
          CWII_CLUSTER_NAME: 'test',
          CWII_DEADLINE_MARGIN_MS: String(deadlineMarginMs),
          CWII_CALLER_TOKEN_SHA256: caller && sha256(caller.token),
          CWII_KUBE_API_URL: controlPlane.url,
          CWII_KUBE_CA: controlPlane.caPem,
          CWII_KUBE_CREDENTIAL: `file:${readerToken}`,
          ...env,
        },
      });
      running.push(webhook);
      return webhook;
    },
    register: async ({ name, webhook, path = '/mutate', failurePolicy = 'Fail' }) => {
      await api('POST', '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations', {
        metadata: { name },
        webhooks: [
          {
            name: `${name}.cwii.test`,
            admissionReviewVersions: ['v1'],
            sideEffects: 'None',
            timeoutSeconds,
            failurePolicy,
            reinvocationPolicy: 'IfNeeded',
            clientConfig: { url: `${webhook.origin}${path}` },
            namespaceSelector: { matchExpressions: [{ key: calledByLabel(name), operator: 'Exists' }] },
            rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
          },
        ],
      });
      await cluster.addNamespace(`probe-${name}`, { calledBy: [name] });
      const before = webhook.calls;
      const probe = { spec: { containers: [{ name: 'app', image: 'app' }] }, metadata: { generateName: 'probe-' } };
      await waitFor(`webhook ${name} to be called`, async () => {
        // A webhook that is meant to refuse refuses this pod too; that counts as a call.
        await api('POST', `/api/v1/namespaces/probe-${name}/pods?dryRun=All`, probe).catch(() => undefined);
        return webhook.calls > before;
      });
    },
    addWebhook: async (name = 'cwii', env = {}) => {
      const webhook = await cluster.startWebhook(name, env);
      await cluster.register({ name, webhook });
      return webhook;
    },
    addNamespace: async (name, { annotations, labels, calledBy = ['cwii'] } = {}) => {
      const called = Object.fromEntries(calledBy.map((registration) => [calledByLabel(registration), '']));
      await controlPlane.createNamespace(name, { ...labels, ...called });
      if (annotations) await api('PATCH', `/api/v1/namespaces/${name}`, { metadata: { annotations } });
    },
    create: ({ apiVersion, kind, ...manifest }) => {
      forbid(manifest);
      const group = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
      const path = `${group}/namespaces/${manifest.metadata.namespace}/${kind.toLowerCase()}s`;
      return api('POST', path, { apiVersion, kind, ...manifest });
    },
    kubectlCreate: async (manifest) => {
      forbid(manifest);
      const command = ['create', '-o', 'json', '-f', '-'];
      const { code, stdout, stderr } = await controlPlane.kubectl(command, JSON.stringify(manifest));
      const stored = () => {
        if (code !== 0) throw new Error(`kubectl create ended with code ${code}: ${stderr}`);
        return JSON.parse(stdout) as StoredPod;
      };
      return { code, stderr, stored };
    },
    podIn: (namespace) =>
      waitFor(`a pod in namespace ${namespace}`, async () => {
        const { items } = await api<{ items: StoredPod[] }>('GET', `/api/v1/namespaces/${namespace}/pods`);
        if (items.length > 1) throw new Error(`there are ${items.length} pods in namespace ${namespace}`);
        return items[0];
      }),
    replacementOf: async ({ metadata: { namespace, name, uid } }) => {
      await api('DELETE', `/api/v1/namespaces/${namespace}/pods/${name}`);
      return waitFor(`a pod in place of ${namespace}/${name}`, async () => {
        const pod = await cluster.podIn(namespace);
        return pod.metadata.uid !== uid && pod;
      });
    },
    refusalIn: (namespace) =>
      waitFor(`the event of a pod that could not be created in namespace ${namespace}`, async () => {
        const path = `/api/v1/namespaces/${namespace}/events?fieldSelector=reason%3DFailedCreate`;
        const { items } = await api<{ items: { message: string }[] }>('GET', path);
        return items[0]?.message;
      }),
    stop: async () => {
      const stopped = await Promise.allSettled(running.map((webhook) => webhook.stop()));
      await guardian.release();
      await controlPlane.stop();
      for (const result of stopped) if (result.status === 'rejected') throw result.reason;
    },
  };
  return cluster;
}

/** A file of examples/. */
export function readExample(path: string): Promise<string> {
  return readFile(new URL(`../../examples/${path}`, import.meta.url), 'utf8');
}

export function sha256(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** The label that selects a namespace for a registration. */
export function calledByLabel(registration: string): string {
  return `called-by.cwii.test/${registration}`;
}
