// The codes of the category Cloud trust.

import type { CheckCodeDocs } from '../check-codes.ts';

export const trustCodes = {
  'trust-request': {
    description: 'it requests an identity',
    meaning:
      '`cwii check serviceaccount` resolves the annotations of the ServiceAccount and its namespace as for a pod without annotations of its own. Without a request for a cloud or a service, or with an invalid value, pods of this ServiceAccount get no identity. Annotations of pods and workloads are not read here.',
    remedy: 'Annotate the ServiceAccount, as `docs/aws.md`, `docs/azure.md` or `docs/gcp.md` shows.',
  },
  'trust-token': {
    description: 'the API server issues the token that its pods get',
    meaning:
      'The check requests a token with TokenRequest, with the audience and the lifetime of the projected volume, and reads its claims. It prints and keeps no token. If cwii.yaml is present, the issuer in the token must equal `issuer`. You need the permission to create `serviceaccounts/token`.',
    remedy:
      "Let the user of the kubeconfig create `serviceaccounts/token`, and compare `issuer` in cwii.yaml with the API server's first `--service-account-issuer`.",
  },
  'trust-aws': {
    description: 'AWS STS lets it assume the role',
    meaning:
      'The check calls `AssumeRoleWithWebIdentity` at the STS of the region that pods use, for 15 minutes, with the session name `cwii-check`, which CloudTrail shows. It discards the credentials. This call needs no AWS credentials. If STS refuses and the AWS CLI has credentials for the account of the role, the check also reads the identity provider and the trust policy (`iam:GetOpenIDConnectProvider`, `iam:GetRole`), and names the difference.',
    remedy: 'Apply the output of `cwii trust NAMESPACE/NAME --cloud aws`.',
  },
  'trust-aws-target-role': {
    description: 'its role can assume the target role',
    meaning:
      'With `cwii.dev/aws-target-role-arn`, the check calls `AssumeRole` with the credentials that `trust-aws` got, as the SDKs in a pod do, with the external ID of `cwii.dev/aws-external-id`. It needs no other credentials, and discards those of both roles. If STS refuses and the AWS CLI has credentials for the account of the target role, the check also reads its trust policy (`iam:GetRole`), and names the difference.',
    remedy:
      'Apply both parts of the output of `cwii trust NAMESPACE/NAME --cloud aws`: the permission of the first role, and the statement in the trust policy of the second one.',
  },
  'trust-azure': {
    description: 'Entra ID accepts its token for the client',
    meaning:
      'The check requests an access token for the Azure Resource Manager from the login host that pods use, with the token of the ServiceAccount as the client assertion. It discards the access token, and does not check what the identity may do. If Entra ID refuses and `az` is logged in to the tenant, the check also reads the federated credentials of the app (`az ad app federated-credential list`) or of the managed identity (`az identity federated-credential list`), and names the difference.',
    remedy: 'Apply the output of `cwii trust NAMESPACE/NAME --cloud azure`.',
  },
  'trust-gcp': {
    description: "Google's Security Token Service accepts its token",
    meaning:
      'The check exchanges the token at `sts.googleapis.com` for the workload identity provider in `cwii.dev/gcp-audience`. It discards the federated token. If Google refuses and `gcloud` is logged in, the check also reads the provider (`gcloud iam workload-identity-pools providers describe`), and names the difference: issuer, audiences, attribute mapping or attribute condition.',
    remedy: 'Apply the output of `cwii trust NAMESPACE/NAME --cloud gcp`.',
  },
  'trust-gcp-impersonation': {
    description: 'it can impersonate the service account',
    meaning:
      'The check calls `generateAccessToken` at `iamcredentials.googleapis.com` with the federated token, for the service account in `cwii.dev/gcp-service-account`. It discards the access token. With direct federation there is nothing to impersonate. If Google refuses and `gcloud` is logged in, the check also reads the bindings of the service account (`gcloud iam service-accounts get-iam-policy`), and names the nearest principal.',
    remedy:
      'Grant `roles/iam.workloadIdentityUser` on the service account, as `cwii trust NAMESPACE/NAME --cloud gcp` prints it.',
  },
  'trust-services': {
    description: 'the service accepts its token',
    meaning:
      'The check presents the token to the token endpoint of each requested service of the catalogue, as the SDK of the vendor does: Alibaba Cloud, the Claude API, Databricks, HCP, Huawei Cloud, STACKIT and Tencent Cloud. None of these calls needs another credential. The check discards what the service gives. Bare tokens and services of your own have no exchange that cwii knows: they are skipped, with the claims that the receiver must accept. The token is not sent to a workspace of Databricks outside the domains of Databricks.',
    remedy: 'Compare the configuration of the service with the output of `cwii trust NAMESPACE/NAME --cloud SERVICE`.',
  },
} as const satisfies Record<string, CheckCodeDocs>;
