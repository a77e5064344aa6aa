// The findings about one cloud's annotations and containers.

import { finding, invalid } from './finding-docs.ts';

const deliveryReasons = {
  'config-map': 'cwii does not write to the cluster',
  windows: 'the init container needs Linux and this is a Windows pod',
  unknown: 'unknown delivery',
} as const;

export const cloudFindings = {
  'aws-role-arn-invalid': invalid({
    problem: 'not the ARN of an IAM role',
    remedy: 'write arn:aws:iam::<12-digit account>:role/<name>',
    meaning: 'The role is not the ARN of an IAM role in any partition. A role with a path includes the path.',
  }),
  'aws-role-missing': finding({
    severity: 'warn',
    problem: 'no role is set, so nothing is injected for AWS',
    remedy: 'set cwii.dev/aws-role-arn',
    meaning: '`cwii.dev/aws-inject` is "true", but no scope sets a role.',
    incomplete: true,
  }),
  'aws-region-invalid': finding({
    severity: 'warn',
    problem: 'not a region code, so AWS_REGION is not set',
    remedy: 'write a region code such as us-east-1',
    meaning: 'The region does not have the form of an AWS region code. The identity is injected without a region.',
  }),
  'aws-region-missing': finding<{ partition: string }>({
    severity: 'warn',
    problem: ({ partition }) =>
      `the role is in the partition ${partition}, but without a region the SDKs call STS in the partition aws`,
    remedy: 'set cwii.dev/aws-region to a region of the partition',
    meaning: 'The role is in a partition other than `aws`, and no region is set. STS of `aws` does not know the role.',
  }),
  'aws-session-name-invalid': finding({
    severity: 'warn',
    problem: 'not a session name that STS accepts, so AWS_ROLE_SESSION_NAME is not set',
    remedy: 'use 2 to 64 letters, digits and _+=,.@-, or $(pod.name)',
    meaning: 'STS would reject the session name, and with it every request for credentials.',
  }),
  'aws-session-name-long': finding<{ longest: number }>({
    severity: 'warn',
    problem: ({ longest }) =>
      `the pod's name can exceed the ${longest} characters of a session name, and STS then rejects it`,
    remedy: 'use a shorter name for the workload, or $(pod.uid)',
    meaning: '`$(pod.name)` is used as session name, and the name of the pod can exceed 64 characters.',
  }),
  'aws-identity-kept': identityKept('AWS'),
  'aws-static-keys': staticKeys('static AWS keys'),

  'az-client-id-missing': finding({
    severity: 'warn',
    problem: 'no client ID is set, so nothing is injected for Azure',
    remedy: 'set cwii.dev/az-client-id',
    meaning: 'The pod requests Azure, but no scope sets a client ID.',
    incomplete: true,
  }),
  'az-tenant-id-missing': finding({
    severity: 'warn',
    problem: 'no tenant is set, so nothing is injected for Azure',
    remedy: 'set cwii.dev/az-tenant-id, or ask the cluster owner to set CWII_AZ_DEFAULT_TENANT_ID',
    meaning: 'No scope sets a tenant ID, and the webhook has no default tenant.',
    incomplete: true,
  }),
  'az-id-invalid': invalid({
    problem: 'not a UUID',
    remedy: 'write the ID as the Azure portal shows it',
    meaning: 'A client ID or tenant ID is not a UUID.',
  }),
  'az-authority-host-invalid': invalid({
    problem: 'not an https URL of a host',
    remedy: 'write a URL such as https://login.microsoftonline.com/',
    meaning: 'The authority host is not an https URL, or it has a path, a query, a fragment or a user.',
  }),
  'az-identity-kept': identityKept('Azure'),
  'az-static-keys': staticKeys('a secret, certificate or password of an Azure identity'),
  'az-verify-unknown-cloud': finding({
    severity: 'warn',
    problem: "the Azure CLI only supports Microsoft's clouds, so nothing is verified on this authority host",
    remedy: 'remove cwii.dev/az-verify',
    meaning:
      "The authority host is not one of Microsoft's. The Azure CLI selects a cloud by name, and has no name for this host.",
  }),
  'az-proxy-sidecar': finding({
    severity: 'warn',
    problem: 'cwii does not add the proxy sidecar',
    remedy: "use the SDK's workload identity credential, and remove the annotation",
    meaning: '`azure.workload.identity/inject-proxy-sidecar` is set. cwii does not support this feature.',
  }),

  'gcp-audience-missing': finding({
    severity: 'warn',
    problem: 'no workload identity provider is set, so nothing is injected for GCP',
    remedy: 'set cwii.dev/gcp-audience, or ask the cluster owner to set CWII_GCP_DEFAULT_AUDIENCE',
    meaning: 'The pod requests GCP, but no scope sets a workload identity provider and the webhook has no default.',
    incomplete: true,
  }),
  'gcp-audience-invalid': invalid({
    problem: 'not the full name of a workload identity provider',
    remedy: 'write //iam.googleapis.com/projects/…/providers/…',
    meaning:
      'The audience does not have the form `//iam.googleapis.com/projects/NUMBER/locations/LOCATION/workloadIdentityPools/POOL/providers/PROVIDER`.',
  }),
  'gcp-service-account-invalid': invalid({
    problem: 'not the e-mail address of a Google service account',
    remedy: 'write NAME@PROJECT.iam.gserviceaccount.com',
    meaning: 'The value is not the e-mail address of a Google service account.',
  }),
  'gcp-project-invalid': finding({
    severity: 'warn',
    problem: 'not the ID of a project, so no project is set',
    remedy: "write the project's ID such as my-project, not its name or number",
    meaning: 'The value is not a project ID. The identity is injected without a project.',
  }),
  'gcp-delivery-default': finding<{ reason: 'config-map' | 'windows' | 'unknown' }>({
    severity: 'warn',
    problem: ({ reason }) => `${deliveryReasons[reason]}, so downward-api is used`,
    remedy: 'write downward-api, or remove the annotation',
    meaning:
      'The delivery is not possible: `config-map` would write to the cluster, an init container needs Linux, and other values do not exist.',
  }),
  'gcp-identity-kept': identityKept('GCP'),
  'gcp-static-keys': staticKeys('an access token for gcloud'),
};

function identityKept(cloud: string) {
  return finding<{ container: string }>({
    severity: 'warn',
    problem: ({ container }) => `container ${container} sets it, so it keeps its own identity and gets none from cwii`,
    remedy: 'remove it from the container, or disable injection for the pod',
    meaning: `A container sets a variable of the ${cloud} identity itself. cwii adds nothing for ${cloud} to it.`,
  });
}

function staticKeys(keys: string) {
  return finding<{ container: string }>({
    severity: 'warn',
    problem: ({ container }) =>
      `container ${container} sets static keys, which the SDKs prefer to the injected identity`,
    remedy: 'remove them from the container',
    meaning: `A container sets ${keys}. The SDKs or tools of the cloud use these first.`,
  });
}
