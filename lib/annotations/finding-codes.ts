// Every code of a finding. docs/findings.md is generated from this table.

/** `warn` is shown to whoever creates the pod; `deny` refuses the pod. */
export type Severity = 'warn' | 'deny';

export interface FindingCode {
  /** `by-scope`: denies on the pod and its owner, warns and skips the provider on wider scopes; see `CWII_ON_INVALID`. */
  readonly severity: Severity | 'by-scope';
  readonly meaning: string;
  readonly remedy: string;
}

/** Every finding; docs/findings.md is generated from this table. The codes are stable: audit annotations carry them. */
export const findingCodes = {
  'annotation-unknown': {
    severity: 'warn',
    meaning: 'A key under `cwii.dev/` that does not exist, such as a misspelt one. It has no effect.',
    remedy: 'Use the key that the warning names, or remove it.',
  },
  'boolean-unreadable': {
    severity: 'warn',
    meaning: 'A switch that is neither "true" nor "false". It counts as not set, and wider scopes are asked.',
    remedy: 'Write "true" or "false", in quotes.',
  },
  'provider-disabled': {
    severity: 'warn',
    meaning: 'The pod asks for a cloud that is switched off on this webhook.',
    remedy: 'Remove the annotations, or have the cluster owner switch the provider on (`CWII_<PROVIDER>_ENABLED`).',
  },
  'service-account-missing': {
    severity: 'warn',
    meaning: 'The pod names no ServiceAccount, so that no token can be projected. Nothing is injected.',
    remedy: 'Set `spec.serviceAccountName`, or switch on the ServiceAccount admission plugin.',
  },
  'owner-uid-mismatch': {
    severity: 'warn',
    meaning: "An owner reference names an object that exists with another uid. The object's annotations are not used.",
    remedy: 'Nothing, where the owner was just replaced; else remove the forged reference.',
  },
  'owner-name-invalid': {
    severity: 'warn',
    meaning: 'An owner reference has a name that no Kubernetes object can have. It is not followed.',
    remedy: 'Correct the owner reference.',
  },
  'aws-role-arn-invalid': {
    severity: 'by-scope',
    meaning: '`cwii.dev/aws-role-arn` is not the ARN of an IAM role, in any partition.',
    remedy: 'Write `arn:aws:iam::<12-digit account>:role/<name>`, with the path if the role has one.',
  },
  'aws-role-missing': {
    severity: 'warn',
    meaning: '`cwii.dev/aws-inject` is "true", but no scope sets a role. Nothing is injected for AWS.',
    remedy: 'Set `cwii.dev/aws-role-arn`.',
  },
  'aws-region-invalid': {
    severity: 'warn',
    meaning: '`cwii.dev/aws-region` does not look like a region. `AWS_REGION` is not set.',
    remedy: 'Write a region code such as `us-east-1`.',
  },
  'aws-region-missing': {
    severity: 'warn',
    meaning:
      'The role is in another partition than `aws`, and no region is set: the SDKs call the STS of the wrong partition.',
    remedy: 'Set `cwii.dev/aws-region` to a region of the partition.',
  },
  'aws-session-name-invalid': {
    severity: 'warn',
    meaning: '`cwii.dev/aws-role-session-name` is not what STS accepts. `AWS_ROLE_SESSION_NAME` is not set.',
    remedy: 'Use 2 to 64 letters, digits and `_+=,.@-`.',
  },
  'aws-session-name-long': {
    severity: 'warn',
    meaning:
      '`$(pod.name)` can pass the 64 characters that STS accepts in a session name; the role is then not assumed.',
    remedy: 'Use a shorter name for the workload, or `$(pod.uid)`.',
  },
  'aws-identity-kept': {
    severity: 'warn',
    meaning: 'A container sets a variable of the AWS identity itself. It keeps its own and gets nothing from cwii.',
    remedy: 'Remove the variable from the container, or switch injection off for the pod.',
  },
  'aws-static-keys': {
    severity: 'warn',
    meaning: 'A container sets static AWS keys. The SDKs prefer them to the injected identity.',
    remedy: 'Remove the static keys from the container.',
  },
  'az-client-id-missing': {
    severity: 'warn',
    meaning: 'Azure is asked for, but no scope sets a client ID. Nothing is injected for Azure.',
    remedy: 'Set `cwii.dev/az-client-id`.',
  },
  'az-tenant-id-missing': {
    severity: 'warn',
    meaning: 'No scope sets a tenant, and there is no default. Nothing is injected for Azure.',
    remedy: 'Set `cwii.dev/az-tenant-id`, or have the cluster owner set `CWII_AZ_DEFAULT_TENANT_ID`.',
  },
  'az-id-invalid': {
    severity: 'by-scope',
    meaning: 'A client or tenant ID is not a UUID.',
    remedy: 'Write the ID as the Azure portal shows it.',
  },
  'az-authority-host-invalid': {
    severity: 'by-scope',
    meaning: '`cwii.dev/az-authority-host` is not an https URL of a host.',
    remedy: 'Write one such as `https://login.microsoftonline.com/`.',
  },
  'az-identity-kept': {
    severity: 'warn',
    meaning: 'A container sets a variable of the Azure identity itself. It keeps its own and gets nothing from cwii.',
    remedy: 'Remove the variable from the container, or switch injection off for the pod.',
  },
  'az-static-keys': {
    severity: 'warn',
    meaning: 'A container sets a secret, certificate or password of an Azure identity. The SDKs prefer it.',
    remedy: 'Remove it from the container.',
  },
  'az-verify-unknown-cloud': {
    severity: 'warn',
    meaning: 'The Azure CLI has no cloud for the authority host, so that the verify container is left out.',
    remedy: 'Remove `cwii.dev/az-verify` where a host of your own is used.',
  },
  'az-proxy-sidecar': {
    severity: 'warn',
    meaning: '`azure.workload.identity/inject-proxy-sidecar` is not carried over.',
    remedy: "Use the SDK's workload identity credential, and remove the annotation.",
  },
  'gcp-audience-missing': {
    severity: 'warn',
    meaning: 'GCP is asked for, but no scope sets a workload identity provider. Nothing is injected for GCP.',
    remedy: 'Set `cwii.dev/gcp-audience`, or have the cluster owner set `CWII_GCP_DEFAULT_AUDIENCE`.',
  },
  'gcp-audience-invalid': {
    severity: 'by-scope',
    meaning: '`cwii.dev/gcp-audience` is not the full name of a workload identity provider.',
    remedy:
      'Write `//iam.googleapis.com/projects/NUMBER/locations/LOCATION/workloadIdentityPools/POOL/providers/PROVIDER`.',
  },
  'gcp-service-account-invalid': {
    severity: 'by-scope',
    meaning: '`cwii.dev/gcp-service-account` is not the e-mail address of a Google service account.',
    remedy: 'Write `NAME@PROJECT.iam.gserviceaccount.com`.',
  },
  'gcp-project-invalid': {
    severity: 'warn',
    meaning: '`cwii.dev/gcp-project` is not the ID of a project. No project is set.',
    remedy: 'Write the ID, such as `my-project`; the name and the number are something else.',
  },
  'gcp-delivery-default': {
    severity: 'warn',
    meaning:
      '`cwii.dev/gcp-delivery` is not possible: `config-map` would write to the cluster, and an init container needs Linux. `downward-api` is used.',
    remedy: 'Write `downward-api` or `init-container`, or remove it.',
  },
  'gcp-identity-kept': {
    severity: 'warn',
    meaning: 'A container sets a variable of the GCP identity itself. It keeps its own and gets nothing from cwii.',
    remedy: 'Remove the variable from the container, or switch injection off for the pod.',
  },
  'gcp-static-keys': {
    severity: 'warn',
    meaning: 'A container sets an access token for gcloud, which prefers it to the injected identity.',
    remedy: 'Remove it from the container.',
  },
  'identity-outdated': {
    severity: 'warn',
    meaning:
      'A container has the identity of an earlier admission, as in a copy of a stored pod, and the annotations now give another. It keeps the earlier one.',
    remedy: "Remove the variable and the token's mount from the copy, or create the pod from its own manifest.",
  },
  'container-unknown': {
    severity: 'warn',
    meaning: '`skip-containers` or `include-containers` names a container that the pod does not have.',
    remedy: 'Correct the name, or remove it.',
  },
  'not-allowed': {
    severity: 'deny',
    meaning:
      'The value is not among those that the cluster owner allows; the refusal names the rule (`CWII_ALLOWED_…`).',
    remedy: 'Choose an allowed value, or ask the cluster owner.',
  },
  'audience-of-api-server': {
    severity: 'deny',
    meaning: "The token's audience is the API server's own: whoever gets the token could use the cluster with it.",
    remedy: 'Use the audience that the cloud expects.',
  },
  'token-expiration-unreadable': {
    severity: 'warn',
    meaning: 'A token lifetime that is not a whole number of seconds. The default is used.',
    remedy: 'Write seconds, such as "3600".',
  },
  'token-expiration-raised': {
    severity: 'warn',
    meaning: 'A token lifetime below the 600 seconds that Kubernetes allows. It is raised to 600.',
    remedy: 'Write "600" or more.',
  },
  'token-expiration-lowered': {
    severity: 'warn',
    meaning:
      'A token lifetime above what Kubernetes (2^32 seconds) or the cloud (Azure and GCP: a day) allows. It is lowered to that.',
    remedy: 'Write a smaller number; "86400" is a day.',
  },
  'verify-enforce-without-verify': {
    severity: 'warn',
    meaning: '`verify-enforce` is "true", but `verify` is not. Nothing is verified.',
    remedy: 'Set `verify` to "true" as well.',
  },
  'verify-image-invalid': {
    severity: 'warn',
    meaning: 'The verify image is not an image reference. The default image is used.',
    remedy: 'Write `[registry/]repository[:tag][@digest]`.',
  },
  'verify-on-windows': {
    severity: 'warn',
    meaning: 'The verify container needs Linux, and the pod is a Windows one. It is left out.',
    remedy: 'Remove `verify` from Windows workloads.',
  },
  'volume-name-taken': {
    severity: 'deny',
    meaning: 'The pod has a volume of the name that cwii needs, with another source.',
    remedy:
      'Rename that volume. In a copy of a pod that cwii changed earlier, under other settings, remove the volumes, mounts and variables that it added.',
  },
  'mount-path-taken': {
    severity: 'deny',
    meaning: 'A container mounts something else where the token belongs.',
    remedy: 'Move that mount, or switch injection off for the pod.',
  },
  'container-name-taken': {
    severity: 'deny',
    meaning: 'The pod has a container of the name that cwii needs for its own.',
    remedy: 'Rename that container, or switch verification off.',
  },
  'containers-too-many': {
    severity: 'deny',
    meaning: 'The pod has more than 500 containers. The patch for them would be larger than an answer may be.',
    remedy: 'Split the pod, or switch injection off for it.',
  },
} as const satisfies Record<string, FindingCode>;

export type FindingCodeName = keyof typeof findingCodes;
