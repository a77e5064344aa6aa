// Faults of the webhook behind its URL, and of the way from the API server to it.

import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { createTestAuthority } from '../../../testing/certificates.ts';
import { listen } from '../../../testing/ports.ts';
import { sha256 } from '../test-cluster.ts';
import { deleteObject, describeFaults, editObject, type Fault, REGISTRATION, type Undo } from './fault-matrix.ts';
import type { HealthyCluster } from './healthy-cluster.ts';

type Changes = Parameters<HealthyCluster['restartWebhook']>[0];

const restart =
  (changesFor: (healthy: HealthyCluster) => Promise<Changes>) =>
  async (healthy: HealthyCluster): Promise<Undo> => {
    await healthy.restartWebhook(await changesFor(healthy));
    return () => healthy.restartWebhook();
  };

const OTHER_TOKEN = 'the-token-after-a-rotation';

/** cwii.yaml, the function and the file have a new token, and the API server still has the old one. */
async function rotateWithoutApiServer(healthy: HealthyCluster): Promise<Undo> {
  const undo = await healthy.editClusterFile((entry) => {
    entry['callers'] = { tokenSha256: [sha256(OTHER_TOKEN)] };
  });
  await writeFile(join(healthy.folder, 'caller-token-test'), OTHER_TOKEN);
  await healthy.restartWebhook({ env: { CWII_CALLER_TOKEN_SHA256: sha256(OTHER_TOKEN) } });
  return async () => {
    await undo();
    await writeFile(join(healthy.folder, 'caller-token-test'), healthy.callerToken);
    await healthy.restartWebhook();
  };
}

/** An API server that knows none of the namespaces. */
async function otherCluster({ authority }: HealthyCluster) {
  const { certPem: cert, keyPem: key } = await authority.issue();
  const server = createServer({ cert, key }, ({ url = '' }, answer) => {
    const name = url.split('/').at(-1) ?? '';
    const status = {
      kind: 'Status',
      apiVersion: 'v1',
      status: 'Failure',
      reason: 'NotFound',
      details: { name },
      code: 404,
    };
    answer.writeHead(404, { 'content-type': 'application/json' }).end(JSON.stringify(status));
  });
  return { server, port: await listen(server) };
}

const faults: readonly Fault[] = [
  {
    fault: 'nothing listens at the URL',
    inject: async (healthy) => {
      await healthy.stopWebhook();
      return () => healthy.restartWebhook();
    },
    problems: [
      /^failed webhook-reachable: https:\/\/127\.0\.0\.1:\d+ does not answer: .*ECONNREFUSED.*; the API server does not reach it either$/,
    ],
  },
  {
    fault: 'the webhook accepts connections, and never answers',
    inject: async (healthy) => {
      healthy.webhook().signal('SIGSTOP');
      return async () => healthy.webhook().signal('SIGCONT');
    },
    args: ['--only', 'webhook-registered,webhook-reachable', '--timeout', '20s'],
    problems: [
      /^failed webhook-reachable: .* does not answer: no answer within 16 s; the API server does not reach it either$/,
    ],
  },
  {
    fault: 'another server is at the URL',
    inject: async (healthy) => {
      await healthy.stopWebhook();
      const { certPem: cert, keyPem: key } = await healthy.authority.issue();
      const server = createServer({ cert, key }, (_, answer) => answer.writeHead(404).end('not here'));
      await listen(server, Number(new URL(healthy.webhookOrigin).port));
      return async () => {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
        await healthy.restartWebhook();
      };
    },
    problems: [/^failed webhook-answers: GET \/healthz answers HTTP 404 instead of 200$/],
  },
  {
    fault: 'the certificate has expired',
    inject: restart(async ({ authority }) => ({ certificate: await authority.issue([], { from: -9, to: -2 }) })),
    problems: [/^failed webhook-certificate: the certificate [0-9A-F:]+ expired at 20/],
  },
  {
    fault: 'the certificate expires soon',
    inject: restart(async ({ authority }) => ({ certificate: await authority.issue([], { from: -9, to: 2 }) })),
    problems: [/^warning webhook-certificate: the certificate expires in 1 day$/],
  },
  {
    fault: 'another CA signed the certificate',
    inject: restart(async () => ({ certificate: await (await createTestAuthority()).issue() })),
    problems: [/^failed webhook-certificate: caBundle \(.+\) did not sign the certificate that is served/],
  },
  {
    fault: 'the certificate has another name',
    inject: (healthy) =>
      editObject(healthy, REGISTRATION, ({ webhooks }) => {
        for (const { clientConfig } of webhooks)
          clientConfig.url = clientConfig.url.replace('127.0.0.1', 'webhook.example.com');
      }),
    args: ({ webhookOrigin }) => {
      const { port } = new URL(webhookOrigin);
      const url = `https://webhook.example.com:${port}`;
      return ['--url', url, '--cloud-endpoint', `webhook.example.com:${port}=127.0.0.1:${port}`];
    },
    problems: [
      /^failed webhook-certificate: the certificate .* is for .*localhost.*, but the API server calls webhook\.example\.com$/,
    ],
  },
  {
    fault: 'the file has another token',
    inject: async (healthy) => {
      await writeFile(join(healthy.folder, 'caller-token-test'), OTHER_TOKEN);
      return () => writeFile(join(healthy.folder, 'caller-token-test'), healthy.callerToken);
    },
    problems: [
      /^failed webhook-caller-token: the token in the file has the digest [0-9a-f]{8}…, but cwii\.yaml has [0-9a-f]{8}…$/,
    ],
  },
  {
    fault: 'the function has the digest of another token',
    inject: restart(async () => ({ env: { CWII_CALLER_TOKEN_SHA256: sha256('another') } })),
    problems: [/^failed webhook-review: the function refuses the token \(HTTP 401\)/],
  },
  {
    fault: 'the API server has another token',
    inject: rotateWithoutApiServer,
    problems: [/^failed webhook-dry-run: .*ServiceAccount shop\/checkout: .*failed to call webhook: unauthorized/],
  },
  {
    fault: 'the API server has another token, and lets pods through',
    inject: async (healthy) => {
      const undo: Undo[] = [
        await rotateWithoutApiServer(healthy),
        await healthy.editClusterFile((entry) => {
          entry['callers'] = { tokenSha256: [sha256(OTHER_TOKEN)] };
          entry['webhook'] = { failurePolicy: 'Ignore', timeoutSeconds: 10 };
        }),
        await editObject(healthy, REGISTRATION, ({ webhooks: [pods] }) => {
          pods.failurePolicy = 'Ignore';
        }),
      ];
      const admission = '/apis/admissionregistration.k8s.io/v1';
      for (const kind of ['validatingadmissionpolicies', 'validatingadmissionpolicybindings'])
        for (const name of ['cwii-require-service-account', 'cwii-require-replica-set'])
          await healthy.cluster.api('DELETE', `${admission}/${kind}/${name}`);
      return async () => {
        for (const one of undo.toReversed()) await one();
        await healthy.cluster.restartApiServer([healthy.cluster.signingKey]);
        await healthy.applyStep('4-require');
      };
    },
    args: ['--probe', '--yes'],
    problems: [
      /^failed webhook-dry-run: a pod of .* is admitted without its identity: the call failed \(HTTP 401\), and failurePolicy Ignore let the pod through$/,
      /^failed webhook-probe: the API server cannot call the webhook: .*probe\.cwii\.dev.*unauthorized/,
    ],
  },
  {
    fault: 'pods were let through since the start of the API server',
    inject: async (healthy) => {
      const undo = await editObject(healthy, REGISTRATION, ({ webhooks: [pods] }) => {
        pods.failurePolicy = 'Ignore';
      });
      await healthy.stopWebhook();
      const isCounted = async () => {
        const pod = { metadata: { generateName: 'through-' }, spec: { containers: [{ name: 'app', image: 'app' }] } };
        await healthy.cluster.api('POST', '/api/v1/namespaces/shop/pods?dryRun=All', pod).catch(() => undefined);
        const { stdout } = await healthy.cluster.kubectl(['get', '--raw', '/metrics']);
        return /webhook_fail_open_count\{name="pods\.cwii\.dev"/.test(stdout);
      };
      await healthy.cluster.waitFor('a pod to be let through', isCounted);
      await undo();
      await healthy.restartWebhook();
      return () => healthy.cluster.restartApiServer([healthy.cluster.signingKey]);
    },
    problems: [/^warning webhook-failing-open: since the API server's start \d+ pods were let through without cwii/],
  },
  {
    fault: 'everybody may call the function',
    inject: restart(async () => ({ env: { CWII_CALLER_TOKEN_SHA256: undefined, CWII_ALLOW_ANONYMOUS: 'true' } })),
    problems: [/^failed webhook-authentication: a call without a token gets HTTP 200 instead of 401$/],
  },
  {
    fault: "the function's token is refused by its cluster",
    inject: restart(async ({ folder }) => {
      await writeFile(join(folder, 'expired.token'), 'expired');
      return { env: { CWII_KUBE_CREDENTIAL: `file:${join(folder, 'expired.token')}` } };
    }),
    problems: [
      /^failed webhook-review: the function answers HTTP 503: .*rejected the function's token.*\(cluster-unauthorized\)$/,
    ],
  },
  {
    fault: 'the function reads another cluster',
    inject: async (healthy) => {
      const { server, port } = await otherCluster(healthy);
      const env = { CWII_KUBE_API_URL: `https://127.0.0.1:${port}`, CWII_KUBE_CA: healthy.authority.certPem };
      await healthy.restartWebhook({ env });
      return async () => {
        await healthy.restartWebhook();
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      };
    },
    problems: [/^failed webhook-review: the function answers HTTP 503: .*\(namespace-missing\)$/],
  },
  {
    fault: 'the function has another CA of its cluster',
    inject: restart(async () => ({ env: { CWII_KUBE_CA: (await createTestAuthority()).certPem } })),
    problems: [/^failed webhook-review: the function answers HTTP 503: .*\(cluster-unreachable\)$/],
  },
  {
    fault: 'the function allows other roles',
    inject: restart(async () => ({ env: { CWII_ALLOWED_ROLE_ARNS: 'arn:aws:iam::999999999999:role/*' } })),
    problems: [/^failed webhook-dry-run: .*denied the request: cwii: /],
  },
  {
    fault: 'the function gives tokens another lifetime',
    inject: restart(async () => ({ env: { CWII_TOKEN_EXPIRATION: '7200' } })),
    problems: [
      /^failed webhook-dry-run: .* gets something else than cwii\.yaml says: volumes\[cwii-aws-token\].*expirationSeconds is 7200 instead of/,
    ],
  },
  {
    fault: 'a second registration sends all namespaces',
    inject: async (healthy) => {
      const { api } = healthy.cluster;
      const { webhooks } = await api<{ webhooks: Record<string, unknown>[] }>('GET', REGISTRATION);
      const { namespaceSelector: _, ...pods } = webhooks[0] ?? {};
      const path = REGISTRATION.replace(/\/cwii$/, '');
      await api('POST', path, { metadata: { name: 'cwii-old' }, webhooks: [{ ...pods, name: 'old.cwii.dev' }] });
      return () => api('DELETE', `${path}/cwii-old`);
    },
    problems: [/^failed webhook-dry-run-unlabelled: a pod of Namespace default gets an identity/],
  },
  {
    fault: 'two at once: nothing listens at the URL, and a policy without its binding',
    inject: async (healthy) => {
      const path =
        '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/cwii-require-service-account';
      const undo = await deleteObject(healthy, path, '4-require');
      await healthy.stopWebhook();
      return async () => {
        await undo();
        await healthy.restartWebhook();
      };
    },
    problems: [/^failed webhook-policies /, /^failed webhook-reachable: /],
  },
];

describeFaults('the webhook and the way to it', faults);
