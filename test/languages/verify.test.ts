// The AWS CLI of PyPI runs the script of the verify container.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { sessionOf } from '../sdk/aws-endpoint.ts';
import { type FederatedCluster, startFederatedCluster } from '../sdk/federated-cluster.ts';
import { awsInFrankfurt, roleArn, targetRole } from '../sdk/trust.ts';
import { awsCliTools, runTool } from './aws-cli.ts';

let cluster: FederatedCluster;
beforeAll(async () => {
  cluster = await startFederatedCluster();
});
afterAll(() => cluster?.stop());

const annotations = {
  ...awsInFrankfurt,
  'cwii.dev/aws-role-session-name': 'web',
  'cwii.dev/aws-verify': 'true',
  'cwii.dev/aws-verify-enforce': 'true',
};

async function verify(more: Readonly<Record<string, string>>) {
  const pod = await cluster.admit({ ...annotations, ...more });
  return runTool(cluster, pod, 'cwii-aws-verify', { tools: await awsCliTools(pod.root) });
}

test('prints the assumed role', async () => {
  const { code, stdout } = await verify({});

  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ Account: '123456789012', Arn: sessionOf(roleArn, 'web') });
});

test('prints the second role, which it assumes through the config file', async () => {
  const { code, stdout } = await verify(targetRole);

  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ Arn: sessionOf(targetRole['cwii.dev/aws-target-role-arn'], 'web') });
});

test('fails with the error of STS if the role does not trust the ServiceAccount', async () => {
  const { code, stderr } = await verify({ 'cwii.dev/aws-role-arn': 'arn:aws:iam::123456789012:role/elsewhere' });

  expect(code).not.toBe(0);
  expect(stderr).toContain('Not authorized to perform sts:AssumeRoleWithWebIdentity');
});
