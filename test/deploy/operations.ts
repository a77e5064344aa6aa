// The work of operators: they rotate secrets, roll back, repair and remove a deployment.

import { decodeProtectedHeader } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { createSigningKey, type SigningKey } from '../../testing/certificates.ts';
import type { Deployment } from './deployment.ts';
import { withDomain } from './follow-guide.ts';
import { deploying, issuer } from './guide.ts';
import { startLoad } from './load.ts';
import { assumeRole, createPod, identityMark } from './pods.ts';

const kidOf = (token: string) => decodeProtectedHeader(token).kid ?? '';

export function describeOperations(of: () => Deployment): void {
  describe('an operator', () => {
    let deployment: Deployment;
    beforeAll(() => {
      deployment = of();
    });

    it("rotates the caller's token under load, and no pod is lost", async () => {
      const load = startLoad(deployment);
      // The API server reads the file again within a minute.
      await deployment.run(deploying.commands('Rotating the caller token').replace('sleep 120', 'sleep 70'));
      const { created, failed, withoutIdentity } = await load.stop();

      expect({ failed, withoutIdentity }).toEqual({ failed: [], withoutIdentity: [] });
      expect(created).toBeGreaterThan(0);
    });

    it('rolls the alias back and forward under load', async () => {
      const [findFunction = ''] = deploying.commands('5. Create a pod with an identity', 1).split('\n');
      const [list = '', move = ''] = deploying.commands('Rolling back', 0).split('\n');
      const versions = (await deployment.run(`${findFunction}\n${list}`)).trim().split('\n').slice(1);
      const numbers = versions.map((line) => line.split('\t')[0] ?? '');
      const load = startLoad(deployment);
      for (const version of [numbers.at(-2), numbers.at(-1)]) {
        await deployment.run(move.replace(/\d+$/, version ?? ''));
        const alias = await deployment.run(
          'aws lambda get-alias --function-name "$FUNCTION" --name live --query FunctionVersion --output text',
        );
        expect(alias.trim()).toBe(version);
        await load.nextPod();
      }

      expect(await load.stop()).toMatchObject({ failed: [], withoutIdentity: [] });
      // Fewer than ten versions: none is deleted.
      expect(await deployment.run(deploying.commands('Rolling back', 1))).toBe('');
    });

    it('repeats a deployment that failed', async () => {
      // The last resource of the deployment fails, after the version was published.
      const role = '      - { name: taken, namespace: shop, serviceAccount: taken }';
      const change = `sed -i.before -e 's/settings: {/settings: { tokenExpirationSeconds: 7200,/' \
        -e 's/^    workloadRoles:$/&\\n${role}/' cwii.yaml`;
      await deployment.run(`${createTakenRole('taken')}\n${change}`);
      const deploy = 'npx cdk deploy --all --outputs-file cdk-outputs.json';
      const failed = await deployment.machine.attempt(deploy);
      expect(failed.code).not.toBe(0);
      expect(failed.stdout + failed.stderr).toContain('taken');
      expect(identityMark(await createPod(deployment, 'after-failure'))).toBe('aws');

      await deployment.run(`aws iam delete-role --role-name taken\n${deploy}`);
      const { spec } = await createPod(deployment, 'after-repair');
      expect(JSON.stringify(spec.volumes)).toContain('"expirationSeconds":7200');
    });

    it('rotates the signing key, and drops the old one', async () => {
      const { cluster } = deployment;
      const [old, next]: [SigningKey, SigningKey] = [cluster.signingKey, await createSigningKey()];
      await deployment.useControlPlaneFiles([old, next]);
      await deployment.run(issuer.commands('Drop a compromised key', 0));
      const pod = await createPod(deployment, 'before-drop');
      const oldToken = await cluster.serviceAccountToken('shop', 'checkout', { audiences: ['sts.amazonaws.com'] });
      expect(await assumeRole(deployment, pod)).toMatch(/^ASIA/);
      // Removed too early: the issuer keeps publishing the key.
      await deployment.useControlPlaneFiles([next]);
      await deployment.run(issuer.commands('Drop a compromised key', 0));
      expect(await assumeRole(deployment, pod)).toMatch(/^ASIA/);
      expect(await assumeRole(deployment, pod, oldToken)).toMatch(/^ASIA/);

      const dropped = await deployment.run(
        issuer.commands('Drop a compromised key', 1).replace('KID', kidOf(oldToken)),
      );

      expect(dropped).toContain(`${kidOf(oldToken)} was dropped`);
      const invalidate = issuer.commands('Drop a compromised key', 2);
      expect(await deployment.run(await withDomain(deployment, invalidate))).toContain('"Status": "');
      expect(await assumeRole(deployment, pod, oldToken)).toContain("Couldn't retrieve verification key");
      expect(await assumeRole(deployment, pod)).toMatch(/^ASIA/);
    });
  });
}

/** Creates a role with a name that a stack wants to have, so that its deployment fails. */
export function createTakenRole(name: string): string {
  const trust = { Effect: 'Allow', Principal: { AWS: '123456789012' }, Action: 'sts:AssumeRole' };
  const document = JSON.stringify({ Version: '2012-10-17', Statement: [trust] });
  return `aws iam create-role --role-name ${name} --assume-role-policy-document '${document}'`;
}
