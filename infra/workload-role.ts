// An IAM role for pods: who may take it, down to the ServiceAccount.

import type { Duration } from 'aws-cdk-lib';
import { type IManagedPolicy, Role, WebIdentityPrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { CwiiError } from '../lib/common/errors.ts';
import { isNamespaceName, isObjectName } from '../lib/kubernetes/names.ts';
import type { TrustedIssuer } from './cluster-identity-provider.ts';

/** One ServiceAccount, or, said explicitly, every one of the namespace, those of the future included. */
export type TrustedPods =
  | { readonly namespace: string; readonly serviceAccount: string; readonly allServiceAccounts?: never }
  | { readonly namespace: string; readonly allServiceAccounts: true; readonly serviceAccount?: never };

export interface WorkloadRoleProps {
  readonly identityProvider: TrustedIssuer;
  readonly pods: TrustedPods;
  /** What `cwii.dev/aws-audience` asks for. @default 'sts.amazonaws.com' */
  readonly audience?: string | undefined;
  readonly roleName?: string | undefined;
  readonly description?: string | undefined;
  readonly managedPolicies?: IManagedPolicy[] | undefined;
  readonly permissionsBoundary?: IManagedPolicy | undefined;
  readonly maxSessionDuration?: Duration | undefined;
}

/** A role that pods take by `cwii.dev/aws-role-arn`. Grants work on it as on any role: `bucket.grantRead(role)`. */
export class WorkloadRole extends Role {
  /** @throws {CwiiError} `namespace-invalid`, `service-account-invalid` or `audience-unknown`. */
  constructor(scope: Construct, id: string, props: WorkloadRoleProps) {
    const { identityProvider, pods, audience = 'sts.amazonaws.com', roleName, description, ...role } = props;
    const place = `${scope.node.path}/${id}`;
    if (identityProvider.audiences && !identityProvider.audiences.includes(audience)) {
      throw new CwiiError(
        'audience-unknown',
        `${place}: the identity provider does not accept the audience "${audience}", so that no pod could take the role; add it to the provider's audiences`,
      );
    }
    const subject = subjectOf(place, pods);
    const { hostAndPath } = identityProvider.issuer;
    const conditions = pods.allServiceAccounts
      ? { StringEquals: { [`${hostAndPath}:aud`]: audience }, StringLike: { [`${hostAndPath}:sub`]: subject } }
      : { StringEquals: { [`${hostAndPath}:aud`]: audience, [`${hostAndPath}:sub`]: subject } };
    super(scope, id, {
      assumedBy: new WebIdentityPrincipal(identityProvider.providerArn, conditions),
      description: description ?? `Pods of ${subject} at ${hostAndPath}`,
      ...(roleName !== undefined && { roleName }),
      ...(role.managedPolicies && { managedPolicies: role.managedPolicies }),
      ...(role.permissionsBoundary && { permissionsBoundary: role.permissionsBoundary }),
      ...(role.maxSessionDuration && { maxSessionDuration: role.maxSessionDuration }),
    });
  }
}

/** The token's `sub`. Names are checked as Kubernetes checks them: a `*` in one would widen the trust unseen. */
function subjectOf(place: string, { namespace, serviceAccount, allServiceAccounts }: TrustedPods): string {
  if (!isNamespaceName(namespace))
    throw new CwiiError('namespace-invalid', `${place}: "${namespace}" is no name of a namespace`);
  if (allServiceAccounts) return `system:serviceaccount:${namespace}:*`;
  if (!isObjectName(serviceAccount)) {
    throw new CwiiError(
      'service-account-invalid',
      `${place}: "${serviceAccount}" is no name of a ServiceAccount; write allServiceAccounts: true where every one of ${namespace} is meant`,
    );
  }
  return `system:serviceaccount:${namespace}:${serviceAccount}`;
}
