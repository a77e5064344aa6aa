// The catalogue of findings: every code with its severity, its message, its meaning and its remedy.
//
// docs/findings.md and `cwii explain` are generated from this table. The codes are stable: audit annotations,
// log lines and users' alerts carry them.

/** `warn` is shown to the creator of the pod; `deny` refuses the pod. */
export type Severity = 'warn' | 'deny';

interface Docs<Params> {
  /** The first part of the message: a clause that continues `<key> "<value>" on <object>: …`. */
  readonly problem: string | ((params: Params) => string);
  /** The second part of the message: what to do, in the imperative. */
  readonly remedy: string;
  /** For the documentation: when the finding occurs and what follows from it. */
  readonly meaning: string;
  /**
   * Something is missing that a more specific scope may set; advice on a ServiceAccount or namespace omits
   * these.
   */
  readonly incomplete?: true;
}

/** A finding that is always as severe. */
export interface FixedDocs<Params> extends Docs<Params> {
  readonly severity: Severity;
}

/**
 * An invalid value: it denies on the pod and its owner, and warns and skips the provider on wider scopes
 * (`CWII_ON_INVALID`).
 */
export interface InvalidDocs extends Docs<Record<never, never>> {
  readonly severity: 'by-scope';
  readonly problem: string;
}

/** Checks the entry's form and keeps the type of its parameters. */
function finding<Params = Record<never, never>>(docs: FixedDocs<Params>): FixedDocs<Params> {
  return docs;
}

function invalid(docs: Omit<InvalidDocs, 'severity'>): InvalidDocs {
  return { severity: 'by-scope', ...docs };
}

export const findingCodes = {
  'annotation-unknown': finding<{ nearest: string | undefined }>({
    severity: 'warn',
    problem: ({ nearest }) => `unknown annotation without effect${nearest ? ` (did you mean ${nearest}?)` : ''}`,
    remedy: 'correct or remove the key (docs/annotations.md lists all keys)',
    meaning: 'The key begins with `cwii.dev/` but does not exist. It may be misspelt. It has no effect.',
  }),
  'boolean-unreadable': finding({
    severity: 'warn',
    problem: 'neither "true" nor "false", so it counts as not set',
    remedy: 'write "true" or "false", in quotes',
    meaning: 'The value is not a boolean. The key counts as not set on this object, and wider scopes are consulted.',
  }),
  'provider-disabled': finding<{ cloud: string; setting: string }>({
    severity: 'warn',
    problem: ({ cloud, setting }) => `${cloud} is disabled on this webhook (${setting}), so nothing is injected`,
    remedy: 'remove the annotation, or ask the cluster owner to enable the cloud',
    meaning: 'The pod requests a cloud that is disabled on this webhook (`CWII_<PROVIDER>_ENABLED` is "false").',
  }),
  'service-account-missing': finding({
    severity: 'warn',
    problem: 'the pod names no ServiceAccount, so no token can be projected and nothing is injected',
    remedy: 'set spec.serviceAccountName, or enable the ServiceAccount admission plugin',
    meaning: 'The pod has no `spec.serviceAccountName`. Without a ServiceAccount, the kubelet cannot project a token.',
  }),
  'owner-uid-mismatch': finding<{ object: string }>({
    severity: 'warn',
    problem: ({ object }) => `the ${object} that exists has another uid, so its annotations are not used`,
    remedy: 'remove the owner reference, unless the owner was just replaced',
    meaning: 'The uid in an owner reference differs from the uid of the object. The reference may be forged.',
  }),
  'owner-name-invalid': finding({
    severity: 'warn',
    problem: 'not a valid object name, so the reference is not followed',
    remedy: 'correct the owner reference',
    meaning: 'An owner reference contains a name that no Kubernetes object can have.',
  }),

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
    meaning: 'The authority host is not one of Microsoft. The Azure CLI selects a cloud by name and has none for it.',
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

  'identity-outdated': finding<{ container: string }>({
    severity: 'warn',
    problem: ({ container }) =>
      `container ${container} keeps another value than the annotations give, as in a copy of an admitted pod`,
    remedy: "remove the variable and the token's mount from it, or create the pod from its own manifest",
    meaning: 'A container has the identity of an earlier admission, and the annotations now give another one.',
  }),
  'container-unknown': finding<{ names: string }>({
    severity: 'warn',
    problem: ({ names }) => `the pod has no container ${names}`,
    remedy: 'correct the name, or remove it',
    meaning: '`skip-containers` or `include-containers` names a container that the pod does not have.',
  }),
  'not-allowed': finding<{ rule: string; note?: string }>({
    severity: 'deny',
    problem: ({ rule, note }) => `${note ? `${note}, and ` : ''}${rule} of this webhook does not allow it`,
    remedy: 'choose an allowed value, or ask the cluster owner',
    meaning: 'The cluster owner restricts this value. The refusal names the setting (`CWII_ALLOWED_…`).',
  }),
  'audience-of-api-server': finding({
    severity: 'deny',
    problem: 'this is an audience of the API server, and the token would give access to the cluster',
    remedy: 'use the audience that the cloud expects',
    meaning: 'The API server accepts tokens with this audience. A receiver of the token could use it on the cluster.',
  }),
  'token-expiration-unreadable': finding<{ seconds: number }>({
    severity: 'warn',
    problem: ({ seconds }) => `not a whole number of seconds, so the default of ${seconds} is used`,
    remedy: 'write seconds, such as "3600"',
    meaning: 'The token lifetime is not a whole number.',
  }),
  'token-expiration-raised': finding<{ seconds: number }>({
    severity: 'warn',
    problem: ({ seconds }) => `Kubernetes requires at least ${seconds} seconds, so it is raised to ${seconds}`,
    remedy: 'write "600" or more',
    meaning: 'The token lifetime is below the 600 seconds that Kubernetes requires.',
  }),
  'token-expiration-lowered': finding<{ who: string; seconds: number }>({
    severity: 'warn',
    problem: ({ who, seconds }) => `${who} allows at most ${seconds} seconds, so it is lowered to ${seconds}`,
    remedy: 'write a smaller number, such as "86400" for a day',
    meaning: 'The token lifetime exceeds the limit of Kubernetes (2^32 seconds) or of the cloud (Azure, GCP: a day).',
  }),
  'verify-enforce-without-verify': finding({
    severity: 'warn',
    problem: 'nothing is verified, because verify is not "true"',
    remedy: 'set the verify annotation of the same cloud to "true" as well',
    meaning: '`verify-enforce` is "true", but `verify` is not.',
    incomplete: true,
  }),
  'verify-image-invalid': finding<{ fallback: string }>({
    severity: 'warn',
    problem: ({ fallback }) => `not an image reference, so ${fallback} is used`,
    remedy: 'write [registry/]repository[:tag][@digest]',
    meaning: 'The verify image is not a valid image reference. The default image is used.',
  }),
  'verify-on-windows': finding({
    severity: 'warn',
    problem: 'the verify container needs Linux, so it is not added to this Windows pod',
    remedy: 'remove verify from Windows workloads',
    meaning: 'Verification is requested for a Windows pod.',
  }),
  'volume-name-taken': finding({
    severity: 'deny',
    problem:
      'the pod has a volume of this name with another source than cwii plans, as in a copy of a pod that cwii changed earlier',
    remedy: 'rename or remove that volume',
    meaning:
      'cwii needs this volume name. In a copy of a pod that cwii changed earlier, under other settings, remove the volumes, mounts and variables that cwii added.',
  }),
  'mount-path-taken': finding<{ container: string; volume: string }>({
    severity: 'deny',
    problem: ({ container, volume }) => `container ${container} mounts volume ${volume} at the path of the token`,
    remedy: 'move that mount, or disable injection for the pod',
    meaning: 'A container mounts a volume at the path, or below the path, where cwii mounts the token.',
  }),
  'container-name-taken': finding({
    severity: 'deny',
    problem: 'cwii needs this name for its own container',
    remedy: 'rename that container, or disable verification and delivery through an init container',
    meaning: 'A container of the pod has the name of a container that cwii adds.',
  }),
  'containers-too-many': finding<{ count: number; most: number }>({
    severity: 'deny',
    problem: ({ count, most }) => `the pod has ${count} containers, and cwii injects at most ${most}`,
    remedy: 'split the pod, or disable injection for it',
    meaning: 'The pod has more than 500 containers. The patch for them could exceed the size of an answer.',
  }),
};

/** The codes of all findings. */
export type FindingCode = keyof typeof findingCodes;

/** The codes of invalid values, whose severity depends on the scope. */
export type InvalidCode = {
  [Code in FindingCode]: (typeof findingCodes)[Code] extends InvalidDocs ? Code : never;
}[FindingCode];

/** The codes whose severity is fixed. */
export type FixedCode = Exclude<FindingCode, InvalidCode>;

/** The parameters of a code's message. */
export type FindingParams<Code extends FixedCode> =
  (typeof findingCodes)[Code] extends FixedDocs<infer Params> ? Params : never;

const deliveryReasons = {
  'config-map': 'cwii does not write to the cluster',
  windows: 'the init container needs Linux and this is a Windows pod',
  unknown: 'unknown delivery',
} as const;

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
