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
  }),
  'aws-role-missing': finding({
    problem: 'no role is set, so nothing is injected for AWS',
    remedy: 'set cwii.dev/aws-role-arn',
    incomplete: true,
  }),
  'aws-region-invalid': finding({
    problem: 'not a region code, so AWS_REGION is not set',
    remedy: 'write a region code such as us-east-1',
  }),
  'aws-region-missing': finding<{ partition: string; containers: string }>({
    problem: ({ partition, containers }) =>
      partition === 'aws'
        ? `${containers} without a region: Go and Rust get no credentials, Java and JavaScript no client`
        : `${containers} without a region: the SDKs call STS in the partition aws, but the role is in ${partition}`,
    remedy: 'set cwii.dev/aws-region',
  }),
  'aws-sts-region-missing': finding<{ containers: string }>({
    problem: ({ containers }) => `${containers} without a region, and the regional endpoint of STS needs one`,
    remedy: 'set cwii.dev/aws-region',
  }),
  'aws-partition-mismatch': finding<{ subject: string; found: string; partition: string }>({
    problem: ({ subject, found, partition }) =>
      `${subject} is in the partition ${found}, but the role is in ${partition}, so STS rejects the token`,
    remedy: "use one in the role's partition",
  }),
  'aws-session-name-invalid': finding({
    problem: 'not a session name that STS accepts, so AWS_ROLE_SESSION_NAME is not set',
    remedy: 'use 2 to 64 letters, digits and _+=,.@-, or $(pod.name)',
  }),
  'aws-session-name-long': finding<{ longest: number }>({
    problem: ({ longest }) =>
      `the pod's name can exceed the ${longest} characters of a session name, and STS then rejects it`,
    remedy: 'use a shorter name for the workload, or $(pod.uid)',
  }),
  'aws-identity-kept': identityKept(),
  'aws-static-keys': credential('remove them from the container'),

  'az-client-id-missing': finding({
    problem: 'no client ID is set, so nothing is injected for Azure',
    remedy: 'set cwii.dev/az-client-id',
    incomplete: true,
  }),
  'az-client-id-partial': finding<{ containers: string }>({
    problem: ({ containers }) => `${containers} without a client ID, which only other containers bring`,
    remedy: 'set AZURE_CLIENT_ID there, or cwii.dev/az-client-id',
  }),
  'az-tenant-id-missing': finding({
    problem: 'no tenant is set, so nothing is injected for Azure',
    remedy: 'set cwii.dev/az-tenant-id, or ask the cluster owner to set CWII_AZ_DEFAULT_TENANT_ID',
    incomplete: true,
  }),
  'az-id-invalid': invalid({
    problem: 'not a UUID',
    remedy: 'write the ID as the Azure portal shows it',
  }),
  'az-authority-host-invalid': invalid({
    problem: 'not an https URL of a host',
    remedy: 'write a URL such as https://login.microsoftonline.com/',
  }),
  'az-token-expiration-short': finding<{ seconds: number; byDefault: boolean }>({
    problem: ({ seconds, byDefault }) =>
      `${byDefault ? 'by CWII_TOKEN_EXPIRATION ' : ''}the token lives ${seconds} seconds, but SDKs keep it for 10 minutes and can send an expired one`,
    remedy: 'set cwii.dev/az-token-expiration to "3600" or more',
  }),
  'az-identity-kept': identityKept(),
  'az-static-keys': credential('remove them from the container'),
  'az-verify-unknown-cloud': finding({
    problem: "the Azure CLI only supports Microsoft's clouds, so nothing is verified on this authority host",
    remedy: 'remove cwii.dev/az-verify',
  }),
  'az-verify-without-client-id': finding({
    problem: 'the client ID is only in the containers, so nothing is verified',
    remedy: 'set cwii.dev/az-client-id',
  }),
  'az-label-misplaced': finding({
    problem: 'the label has an effect on pods only',
    remedy: 'move it to spec.template.metadata.labels',
  }),
  'az-proxy-sidecar': finding({
    problem: 'cwii does not add the proxy sidecar',
    remedy: "use the SDK's workload identity credential, and remove the annotation",
  }),

  'gcp-audience-missing': finding({
    problem: 'no workload identity provider is set, so nothing is injected for GCP',
    remedy: 'set cwii.dev/gcp-audience, or ask the cluster owner to set CWII_GCP_DEFAULT_AUDIENCE',
    incomplete: true,
  }),
  'gcp-audience-invalid': invalid({
    problem: 'not the full name of a workload identity provider',
    remedy: 'write //iam.googleapis.com/projects/…/providers/…',
  }),
  'gcp-audience-project-id': invalid({
    problem: 'the name of the provider has the ID of the project, but Google expects its number',
    remedy: 'write the number that gcloud projects describe shows',
  }),
  'gcp-service-account-invalid': invalid({
    problem: 'not the e-mail address of a Google service account',
    remedy: 'write NAME@PROJECT.iam.gserviceaccount.com',
  }),
  'gcp-project-invalid': finding({
    problem: 'not the ID of a project, so no project is set',
    remedy: "write the project's ID such as my-project, not its name or number",
  }),
  'gcp-project-missing': finding<{ containers: string }>({
    problem: ({ containers }) =>
      `${containers} without a project: the storage client for Python fails, and Node.js asks the Resource Manager`,
    remedy: 'set cwii.dev/gcp-project',
  }),
  'gcp-token-lifetime-invalid': finding({
    problem: 'not a number of seconds from 600 to 43200, so the access token lives an hour',
    remedy: 'write seconds, such as "7200"',
  }),
  'gcp-token-lifetime-unused': finding({
    problem: 'without a Google service account, it has no effect',
    remedy: 'set cwii.dev/gcp-service-account',
    incomplete: true,
  }),
  'gcp-delivery-default': finding<{ reason: 'config-map' | 'windows' | 'unknown' }>({
    problem: ({ reason }) => `${deliveryReasons[reason]}, so downward-api is used`,
    remedy: 'write downward-api, or remove the annotation',
  }),
  'gcp-credentials-missing': finding({
    severity: 'warn',
    problem: 'the pod lost this annotation, as a copy does, so its credentials file is empty',
    remedy: 'copy it with kubectl debug --copy-to=… --keep-annotations, or set cwii.dev/gcp-* on it',
  }),
  'gcp-identity-kept': identityKept(),
  'gcp-static-keys': credential('remove it from the container'),

  'service-identity-kept': identityKept(),

  'other-credential': credential('remove it from the container'),
};

function identityKept() {
  return finding<{ container: string }>({
    problem: ({ container }) => `container ${container} sets it, so it keeps its own identity and gets none from cwii`,
    remedy: 'remove it from the container, or disable injection for the pod',
  });
}

export interface CredentialParams {
  readonly container: string;
  /** The credential, and the SDKs that use it. */
  readonly what: string;
  /** The variable is missing if its Secret or ConfigMap does not exist. */
  readonly may?: boolean;
}

function credential(remedy: string) {
  return finding<CredentialParams>({
    problem: ({ container, what, may }) => `container ${container} ${may ? 'may set' : 'sets'} ${what}`,
    remedy,
  });
}
