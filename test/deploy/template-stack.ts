// A webhook that a template deploys without cwii.yaml, and the cluster that calls it.

import { appendFile } from 'node:fs/promises';
import { mountRoot } from '../sdk/federated-cluster.ts';
import type { Deployment } from './deployment.ts';
import { deploying, otherwise } from './guide.ts';

export const role = 'arn:aws:iam::123456789012:role/checkout';

/** Writes cwii.yaml, which only `cwii manifests` reads here. */
export async function describeCluster({ run, machine, directory, apiUrl }: Deployment): Promise<void> {
  await run(deploying.commands('2. Create the cluster file', 0));
  const init = deploying.commands('2. Create the cluster file', 1).trim();
  await run(`${init} --api-url ${apiUrl} --issuer-hosting none`);
  await appendFile(machine.path('cwii.yaml'), `    settings: { mountRoot: ${mountRoot(directory)} }\n`);
}

/** Generates the manifests from the outputs of the stack, and uses them as their README.md says. */
export async function connectCluster(deployment: Deployment, stack: string): Promise<void> {
  await deployment.run(otherwise.commands('Configure the cluster', 1).replace('NAME', stack));
  await deployment.run(deploying.commands('4. Configure the cluster', 0));
  await deployment.run('kubectl apply -f manifests/prod/1-access/ && cp -r manifests/prod/2-control-plane .');
  await deployment.run(deploying.commands('4. Configure the cluster', 1));
  await deployment.useControlPlaneFiles();
  await deployment.run('kubectl apply -f manifests/prod/3-webhook/');
}

/** A namespace that calls the webhook, and a ServiceAccount with a role. */
export async function createWorkload({ run }: Deployment): Promise<void> {
  await run(`kubectl create namespace shop && kubectl label namespace shop cwii.dev/inject=enabled
    kubectl -n shop create serviceaccount checkout
    kubectl -n shop annotate serviceaccount checkout cwii.dev/aws-role-arn=${role}`);
}
