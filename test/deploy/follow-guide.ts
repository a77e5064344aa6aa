// Follows docs/deploying.md from an empty account to a cluster whose pods get identities.

import { appendFile, writeFile } from 'node:fs/promises';
import { type Document, parseDocument } from 'yaml';
import { mountRoot } from '../sdk/federated-cluster.ts';
import type { Deployment } from './deployment.ts';
import { deploying } from './guide.ts';

/** Step 2. @param init the `cwii init` of the guide. @param yaml more keys of the cluster. */
export async function createClusterFile(deployment: Deployment, init: string, yaml = ''): Promise<void> {
  const { apiUrl, directory, machine } = deployment;
  await deployment.run(deploying.commands('2. Create the cluster file', 0));
  // The kubeconfig has a loopback address, so the guide says to name the one that others use.
  await deployment.run(init.replace('cwii -- init ', `cwii -- init --api-url ${apiUrl} `));
  const settings = `    settings: { mountRoot: ${mountRoot(directory)} }\n`;
  await appendFile(machine.path('cwii.yaml'), `${deploying.yaml('2. Create the cluster file')}${yaml}${settings}`);
}

/**
 * Step 4.
 *
 * @param afterAccess commands that need the RBAC objects.
 * @returns what the issuer function answers.
 */
export async function configureCluster(deployment: Deployment, afterAccess = ''): Promise<string> {
  await deployment.run(deploying.commands('4. Configure the cluster', 0));
  await deployment.run('kubectl apply -f manifests/prod/1-access/');
  if (afterAccess !== '') await deployment.run(afterAccess);
  // The folder on the node has copies of both.
  await deployment.run(
    `cp -r manifests/prod/2-control-plane . && ${deploying.commands('4. Configure the cluster', 1)}`,
  );
  await deployment.useControlPlaneFiles();
  const published = await deployment.run(deploying.commands('The issuer', 0));
  await deployment.run('kubectl apply -f manifests/prod/3-webhook/');
  return published;
}

/** Step 5. @returns what the commands print. */
export async function createFirstPod(deployment: Deployment): Promise<string> {
  // No kubelet runs the container, so there is no log.
  return deployment.run(
    deploying.commands('5. Create a pod with an identity', 0).replace(/^kubectl .* logs .*\n/m, ''),
  );
}

/** Changes cwii.yaml, as a reader does in an editor. */
export async function editClusterFile({ machine }: Deployment, change: (file: Document) => void): Promise<void> {
  const file = parseDocument(await machine.read('cwii.yaml'));
  change(file);
  await writeFile(machine.path('cwii.yaml'), file.toString());
}

/** Commands that begin with an example of the distribution's name. */
export async function withDomain(deployment: Deployment, commands: string): Promise<string> {
  const { IssuerDistributionDomain } = await deployment.outputs();
  return commands.replace(/^DOMAIN=\S+/, `DOMAIN=${IssuerDistributionDomain}`);
}
