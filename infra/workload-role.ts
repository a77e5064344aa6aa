// An IAM role for pods, which only the given ServiceAccounts can assume.

import type { Duration } from 'aws-cdk-lib';
import type { IRepository } from 'aws-cdk-lib/aws-ecr';
import { type Grant, type IManagedPolicy, type PolicyDocument, Role, WebIdentityPrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { isNamespaceName, isObjectName } from '../lib/kubernetes/names.ts';
import type { TrustedIssuer } from './cluster-identity-provider.ts';
import { constructError } from './synth-checks.ts';

/** One ServiceAccount, or explicitly all ServiceAccounts of the namespace, including future ones. */
export type TrustedPods =
  | {
      /** The namespace of the ServiceAccount. */
      readonly namespace: string;
      /** The name of the ServiceAccount. */
      readonly serviceAccount: string;
      /** Not with `serviceAccount`. */
      readonly allServiceAccounts?: never;
    }
  | {
      /** The namespace of all ServiceAccounts. */
      readonly namespace: string;
      /** Every ServiceAccount of the namespace may have the role. */
      readonly allServiceAccounts: true;
      /** Not with `allServiceAccounts`. */
      readonly serviceAccount?: never;
    };

/** Properties of `WorkloadRole`. */
export interface WorkloadRoleProps {
  /**
   * The trust in the cluster's issuer: a `ClusterIdentityProvider`, or
   * `ClusterIdentityProvider.fromIssuer`.
   */
  readonly identityProvider: TrustedIssuer;
  /** One entry, or several whose pods share the role. */
  readonly pods: TrustedPods | readonly [TrustedPods, ...TrustedPods[]];
  /** The audience of the pods' tokens, as in `cwii.dev/aws-audience`. @default 'sts.amazonaws.com' */
  readonly audience?: string | undefined;
  /** The name of the role. @default a name that CloudFormation generates */
  readonly roleName?: string | undefined;
  /** The path in the role's ARN, with slashes at both ends. @default '/' */
  readonly path?: string | undefined;
  /** The description of the role, at most 1000 characters. @default the subjects and the issuer */
  readonly description?: string | undefined;
  /** Managed policies of the role. @default none */
  readonly managedPolicies?: IManagedPolicy[] | undefined;
  /** Policies of this role alone, by name. Grants such as `bucket.grantRead(role)` add to another policy. */
  readonly inlinePolicies?: Readonly<Record<string, PolicyDocument>> | undefined;
  /** The permissions boundary of the role. @default none */
  readonly permissionsBoundary?: IManagedPolicy | undefined;
  /** The longest session of a pod's credentials. @default Duration.hours(1) */
  readonly maxSessionDuration?: Duration | undefined;
}

/** A role for `cwii.dev/aws-role-arn`. Grants work as with any role: `bucket.grantRead(role)`. */
export class WorkloadRole extends Role {
  /** @throws {CwiiError} `namespace-invalid`, `service-account-invalid` or `audience-unknown`. */
  constructor(scope: Construct, id: string, props: WorkloadRoleProps) {
    const { identityProvider, pods, audience = 'sts.amazonaws.com', roleName, description, ...role } = props;
    const place = `${scope.node.path}/${id}`;
    if (identityProvider.audiences && !identityProvider.audiences.includes(audience)) {
      throw constructError(
        place,
        'audience-unknown',
        `the identity provider does not accept the audience "${audience}", so no pod could assume the role; add it to the provider's audiences`,
      );
    }
    const all: readonly TrustedPods[] = 'namespace' in pods ? [pods] : pods;
    const subjects = all.map((one) => subjectOf(place, one));
    const subject = subjects.length === 1 ? subjects[0] : subjects;
    const { hostAndPath } = identityProvider.issuer;
    const conditions = all.some(({ allServiceAccounts }) => allServiceAccounts)
      ? { StringEquals: { [`${hostAndPath}:aud`]: audience }, StringLike: { [`${hostAndPath}:sub`]: subject } }
      : { StringEquals: { [`${hostAndPath}:aud`]: audience, [`${hostAndPath}:sub`]: subject } };
    super(scope, id, {
      assumedBy: new WebIdentityPrincipal(identityProvider.providerArn, conditions),
      // IAM accepts at most 1000 characters.
      description: description ?? `Pods of ${subjects.join(', ')} at ${hostAndPath}`.slice(0, 1000),
      ...(roleName !== undefined && { roleName }),
      ...(role.path !== undefined && { path: role.path }),
      ...(role.managedPolicies && { managedPolicies: role.managedPolicies }),
      ...(role.inlinePolicies && { inlinePolicies: role.inlinePolicies }),
      ...(role.permissionsBoundary && { permissionsBoundary: role.permissionsBoundary }),
      ...(role.maxSessionDuration && { maxSessionDuration: role.maxSessionDuration }),
    });
  }

  /**
   * Lets the nodes pull the repository's images for these pods (`cwii manifests --image-pulls ecr`), if their
   * ServiceAccount has the annotation `eks.amazonaws.com/ecr-role-arn` with this role. It grants the three
   * actions of a pull on the repository, and `ecr:GetAuthorizationToken`, which IAM knows only for all
   * repositories.
   */
  grantPull(repository: IRepository): Grant {
    return repository.grantPull(this);
  }
}

/**
 * The token's `sub`. Names are validated as in Kubernetes: a `*` in a name would widen the trust unnoticed.
 */
function subjectOf(path: string, { namespace, serviceAccount, allServiceAccounts }: TrustedPods): string {
  if (!isNamespaceName(namespace))
    throw constructError(
      path,
      'namespace-invalid',
      `"${namespace}" cannot be the name of a namespace; write lower-case letters, digits and hyphens`,
    );
  if (allServiceAccounts) return `system:serviceaccount:${namespace}:*`;
  if (!isObjectName(serviceAccount)) {
    throw constructError(
      path,
      'service-account-invalid',
      `"${serviceAccount}" cannot be the name of a ServiceAccount; for all ServiceAccounts of ${namespace} set allServiceAccounts: true`,
    );
  }
  return `system:serviceaccount:${namespace}:${serviceAccount}`;
}
