// An empty AWS account, a cluster without a webhook, and the machine of the person who connects them.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { createTestAuthority, type SigningKey } from '../../testing/certificates.ts';
import { type ControlPlane, startControlPlane } from '../../testing/cluster/control-plane.ts';
import { createGuardian } from '../../testing/guardian.ts';
import { type EmulatedAws, startEmulatedAws } from './emulated-aws/emulated-aws.ts';
import { Machine } from './machine.ts';

/** The name of the API server, as functions reach it. */
export const apiHost = 'api.prod.example.com';
/** The issuer that kubeadm configures. */
export const oldIssuer = 'https://kubernetes.default.svc.cluster.local';
const there = '/etc/kubernetes/cwii';

export interface Deployment {
  readonly aws: EmulatedAws;
  readonly cluster: ControlPlane;
  readonly machine: Machine;
  /** The directory for files that a node or a pod has. */
  readonly directory: string;
  readonly apiUrl: string;
  /** Runs commands of the guide on a machine whose /etc/kubernetes/cwii is in the test's directory. */
  run(commands: string): Promise<string>;
  /** The outputs of the stack `cwii-prod`. */
  outputs(): Promise<Readonly<Record<string, string>>>;
  /** Restarts the API server with the flags of the generated kubeadm.yaml. */
  useControlPlaneFiles(keys?: readonly [SigningKey, ...SigningKey[]]): Promise<void>;
  stop(): Promise<void>;
}

export async function startDeployment(): Promise<Deployment> {
  const guardian = createGuardian();
  const { directory } = guardian;
  const authority = await createTestAuthority();
  const started: { stop(): Promise<void> }[] = [];
  const stop = async () => {
    for (const one of started.toReversed()) await one.stop();
    await guardian.release();
  };
  try {
    const aws = await startEmulatedAws(authority, guardian, apiHost);
    started.push(aws);
    const cluster = await startControlPlane({
      auditLog: true,
      issuer: oldIssuer,
      trustedCaPem: authority.certPem,
      apiServerEnv: { HTTPS_PROXY: aws.clusterProxyUrl },
      dnsNames: [apiHost],
    });
    started.push(cluster);
    const env = { ...aws.env, KUBECONFIG: cluster.kubeconfigPath };
    const machine = await Machine.create({ directory, env, python: aws.python });
    const node = join(directory, 'node');
    await mkdir(node, { mode: 0o700 });
    const here = (text: string) => text.replaceAll(there, node);
    return {
      ...{ aws, cluster, machine, directory, stop },
      apiUrl: `https://${apiHost}:${new URL(cluster.url).port}`,
      run: (commands) => machine.run(here(commands)),
      outputs: async () => JSON.parse(await machine.read('cdk-outputs.json'))['cwii-prod'],
      useControlPlaneFiles: async (keys = [cluster.signingKey]) => {
        const { apiServer } = parse(here(await machine.read('manifests', 'prod', '2-control-plane', 'kubeadm.yaml')));
        const flags = (apiServer.extraArgs as { name: string; value: string }[]).map(
          (one) => `--${one.name}=${one.value}`,
        );
        await machine.run(`sed -i 's#${there}#${node}#' ${node}/*.yaml`);
        await cluster.restartApiServer(keys, flags);
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
