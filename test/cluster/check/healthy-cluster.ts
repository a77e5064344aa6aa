// A cluster in which everything is right for `cwii check`; tests then break one thing.
//
// A real API server with all that `cwii manifests --require` writes, `cwii serve` as its webhook with the
// permissions of the function, the issuer's host, and a folder with cwii.yaml, cdk-outputs.json and the
// token.

import { readFile, rename, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { type Report, reportSchema } from '../../../cli/check/report.ts';
import { environmentOf } from '../../../cli/preview/cluster-settings.ts';
import { chooseCluster } from '../../../cluster-file/choose-cluster.ts';
import { readClusterFile } from '../../../cluster-file/cluster-file.ts';
import { createTestAuthority, type TestAuthority } from '../../../testing/certificates.ts';
import { writePrivateFile } from '../../../testing/cluster/api-server-files.ts';
import { type ControlPlane, startControlPlane } from '../../../testing/cluster/control-plane.ts';
import { createGuardian } from '../../../testing/guardian.ts';
import { reservePort } from '../../../testing/ports.ts';
import { cwii, type Ended } from '../../cli/command.ts';
import { pod, roleAnnotation, serviceAccount } from '../manifests.ts';
import { applyStep, callerDigest, callerToken, makeManifests, NEW_ISSUER } from '../manifests-in-use.ts';
import { startWebhook, type WebhookStart, type WebhookUnderTest } from '../webhook-under-test.ts';
import { type IssuerStandIn, startIssuerStandIn } from './issuer-stand-in.ts';

/** The host of api.url in cwii.yaml, which cannot have the address of this machine. */
const API_HOST = 'api.test.example.com:6443';

type RestartChanges = Partial<Pick<WebhookStart, 'certificate' | 'env'>> & {
  /** At a port that the system chooses, so that something else can be at the registered address. */
  readonly elsewhere?: true;
};

export interface HealthyCluster {
  readonly cluster: ControlPlane;
  /** The folder with cwii.yaml, cdk-outputs.json, caller-token-test and manifests/. */
  readonly folder: string;
  readonly issuer: IssuerStandIn;
  /** Signs the certificates of webhook and issuer. */
  readonly authority: TestAuthority;
  readonly callerToken: string;
  /** More environment variables of `cwii check`, which a test sets and removes. */
  readonly env: Record<string, string>;
  /** `https://127.0.0.1:<port>` */
  readonly webhookOrigin: string;
  /** The running webhook, or the last one. */
  webhook(): WebhookUnderTest;
  stopWebhook(): Promise<void>;
  /** Starts it again at the same address, with another certificate or other variables if they are given. */
  restartWebhook(changes?: RestartChanges): Promise<void>;
  /** Changes the cluster's entry in cwii.yaml. @returns the function that undoes it. */
  editClusterFile(edit: (entry: Record<string, unknown>) => void): Promise<() => Promise<void>>;
  /** Runs something in the folder while it has no cwii.yaml. */
  withoutClusterFile<T>(run: () => Promise<T>): Promise<T>;
  /** Applies a folder of manifests again: 1-access, 3-webhook or 4-require. */
  applyStep(step: string): Promise<void>;
  /** `cwii check <args>` in the folder. */
  check(...args: readonly string[]): Promise<Ended>;
  /** The same with `-o json`; the report is checked against its schema. */
  report(...args: readonly string[]): Promise<Report>;
  stop(): Promise<void>;
}

/** @param apiServerFlags more flags of the API server. */
export async function startHealthyCluster(apiServerFlags: readonly string[] = []): Promise<HealthyCluster> {
  const guardian = createGuardian();
  const folder = guardian.directory;
  const file = (name: string, text: string) => writePrivateFile(folder, name, text);
  const authority = await createTestAuthority();
  const port = await reservePort();
  const webhookOrigin = `https://127.0.0.1:${port.port}`;
  const cluster = await startControlPlane({
    issuer: NEW_ISSUER,
    dnsNames: [new URL(`https://${API_HOST}`).hostname],
    webhookCallers: { [new URL(webhookOrigin).host]: callerToken },
    apiServerFlags,
  });
  const issuer = await startIssuerStandIn(NEW_ISSUER, await authority.issue([new URL(NEW_ISSUER).host]));
  await issuer.publish(cluster);

  await file('caller-token-test', `${callerToken}\n`);
  await file('hosts-ca.crt', `${authority.certPem}\n${cluster.caPem}`);
  const out = await makeManifests(folder, {
    cluster,
    credential: { secret: {} },
    args: ['--require', '--webhook-ca', await file('webhook-ca.crt', authority.certPem)],
    entry: {
      api: { url: `https://${API_HOST}`, ca: cluster.caPem },
      // The machine of a test may be busy.
      webhook: { timeoutSeconds: 10 },
      settings: { markPods: true },
    },
    outputs: { WebhookUrl: `${webhookOrigin}/` },
  });
  await applyStep(cluster, out, '1-access');

  const certificate = await authority.issue();
  const token = await cluster.serviceAccountToken('cwii-system', 'cwii-reader');
  const tokenFile = await file('reader.token', token);
  const clusterFile = join(folder, 'cwii.yaml');
  const start = (changes: RestartChanges = {}) =>
    startWebhook({
      ...(!changes.elsewhere && { port }),
      guardian,
      certificate: changes.certificate ?? certificate,
      secrets: [token, callerToken],
      env: {
        ...environmentOf(chooseCluster(readClusterFile(clusterFile).clusters, 'test', clusterFile)),
        CWII_CALLER_TOKEN_SHA256: callerDigest,
        CWII_KUBE_API_URL: cluster.url,
        CWII_KUBE_CA: cluster.caPem,
        CWII_KUBE_CREDENTIAL: `file:${tokenFile}`,
        ...changes.env,
      },
    });
  let webhook = await start();
  let isRunning = true;
  const stopWebhook = async () => {
    if (!isRunning) return;
    isRunning = false;
    await webhook.stop();
  };
  await applyStep(cluster, out, '3-webhook');
  await cluster.createNamespace('shop', { 'cwii.dev/inject': 'enabled' });
  await cluster.apply(JSON.stringify(serviceAccount('shop', 'checkout', roleAnnotation('shop-checkout'))));
  await cluster.waitFor('the webhook to be called', async () => {
    const { metadata, spec } = pod('shop', 'probe', { serviceAccountName: 'checkout' });
    await cluster.api('POST', '/api/v1/namespaces/shop/pods?dryRun=All', { metadata, spec });
    return webhook.calls > 0;
  });
  await applyStep(cluster, out, '4-require');
  await cluster.apply(JSON.stringify(pod('shop', 'checkout', { serviceAccountName: 'checkout' })));

  const env: Record<string, string> = {};
  const check = async (...args: readonly string[]) => {
    const path = [dirname(process.execPath), cluster.kubectlFolder].join(delimiter);
    const own = [
      ['--kubeconfig', cluster.kubeconfigPath],
      ['--timeout', '60s'],
      ['--cloud-endpoint', `${issuer.host}=127.0.0.1:${issuer.port}`],
      ['--cloud-endpoint', `${API_HOST}=${new URL(cluster.url).host}`],
      ['--cloud-ca', join(folder, 'hosts-ca.crt')],
    ];
    // Options of the test come last, and win.
    const from = args.findIndex((arg) => arg.startsWith('-'));
    const [command, options] = from < 0 ? [args, []] : [args.slice(0, from), args.slice(from)];
    return cwii(['check', ...command, ...own.flat(), ...options], {
      cwd: folder,
      env: { PATH: path, HOME: folder, ...env },
    });
  };

  return {
    cluster,
    folder,
    issuer,
    authority,
    callerToken,
    env,
    webhookOrigin,
    webhook: () => webhook,
    stopWebhook,
    restartWebhook: async (changes) => {
      await stopWebhook();
      webhook = await start(changes);
      isRunning = true;
    },
    editClusterFile: async (edit) => {
      const before = await readFile(clusterFile, 'utf8');
      const content = JSON.parse(before) as { clusters: [Record<string, unknown>] };
      edit(content.clusters[0]);
      await writeFile(clusterFile, JSON.stringify(content));
      return () => writeFile(clusterFile, before);
    },
    withoutClusterFile: async (run) => {
      await rename(clusterFile, `${clusterFile}.away`);
      try {
        return await run();
      } finally {
        await rename(`${clusterFile}.away`, clusterFile);
      }
    },
    applyStep: (step) => applyStep(cluster, out, step),
    check,
    report: async (...args) => {
      const { stdout, stderr } = await check(...args, '-o', 'json');
      if (stdout === '') throw new Error(`cwii check printed no report: ${stderr}`);
      return reportSchema.parse(JSON.parse(stdout));
    },
    stop: async () => {
      await stopWebhook();
      await issuer.stop();
      await cluster.stop();
      await guardian.release();
    },
  };
}

/** The codes that did not pass, with their cause, of a report or of one category. */
export function problemsIn({ categories }: Report): string[] {
  return categories
    .flatMap(({ checks }) => checks)
    .filter(({ result }) => result === 'failed' || result === 'warning')
    .map(({ code, result, subject, cause }) => `${result} ${code}${subject ? ` ${subject}` : ''}: ${cause}`);
}
