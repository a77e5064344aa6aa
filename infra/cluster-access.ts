// How functions reach a cluster and authenticate to it.

import type { ISecurityGroup, ISubnet, IVpc } from 'aws-cdk-lib/aws-ec2';
import type { ClusterCredential } from './cluster-credential.ts';

/** The network from which a private API server is reached. */
export interface ClusterNetwork {
  /** The VPC of the subnets. */
  readonly vpc: IVpc;
  /**
   * Private subnets that reach AWS STS or Secrets Manager, depending on the credential, and S3 for
   * `HostedIssuer`, through NAT or endpoints.
   */
  readonly subnets: ISubnet[];
  /** @default a new group that allows all outbound and no inbound traffic */
  readonly securityGroups?: ISecurityGroup[] | undefined;
  /** Whether functions use IPv6 too. The subnets must be dual-stack. @default false */
  readonly ipv6AllowedForDualStack?: boolean | undefined;
}

/** The cluster of a function, and how the function reaches it. */
export interface ClusterAccess {
  /** The cluster's name in logs and metrics. */
  readonly name: string;
  /**
   * The API server as the function reaches it: https://HOST[:PORT][/PATH]. Not needed if the cluster is not
   * read.
   */
  readonly apiUrl?: string | undefined;
  /** The API server's certificate authorities, in PEM. @default the public roots */
  readonly apiCa?: string | undefined;
  /** How functions authenticate to the API server. */
  readonly credential: ClusterCredential;
  /** @default the API server is reached over the internet */
  readonly network?: ClusterNetwork | undefined;
}

/** The environment of every function that calls the API server. */
export function accessEnvironment({ name, apiUrl, apiCa, credential }: ClusterAccess): Record<string, string> {
  return {
    CWII_CLUSTER_NAME: name,
    ...(apiUrl !== undefined && { CWII_KUBE_API_URL: apiUrl }),
    ...(apiCa !== undefined && { CWII_KUBE_CA: apiCa }),
    ...credential.environment,
  };
}
