// The table of regions in docs/aws.md: what each SDK does with the variables of a region.
//
// Its rows for Rust and the AWS CLI v2, which no registry of these tests has, are not tested.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AdmittedPod, type FederatedCluster, startFederatedCluster } from '../sdk/federated-cluster.ts';
import type { SdkResult } from '../sdk/in-container/get-credentials.ts';
import { awsAnnotations } from '../sdk/trust.ts';
import { askSdk } from './ask-sdks.ts';
import { askAwsCli } from './aws-cli.ts';

let cluster: FederatedCluster;
beforeAll(async () => {
  cluster = await startFederatedCluster();
});
afterAll(() => cluster?.stop());

type Sdk = 'go' | 'java' | 'javascript' | 'aws client' | 'python' | 'cli';

/** Asks with exactly these variables of a region, whatever cwii adds. */
async function askWith(sdk: Sdk, region: Readonly<Record<string, string>>, role = {}): Promise<SdkResult> {
  const pod = await cluster.admit({ ...awsAnnotations, 'cwii.dev/aws-role-session-name': 'web', ...role });
  const start: AdmittedPod['start'] = async (...order) => {
    const { env, ...started } = await pod.start(...order);
    const { AWS_REGION: _, AWS_DEFAULT_REGION: __, ...others } = env;
    return { ...started, env: { ...others, ...region } };
  };
  const changed = { root: pod.root, start };
  if (sdk === 'cli') return await askAwsCli(cluster, changed);
  if (sdk === 'aws client') return await askSdk(cluster, changed, { language: 'javascript', service: sdk });
  return await askSdk(cluster, changed, { language: sdk, service: 'aws' });
}

const only = { AWS_REGION: 'eu-central-1' };
const both = { ...only, AWS_DEFAULT_REGION: 'eu-central-1' };
const works = { credentials: expect.anything() };
const fails = (message: string) => ({ error: { message: expect.stringMatching(message) } });

test.each<{ sdk: Sdk; variables: Readonly<Record<string, string>>; result: object }>([
  { sdk: 'go', variables: {}, result: fails('Missing Region') },
  { sdk: 'go', variables: only, result: works },
  { sdk: 'java', variables: {}, result: works },
  { sdk: 'java', variables: only, result: works },
  { sdk: 'javascript', variables: only, result: works },
  { sdk: 'aws client', variables: {}, result: fails('Region is missing') },
  { sdk: 'aws client', variables: only, result: { credentials: { region: 'eu-central-1' } } },
  { sdk: 'python', variables: {}, result: { credentials: { region: null } } },
  { sdk: 'python', variables: only, result: { credentials: { region: null } } },
  { sdk: 'python', variables: both, result: { credentials: { region: 'eu-central-1' } } },
  { sdk: 'cli', variables: {}, result: works },
  { sdk: 'cli', variables: only, result: works },
  { sdk: 'cli', variables: both, result: works },
])('$sdk with $variables', async ({ sdk, variables, result }) => {
  expect(await askWith(sdk, variables)).toMatchObject(result);
});

test.each(['python', 'cli'] as const)('%s sends the token for a role in China to the global STS', async (sdk) => {
  const role = { 'cwii.dev/aws-role-arn': 'arn:aws-cn:iam::123456789012:role/web' };

  expect(await askWith(sdk, { AWS_REGION: 'cn-north-1' }, role)).toMatchObject(fails('Not authorized|AccessDenied'));
});
