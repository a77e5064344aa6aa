// Tests for the VPC that gives the functions fixed addresses.

import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { ClusterStack } from '../../infra/cluster-stack.ts';
import { clusterOf, minimal, problemsOf } from '../cluster-file/entries.ts';
import type { Json } from './synth.ts';

const url = 'https://api.prod.example.com:6443';

function synthesize(egress: object) {
  const env = { account: '123456789012', region: 'eu-central-1' };
  const stack = new ClusterStack(new App(), clusterOf(minimal({ ...env, api: { url, egress } })));
  const { Resources, Outputs } = Template.fromStack(stack).toJSON();
  const all = (type: string): [string, Json][] =>
    Object.entries<Json>(Resources).filter(([, { Type }]) => Type === `AWS::${type}`);
  return { all, outputs: Outputs, stack };
}

const one = synthesize({});

describe('api.egress', () => {
  it('gives the functions the address of one NAT gateway, which an output names', () => {
    const [[address = ''] = []] = one.all('EC2::EIP');
    const gateways = one.all('EC2::NatGateway');

    expect(one.all('EC2::EIP')).toHaveLength(1);
    expect(gateways.map(([, { Properties }]) => Properties.AllocationId)).toEqual([
      { 'Fn::GetAtt': [address, 'AllocationId'] },
    ]);
    expect(one.outputs.EgressAddresses.Value).toEqual({ 'Fn::GetAtt': [address, 'PublicIp'] });
  });

  it('puts every function into private subnets whose way out is the NAT', () => {
    const routes = one.all('EC2::Route').filter(([, { Properties }]) => Properties.NatGatewayId);
    const tables = routes.map(([, { Properties }]) => Properties.RouteTableId.Ref);
    const behindNat = one
      .all('EC2::SubnetRouteTableAssociation')
      .filter(([, { Properties }]) => tables.includes(Properties.RouteTableId.Ref))
      .map(([, { Properties }]) => Properties.SubnetId.Ref)
      .sort();
    const subnets = one
      .all('Lambda::Function')
      .map(([, { Properties }]) => Properties.VpcConfig.SubnetIds.map(({ Ref }: Json) => Ref).sort());

    expect(behindNat).toHaveLength(2);
    expect(subnets).toEqual([behindNat]);
    for (const [, { Properties }] of one.all('EC2::Subnet')) expect(Properties.MapPublicIpOnLaunch).toBe(false);
  });

  it('lets functions connect to AWS and to the API server, and nobody to them', () => {
    const groups = one.all('EC2::SecurityGroup').map(([, { Properties }]) => Properties);

    expect(groups).toHaveLength(1);
    expect(groups[0].SecurityGroupIngress).toBeUndefined();
    expect(
      groups[0].SecurityGroupEgress.map(({ IpProtocol, FromPort, ToPort }: Json) => [IpProtocol, FromPort, ToPort]),
    ).toEqual([
      ['tcp', 443, 443],
      ['tcp', 6443, 6443],
    ]);
    expect(one.all('EC2::SecurityGroupIngress')).toEqual([]);
  });

  it('has two addresses with two NAT gateways', () => {
    const two = synthesize({ natGateways: 2 });

    expect(two.all('EC2::NatGateway')).toHaveLength(2);
    const [separator, parts] = two.outputs.EgressAddresses.Value['Fn::Join'];
    expect([separator, parts]).toEqual(['', [expect.anything(), ',', expect.anything()]]);
  });

  it('needs no look-up in the account at synth', () => {
    expect(one.stack.availabilityZones.every((zone) => zone.startsWith('${Token['))).toBe(true);
  });

  it.each([
    ['api.vpc', { vpc: vpcOf(), url }, {}, 'clusters[0].api.egress cannot be combined with api.vpc'],
    [
      'a private API server',
      { url: 'https://10.0.0.1:6443' },
      {},
      'clusters[0].api.egress does not reach https://10.0.0.1:6443',
    ],
    [
      'credential none',
      { url },
      { credential: { none: {} } },
      'clusters[0].api.egress has no effect with credential none',
    ],
  ])('is rejected with %s', (_, api, changes, problem) => {
    expect(problemsOf(minimal({ ...changes, api: { ...api, egress: {} } }))).toEqual([
      expect.stringContaining(problem),
    ]);
  });
});

function vpcOf() {
  return {
    vpcId: 'vpc-01234567',
    availabilityZones: ['eu-central-1a'],
    subnetIds: ['subnet-01234567'],
    securityGroupIds: ['sg-01234567'],
  };
}
