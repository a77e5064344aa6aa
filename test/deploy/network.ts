// Functions in a VPC: the permissions with which Lambda attaches them, and which their code does not have.

import { beforeAll, describe, expect, it } from 'vitest';
import type { Deployment } from './deployment.ts';
import { editClusterFile } from './follow-guide.ts';
import { configurationOf, nameOf } from './functions.ts';
import { deploying } from './guide.ts';
import { RolePolicies } from './policies.ts';
import { credentialsOf } from './role-credentials.ts';

/** The place of the cluster in cwii.yaml. */
const cluster = ['clusters', 0];

/** The value of `api.vpc` that the tests fill in. */
export const vpc = {
  vpcId: 'vpc-0123456789abcdef0',
  availabilityZones: ['eu-central-1a'],
  subnetIds: ['subnet-0123456789abcdef0'],
  securityGroupIds: ['sg-0123456789abcdef0'],
};

export const networkActions = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

export function describeNetwork(of: () => Deployment): void {
  describe('the functions in a VPC', () => {
    let name: string;
    let Role: string;
    let policies: RolePolicies;
    beforeAll(async () => {
      name = nameOf((await of().outputs())['WebhookFunctionArn']);
      ({ Role } = await configurationOf(of(), name));
      policies = new RolePolicies(of().aws, Role);
    });

    it.each(networkActions)('are not attached without %s', async (action) => {
      const { subnetIds: SubnetIds, securityGroupIds: SecurityGroupIds } = vpc;
      const attach = () =>
        of().aws.rest('lambda', 'PUT', `/2015-03-31/functions/${name}/configuration`, {
          VpcConfig: { SubnetIds, SecurityGroupIds },
        });

      await expect(policies.without(action, attach)).rejects.toThrow(
        `permissions to call ${action.split(':')[1]} on EC2`,
      );
      expect(await attach()).toContain(SubnetIds[0]);
    });

    it('cannot use these permissions in their code', async () => {
      const code = of().aws.as({ credentials: await credentialsOf(of(), Role) });
      const call = () => code.query('ec2', 'DescribeNetworkInterfaces');

      await expect(call()).rejects.toThrow('with an explicit deny');
      await expect(policies.withoutDenials(call)).resolves.toBeDefined();
    });

    it('leave it, and lose the permissions', async () => {
      await editClusterFile(of(), (file) => file.deleteIn([...cluster, 'api', 'vpc']));
      await of().run(deploying.commands('3. Deploy the stack', 0));

      expect(await configurationOf(of(), name)).toMatchObject({ VpcConfig: { SubnetIds: [] } });
      expect((await policies.actions()).filter((action) => action.startsWith('ec2:'))).toEqual([]);
    });
  });
}
