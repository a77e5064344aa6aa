// The CloudFormation template beside the zip files, deployed with the guide's own commands.

import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Deployment, startDeployment } from './deployment.ts';
import { otherwise } from './guide.ts';
import { createPod, identityMark } from './pods.ts';
import { connectCluster, createWorkload, describeCluster } from './template-stack.ts';

const stack = 'cwii-prod';

let deployment: Deployment;
beforeAll(async () => {
  deployment = await startDeployment();
});
afterAll(() => deployment?.stop());

/** The commands of the guide, with this test's bucket and API server. */
function commands(): string {
  const shown = otherwise.commands('CloudFormation', 0);
  return shown.replaceAll('BUCKET', 'artifacts').replace('https://api.prod.example.com:6443', deployment.apiUrl);
}

it('is deployed by the commands of the guide, without a bootstrap of CDK', async () => {
  await describeCluster(deployment);
  await writeFile(deployment.machine.path('ca.crt'), deployment.cluster.caPem);

  await deployment.run(`aws s3 mb s3://artifacts && ${commands()}`);
});

it('gives `cwii manifests` what it needs', () => connectCluster(deployment, stack));

it('gives a pod its identity', async () => {
  await createWorkload(deployment);

  expect(identityMark(await createPod(deployment, 'buyer'))).toBe('aws');
});

it('accepts another caller token as soon as its parameter is deployed', async () => {
  // The CLI names the change set by the second.
  const deploy = (digest: string) =>
    deployment.run(`sleep 1; aws cloudformation deploy --stack-name ${stack} --capabilities CAPABILITY_IAM \\
      --template-file dist/webhook.template.yaml --parameter-overrides CallerTokenSha256=${digest}`);
  await deploy('0'.repeat(64));
  await expect(createPod(deployment, 'with-the-old-token')).rejects.toThrow(/failed to call webhook: unauthorized/);

  await deploy(`$(tr -d '\\n' < caller-token-prod | sha256sum | cut -d' ' -f1)`);
  expect(identityMark(await createPod(deployment, 'with-the-token-again'))).toBe('aws');
});
