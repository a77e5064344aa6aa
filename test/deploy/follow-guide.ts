// Follows docs/deploying.md from an empty account to a cluster whose pods get identities.

import { appendFile } from 'node:fs/promises';
import { mountRoot } from '../sdk/federated-cluster.ts';
import type { Deployment } from './deployment.ts';
import { deploying } from './guide.ts';

const createFile = '2. Create the cluster file';
const configure = '4. Configure the cluster';

/** Step 2. @param init the `cwii init` of the guide. @param yaml more keys of the cluster. */
export async function createClusterFile(deployment: Deployment, init: string, yaml = ''): Promise<void> {
  const { apiUrl, directory, machine } = deployment;
  await deployment.run(deploying.commands(createFile, 0));
  // The kubeconfig has a loopback address, so the guide says to name the one that others use.
  await deployment.run(init.replace('cwii -- init ', `cwii -- init --api-url ${apiUrl} `));
  const settings = `    settings: { mountRoot: ${mountRoot(directory)} }\n`;
  await appendFile(machine.path('cwii.yaml'), `${deploying.yaml(createFile)}${yaml}${settings}`);
}

/**
 * Step 4.
 *
 * @param afterAccess commands that need the RBAC objects.
 * @returns what the issuer function answers.
 */
export async function configureCluster(deployment: Deployment, afterAccess = ''): Promise<string> {
  await deployment.run(deploying.commands(configure, 0));
  await deployment.run('kubectl apply -f manifests/prod/1-access/');
  if (afterAccess !== '') await deployment.run(afterAccess);
  // The folder on the node has copies of both.
  await deployment.run(`cp -r manifests/prod/2-control-plane . && ${deploying.commands(configure, 1)}`);
  await deployment.useControlPlaneFiles();
  const published = await deployment.run(deploying.commands('The issuer', 0));
  await deployment.run('kubectl apply -f manifests/prod/3-webhook/');
  return published;
}

/** Step 5, up to the pod that the API server stores. @returns what the guide prints in a comment. */
export async function createFirstPod(deployment: Deployment): Promise<string> {
  // No kubelet runs the container, so there is no log.
  const [beforeLogs = ''] = deploying.commands('5. Create a pod with an identity', 0).split(/^kubectl .* logs /m);
  return deployment.run(beforeLogs);
}
