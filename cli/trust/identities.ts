// The identities that ServiceAccounts request, as `cwii trust` and `cwii check serviceaccount` use them.

import type { Finding } from '../../lib/annotations/findings.ts';

/** The token that a pod presents to the cloud. */
export interface TokenOrder {
  readonly audience: string;
  readonly expirationSeconds: number;
}

export interface AwsIdentity extends TokenOrder {
  readonly cloud: 'aws';
  readonly roleArn: string;
  /** The region whose STS a pod calls; undefined for the default of the partition. */
  readonly region: string | undefined;
  /** The second role, which the first one assumes. */
  readonly target?: TargetRole | undefined;
}

export interface TargetRole {
  readonly roleArn: string;
  readonly externalId: string | undefined;
}

export interface AzureIdentity extends TokenOrder {
  readonly cloud: 'azure';
  readonly clientId: string;
  readonly tenantId: string;
  /** The URL of the login host, with a slash at its end. */
  readonly authorityHost: string;
}

export interface GcpIdentity extends TokenOrder {
  readonly cloud: 'gcp';
  /** The full name of the workload identity provider, beginning with `//`. */
  readonly provider: string;
  /** The service account that is impersonated; undefined for direct federation. */
  readonly serviceAccount: string | undefined;
  /** The lifetime of its access token, if an annotation sets it. */
  readonly accessSeconds: number | undefined;
}

/** A service of the catalogue or of one's own, or a bare token. */
export interface ServiceIdentity extends TokenOrder {
  readonly cloud: 'service';
  /** As in its annotations, such as `databricks`; for a bare token its name. */
  readonly id: string;
  /** Such as `Databricks`. */
  readonly title: string;
  /** The page of the service's documentation. */
  readonly documentation: string | undefined;
  /** The values of its annotations by the key of the service, such as `client-id`. */
  readonly values: Readonly<Record<string, string>>;
}

export type CloudIdentity = AwsIdentity | AzureIdentity | GcpIdentity;
export type Cloud = CloudIdentity['cloud'];
export const clouds = ['aws', 'azure', 'gcp'] as const satisfies readonly Cloud[];
export type Identity = CloudIdentity | ServiceIdentity;

/** The request of a ServiceAccount for one cloud or service. */
export interface CloudRequest {
  /** As in `--cloud`: a cloud, or the name of a service. */
  readonly cloud: string;
  /** As in messages, such as `AWS`. */
  readonly title: string;
  /** Several for roles of single containers. Empty if the identity is impossible or incomplete. */
  readonly identities: readonly Identity[];
  /** Why there is no identity. */
  readonly problems: readonly Finding[];
  /** Whether there is no identity because a pod or its owner has to set the rest. */
  readonly incomplete: boolean;
}

export interface ServiceAccountName {
  readonly namespace: string;
  readonly name: string;
}

export interface Requests {
  readonly clouds: readonly CloudRequest[];
  /** Values that could not be read, and keys that do not exist. */
  readonly findings: readonly Finding[];
}

/** The `sub` of its tokens. */
export function subjectOf({ namespace, name }: ServiceAccountName): string {
  return `system:serviceaccount:${namespace}:${name}`;
}
