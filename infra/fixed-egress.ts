// A VPC from which functions reach the internet with fixed addresses, for the firewall of an API server.

import {
  CfnEIP,
  GatewayVpcEndpointAwsService,
  IpAddresses,
  type IVpc,
  NatProvider,
  Peer,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { ClusterNetwork } from './cluster-access.ts';
import { acknowledge } from './nag.ts';

/** Properties of `FixedEgress`. */
export interface FixedEgressProps {
  /** The API server as the functions reach it, for the port that they may connect to. */
  readonly apiUrl: string;
  /**
   * How many NAT gateways there are, each in an availability zone and with an address of its own. With one,
   * its zone is a single point of failure for all reads of the cluster.
   * @default 1
   */
  readonly natGateways?: 1 | 2 | undefined;
}

/**
 * A VPC whose functions reach the internet from fixed addresses, so that a firewall can admit them alone.
 *
 * Without it a function has an address of AWS that anybody's function can have. A NAT gateway costs about 33
 * USD a month, and 0.045 USD for each GB (us-east-1), with or without traffic; its address 3.60 USD a month.
 */
export class FixedEgress extends Construct {
  /** For `ClusterAccess.network`. */
  readonly network: ClusterNetwork;
  /** The IPv4 addresses to allow in the firewall of the API server. */
  readonly addresses: readonly string[];

  constructor(scope: Construct, id: string, { apiUrl, natGateways = 1 }: FixedEgressProps) {
    super(scope, id);
    const addresses = Array.from(
      { length: natGateways },
      (_, index) => new CfnEIP(this, `Address${index + 1}`, { domain: 'vpc' }),
    );
    const vpc = new Vpc(this, 'Vpc', {
      // Nothing is connected to the VPC, so that its range cannot collide with another one.
      ipAddresses: IpAddresses.cidr('10.0.0.0/24'),
      maxAzs: 2,
      natGateways,
      natGatewayProvider: NatProvider.gateway({
        eipAllocationIds: addresses.map(({ attrAllocationId }) => attrAllocationId),
      }),
      subnetConfiguration: [
        { name: 'Nat', subnetType: SubnetType.PUBLIC, cidrMask: 28, mapPublicIpOnLaunch: false },
        { name: 'Functions', subnetType: SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 26 },
      ],
      // Free, and the issuer's documents need not go through the NAT.
      gatewayEndpoints: { S3: { service: GatewayVpcEndpointAwsService.S3 } },
    });
    acknowledge(
      vpc,
      'AwsSolutions-VPC7',
      'Only functions of cwii are in the VPC, and they log their requests themselves.',
    );
    const functions = new SecurityGroup(this, 'Functions', {
      vpc: vpc as IVpc,
      description: 'cwii: functions call the API server and AWS',
      allowAllOutbound: false,
    });
    for (const port of new Set([443, portOf(apiUrl)]))
      functions.addEgressRule(Peer.anyIpv4(), Port.tcp(port), port === 443 ? 'AWS' : 'the API server');
    this.addresses = addresses.map(({ attrPublicIp }) => attrPublicIp);
    this.network = { vpc: vpc as IVpc, subnets: vpc.privateSubnets, securityGroups: [functions] };
  }
}

function portOf(url: string): number {
  return Number(new URL(url).port || 443);
}
