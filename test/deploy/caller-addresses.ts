// Callers from other addresses than `function.allowedCallerCidrs` are refused before the function is invoked.

import { appendFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Deployment } from './deployment.ts';
import { clusterAddress } from './emulated-aws/front.ts';
import { logOf, nameOf } from './functions.ts';
import { createPod, identityMark } from './pods.ts';

const deploy = 'npx cdk deploy --all --outputs-file cdk-outputs.json';

export function describeCallerAddresses(of: () => Deployment): void {
  describe('function.allowedCallerCidrs', () => {
    let deployment: Deployment;
    let name: string;
    beforeAll(async () => {
      deployment = of();
      name = nameOf((await deployment.outputs())['WebhookFunctionArn']);
    });

    it('lets the API server call, and refuses a stranger before an invocation', async () => {
      expect(await statusForStranger(deployment)).toBe(200);
      await appendFile(
        deployment.machine.path('cwii.yaml'),
        `    function: { allowedCallerCidrs: [${clusterAddress}/32] }\n`,
      );
      await deployment.run(deploy);
      const before = await logOf(deployment, name);

      expect(await statusForStranger(deployment)).toBe(403);
      expect(await logOf(deployment, name)).toBe(before);
      expect(identityMark(await createPod(deployment, 'from-allowed-address'))).toBe('aws');
      expect(await addressesInPolicy(deployment, name)).toEqual([`${clusterAddress}/32`, `${clusterAddress}/32`]);
    });

    it('refuses an API server with another address', async () => {
      await deployment.run(`sed -i.before 's#${clusterAddress}/32#198.51.100.0/24#' cwii.yaml && ${deploy}`);

      expect(await statusForStranger(deployment)).toBe(200);
      await expect(createPod(deployment, 'from-other-address')).rejects.toThrow(/failed to call webhook: unknown/);
    });

    it('lets everybody call again after it was removed', async () => {
      await deployment.run(`sed -i.before '/allowedCallerCidrs/d' cwii.yaml && ${deploy}`);

      expect(await statusForStranger(deployment)).toBe(200);
      expect(identityMark(await createPod(deployment, 'from-any-address'))).toBe('aws');
    });
  });
}

/** The answer to a caller with another address than the API server. */
export async function statusForStranger({ aws, outputs }: Deployment): Promise<number> {
  const { WebhookUrl } = await outputs();
  return (await aws.get(`${WebhookUrl}healthz`)).status;
}

/** The ranges in each statement for the URL: every one without them would let everybody call. */
async function addressesInPolicy({ aws }: Deployment, name: string): Promise<(string | undefined)[]> {
  const answer = await aws.rest('lambda', 'GET', `/2015-03-31/functions/${name}/policy?Qualifier=live`);
  const { Statement } = JSON.parse(JSON.parse(answer).Policy);
  return Statement.map(({ Condition }: { Condition: { IpAddress?: { 'aws:SourceIp': unknown } } }) =>
    [Condition.IpAddress?.['aws:SourceIp']].flat().join(),
  );
}
