// The catalogue of findings: every code with its severity, its message, its meaning and its remedy.
//
// docs/findings.md and `cwii explain` are generated from this table. The codes are stable: audit annotations,
// log lines and users' alerts carry them.

import { cloudFindings } from './cloud-findings.ts';
import { type FixedDocs, finding, type InvalidDocs, invalid } from './finding-docs.ts';
import type { RareAwsFindingCode } from './rare-aws-findings.ts';
import type { ServiceFindingCode } from './service-findings.ts';

export type { FixedDocs, InvalidDocs, Severity } from './finding-docs.ts';

export const findingCodes = {
  'annotation-unknown': finding<{ nearest: string | undefined }>({
    problem: ({ nearest }) => `unknown annotation without effect${nearest ? ` (did you mean ${nearest}?)` : ''}`,
    remedy: 'correct or remove the key (docs/annotations.md lists all keys)',
  }),
  'prefix-unknown': finding<{ nearest: string | undefined }>({
    problem: ({ nearest }) =>
      `annotation without effect, because keys of cwii begin with cwii.dev/${nearest ? ` (did you mean ${nearest}?)` : ''}`,
    remedy: 'correct or remove the key',
  }),
  'inject-is-a-label': finding({
    problem: 'this is a label of namespaces, and has no effect as an annotation',
    remedy: 'kubectl label namespace NAME cwii.dev/inject=enabled',
  }),
  'namespace-not-labelled': finding<{ label: string | undefined }>({
    problem: ({ label }) =>
      label === undefined
        ? 'no effect, because the namespace does not have the label cwii.dev/inject=enabled'
        : `no effect, because the label cwii.dev/inject of the namespace must be "enabled", and is "${label.slice(0, 20)}"`,
    remedy: 'kubectl label --overwrite namespace NAME cwii.dev/inject=enabled',
  }),
  'boolean-unreadable': finding({
    problem: 'neither "true" nor "false", so it counts as not set',
    remedy: 'write "true" or "false", in quotes',
  }),
  'provider-disabled': finding<{ cloud: string; setting: string }>({
    problem: ({ cloud, setting }) => `${cloud} is disabled on this webhook (${setting}), so nothing is injected`,
    remedy: 'remove the annotation, or ask the cluster owner to enable the cloud',
  }),
  'service-account-missing': finding({
    problem: 'the pod names no ServiceAccount, so no token can be projected and nothing is injected',
    remedy: 'set spec.serviceAccountName, or enable the ServiceAccount admission plugin',
  }),
  'service-account-not-found': finding({
    problem: 'the cluster that the function reads has no such ServiceAccount',
    remedy: 'compare CWII_KUBE_API_URL with the API server of this cluster',
  }),
  'owner-not-found': finding({
    problem: 'the cluster that the function reads has no such object, so its annotations are not used',
    remedy: 'compare CWII_KUBE_API_URL with the API server of this cluster, unless the owner was just deleted',
  }),
  'owner-uid-mismatch': finding<{ object: string }>({
    problem: ({ object }) => `the ${object} that exists has another uid, so its annotations are not used`,
    remedy: 'remove the owner reference, unless the owner was just replaced',
  }),
  'owners-too-many': finding<{ most: number }>({
    problem: ({ most }) => `the chain of owners has more than ${most} objects, so the rest of it is not used`,
    remedy: 'set the annotations on a nearer object',
  }),
  'owner-name-invalid': finding({
    problem: 'not a valid object name, so the reference is not followed',
    remedy: 'correct the owner reference',
  }),

  ...cloudFindings,

  'identity-outdated': finding<{ container: string }>({
    problem: ({ container }) =>
      `container ${container} keeps a value that differs from the annotations, as in a copy of an admitted pod`,
    remedy: "remove the variable and the token's mount from it, or create the pod from its own manifest",
  }),
  'variable-updated': finding<{ containers: readonly string[] }>({
    severity: 'warn',
    problem: ({ containers }) =>
      `${containersOf(containers)} had the value of an earlier admission, and now has what the annotations say`,
    remedy: 'remove the annotation cwii.dev/injected to keep your own value',
  }),
  'volume-updated': finding({
    severity: 'warn',
    problem:
      'the volume of an earlier admission had another lifetime, audience or source, and cwii brought it up to date',
    remedy: 'use another name if it is your own volume',
  }),
  'own-container-updated': finding({
    severity: 'warn',
    problem: 'this container of an earlier admission had other content, and cwii brought it up to date',
    remedy: 'create the pod from its own manifest',
  }),
  'own-container-removed': finding({
    severity: 'warn',
    problem: 'no annotation requests this container of an earlier admission any more, so cwii removed it',
    remedy: 'create the pod from its own manifest',
  }),
  'identity-removed': finding({
    severity: 'warn',
    problem:
      'an annotation now disables the cloud of this volume, so cwii removed what it added in an earlier admission',
    remedy: 'create the pod from its own manifest',
  }),
  'identity-left': finding({
    severity: 'warn',
    problem: 'an annotation disables the cloud of this volume, but the pod has a token for it',
    remedy: 'remove the volume, its mounts and its variables from the pod',
  }),
  'identity-of-excluded': finding<{ container: string }>({
    severity: 'warn',
    problem: ({ container }) => `container ${container} is excluded, but has cwii's token, as in a copy`,
    remedy: 'create the pod from its own manifest',
  }),
  'identity-completed': finding<{ container: string }>({
    severity: 'warn',
    problem: ({ container }) =>
      `container ${container} sets it without a token file, so cwii adds its token for this identity`,
    remedy: 'remove the variable if the container is not to have this identity',
  }),
  'identity-incomplete': finding<{ container: string; missing: string }>({
    severity: 'warn',
    problem: ({ container, missing }) =>
      `container ${container} sets it without ${missing}, so it has no identity and gets none from cwii`,
    remedy: 'set both, or remove it from the container',
  }),
  'identity-empty': finding<{ container: string }>({
    severity: 'warn',
    problem: ({ container }) =>
      `container ${container} sets it to an empty value, so it has no identity and gets none from cwii`,
    remedy: 'remove it from the container, or give it a value',
  }),
  'container-unknown': finding<{ names: string }>({
    problem: ({ names }) => `the pod has no container ${names}`,
    remedy: 'correct the name, or remove it',
  }),
  'not-allowed': finding<{ rule: string; note?: string }>({
    severity: 'deny',
    problem: ({ rule, note }) => `${note ? `${note}, and ` : ''}${rule} of this webhook does not allow it`,
    remedy: 'choose an allowed value, or ask the cluster owner',
  }),
  'audience-of-api-server': finding({
    severity: 'deny',
    problem: 'this is an audience of the API server, and the token would give access to the cluster',
    remedy: 'use the audience that the cloud expects',
  }),
  'audience-too-long': invalid({
    problem: 'longer than 600 characters',
    remedy: 'write the audience that the cloud expects',
  }),
  'token-expiration-unreadable': finding<{ seconds: number }>({
    problem: ({ seconds }) => `not a whole number of seconds, so the default of ${seconds} is used`,
    remedy: 'write seconds, such as "3600"',
  }),
  'token-expiration-raised': finding<{ seconds: number }>({
    problem: ({ seconds }) => `Kubernetes requires at least ${seconds} seconds, so it is raised to ${seconds}`,
    remedy: 'write "600" or more',
  }),
  'token-expiration-lowered': finding<{ who: string; seconds: number }>({
    problem: ({ who, seconds }) => `${who} allows at most ${seconds} seconds, so it is lowered to ${seconds}`,
    remedy: 'write a smaller number, such as "86400" for a day',
  }),
  'verify-enforce-without-verify': finding({
    problem: 'nothing is verified, because verify is not "true"',
    remedy: 'set the verify annotation of the same cloud to "true" as well',
    incomplete: true,
  }),
  'verify-image-invalid': finding<{ fallback: string }>({
    problem: ({ fallback }) => `not an image reference, so ${fallback} is used`,
    remedy: 'write [registry/]repository[:tag][@digest]',
  }),
  'verify-settings-not-copied': finding<{ names: string }>({
    severity: 'warn',
    problem: ({ names }) => `the check may fail where the containers work, because it cannot take over ${names}`,
    remedy: 'set it alike in all containers, or do not enforce',
  }),
  'verify-on-windows': finding({
    problem: 'the verify container needs Linux, so it is not added to this Windows pod',
    remedy: 'remove verify from Windows workloads',
  }),
  'volume-name-taken': finding({
    severity: 'deny',
    problem: 'the pod has a volume with this name but another source, as in a copy of a pod that cwii changed earlier',
    remedy: 'rename or remove that volume',
  }),
  'mount-path-taken': finding<{ container: string; volume: string }>({
    severity: 'deny',
    problem: ({ container, volume }) => `container ${container} mounts volume ${volume} at the path of the token`,
    remedy: 'move that mount, or disable injection for the pod',
  }),
  'mount-parent-read-only': invalid({
    problem: "the token's mount point cannot be created in a read-only mount",
    remedy: 'move that mount, or mount single files with subPath',
  }),
  'container-name-taken': finding({
    severity: 'deny',
    problem: 'cwii needs this name for its own container',
    remedy: 'rename that container, or disable verification and delivery through an init container',
  }),
  'containers-too-many': finding<{ count: number; most: number }>({
    severity: 'deny',
    problem: ({ count, most }) => `the pod has ${count} containers, but cwii supports at most ${most}`,
    remedy: 'split the pod, or disable injection for it',
  }),
};

/** The first containers by name, and how many more. */
function containersOf(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(', ');
  return names.length > 3 ? `containers ${shown} and ${names.length - 3} more` : `container ${shown}`;
}

/** The codes of this catalogue. */
type CoreCode = keyof typeof findingCodes;

/** The codes of all findings. */
export type FindingCode = CoreCode | ServiceFindingCode | RareAwsFindingCode;

/** The codes of invalid values, whose severity depends on the scope. */
export type InvalidCode = {
  [Code in CoreCode]: (typeof findingCodes)[Code] extends InvalidDocs ? Code : never;
}[CoreCode];

/** The codes whose severity is fixed. */
export type FixedCode = Exclude<CoreCode, InvalidCode>;

/** The parameters of a code's message. */
export type FindingParams<Code extends FixedCode> =
  (typeof findingCodes)[Code] extends FixedDocs<infer Params> ? Params : never;
