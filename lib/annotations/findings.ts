// What cwii has to say about a pod's configuration: every code, and the one form in which a finding is worded.

import type { Scope, ScopeKind } from './scopes.ts';

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
    remedy: 'Remove the annotations, or have the cluster owner switch the provider on (`CWII_AWS_ENABLED`).',
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
  'aws-session-name-invalid': {
    severity: 'warn',
    meaning: '`cwii.dev/aws-role-session-name` is not what STS accepts. `AWS_ROLE_SESSION_NAME` is not set.',
    remedy: 'Use 2 to 64 letters, digits and `_+=,.@-`.',
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
    meaning: 'A token lifetime above the 2^32 seconds that Kubernetes allows. It is lowered to that.',
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
    remedy: 'Rename that volume, or switch injection off for the pod.',
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
} as const satisfies Record<string, FindingCode>;

export type FindingCodeName = keyof typeof findingCodes;

/** One thing to say about a pod, with what is needed to find and mend it. */
export interface Finding {
  readonly code: FindingCodeName;
  readonly severity: Severity;
  /** The annotation at fault, or the variable, volume or reference where there is none. */
  readonly key: string;
  /** The value at fault, as written. */
  readonly value?: string;
  readonly scope: ScopeKind;
  /** The object that carries it, such as `ServiceAccount default/my-app`. */
  readonly object: string;
  /** What is wrong and what to do, in one short clause that begins after a colon. */
  readonly message: string;
}

/** The longest text that the API server passes on whole (apiserver `warning` package, `truncateItemRunes`). */
export const LONGEST_WARNING = 256;

const LONGEST_VALUE = 60;
const SHORTEST_OBJECT = 24;

/** The finding as one line of at most 256 characters: key, value, object, what is wrong and what to do. */
export function describeFinding(finding: Finding): string {
  const subject =
    finding.value === undefined ? finding.key : `${finding.key} "${shorten(finding.value, LONGEST_VALUE)}"`;
  const tail = `: ${finding.message}`;
  const room = LONGEST_WARNING - [...printable(`${subject} on ${tail}`)].length;
  const line = printable(`${subject} on ${shorten(finding.object, Math.max(room, SHORTEST_OBJECT))}${tail}`);
  return shorten(line, LONGEST_WARNING);
}

/** A finding about an annotation's value, placed where the value was found. */
export function annotationFinding(
  code: FindingCodeName,
  at: { readonly key: string; readonly raw: string; readonly source: Scope },
  message: string,
  severity: Severity = 'warn',
): Finding {
  return { code, severity, key: at.key, value: at.raw, scope: at.source.kind, object: at.source.object, message };
}

/** Keeps the beginning and the end, because names differ at both. Counts characters, as the API server does. */
function shorten(text: string, most: number): string {
  const characters = [...text];
  if (characters.length <= most) return text;
  const end = Math.floor((most - 1) / 2);
  return `${characters.slice(0, most - 1 - end).join('')}…${characters.slice(characters.length - end).join('')}`;
}

/** Values come from whoever may annotate: no line breaks or control characters reach headers, terminals or logs. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\uFFFD');
}
