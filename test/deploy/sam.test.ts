// The template for SAM, translated as SAM does it, deployed, and connected to a cluster.

import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { packageFile } from '../../lib/common/package-root.ts';
import { cfnLintPackages, pythonWith } from '../../testing/python.ts';
import { statusForStranger } from './caller-addresses.ts';
import { type Deployment, startDeployment } from './deployment.ts';
import { clusterAddress } from './emulated-aws/front.ts';
import { describeWebhookLimits } from './limits.ts';
import { describeWebhookPermissions } from './permissions.ts';
import { createPod, identityMark } from './pods.ts';
import { connectCluster, createWorkload, describeCluster } from './template-stack.ts';

const stack = 'webhook-of-sam';

let deployment: Deployment;
beforeAll(async () => {
  deployment = await startDeployment();
});
afterAll(() => deployment?.stop());

it('is deployed with the parameters of its description', async () => {
  const { run, directory, apiUrl, cluster } = deployment;
  await describeCluster(deployment);
  const template = join(directory, 'translated.json');
  const translate = packageFile('.ci', 'translate-sam.py');
  await run(`${await pythonWith(cfnLintPackages)} ${translate} examples/sam/template.yaml ${template}
    aws s3 mb s3://artifacts && aws s3 cp dist/webhook.zip s3://artifacts/webhook.zip`);
  const parameters = {
    Cluster: 'prod',
    ApiUrl: apiUrl,
    ApiCa: cluster.caPem.replaceAll('\n', '\\n'),
    CallerTokenSha256: '$(tr -d "\\n" < caller-token-prod | sha256sum | cut -d" " -f1)',
  };
  const overrides = Object.entries(parameters).map(([name, value]) => `"${name}=${value}"`);
  await run(`aws cloudformation deploy --stack-name ${stack} --capabilities CAPABILITY_IAM \\
    --template-file ${template} --parameter-overrides ${overrides.join(' ')}`);
});

it('gives `cwii manifests` what it needs', () => connectCluster(deployment, stack));

it('gives a pod its identity', async () => {
  await createWorkload(deployment);

  expect(identityMark(await createPod(deployment, 'buyer'))).toBe('aws');
});

describeWebhookPermissions(() => deployment, 'sts:GetWebIdentityToken');
describeWebhookLimits(() => deployment, 'webIdentity');

it('lets only the addresses of its parameter call', async () => {
  // The CLI names the change set by the second.
  const update = (cidrs: string) =>
    deployment.run(`sleep 1; aws cloudformation deploy --stack-name ${stack} --capabilities CAPABILITY_IAM \\
      --template-file ${join(deployment.directory, 'translated.json')} --parameter-overrides AllowedCallerCidrs=${cidrs}`);
  await update(`${clusterAddress}/32,2001:db8:1::/48`);
  expect(await statusForStranger(deployment)).toBe(403);
  expect(identityMark(await createPod(deployment, 'from-allowed-address'))).toBe('aws');

  await update('198.51.100.0/24');
  expect(await statusForStranger(deployment)).toBe(200);
  await expect(createPod(deployment, 'from-other-address')).rejects.toThrow(/failed to call webhook: unknown/);
});
