// The limits of the policies of `cwii manifests --policies`, and what happens instead.
//
// docs/availability.md has it as a table. A cluster test shows each entry on a real API server.

export interface PolicyLimit {
  /** The behaviour of the webhook, in Markdown. */
  readonly webhook: string;
  /** The result with the policies alone. */
  readonly policies: string;
}

export const policyLimits = {
  owners: {
    webhook: 'Annotations of the owning workload (Deployment, StatefulSet, Job …), with the check of its uid',
    policies: 'Not seen. The annotations of the pod, its ServiceAccount and its namespace count',
  },
  'unlabelled-account': {
    webhook: 'Pods of every ServiceAccount',
    policies: 'Nothing, if the ServiceAccount does not have the label `cwii.dev/inject=enabled`',
  },
  'native-keys': {
    webhook: 'Annotations of other products (`settings.nativeAnnotations`)',
    policies: 'Not read',
  },
  verification: {
    webhook: 'The init container of `cwii.dev/<cloud>-verify`, which needs the settings of the containers',
    policies: 'Not added: the pod starts unverified',
  },
  'target-role': {
    webhook: '`cwii.dev/aws-target-role-arn`',
    policies: 'The pod gets no AWS identity, because the role of the pod alone would be another identity',
  },
  'session-name': {
    webhook: '`cwii.dev/aws-role-session-name` with a reference inside a text, or to the namespace or ServiceAccount',
    policies: 'No session name: the SDK generates one',
  },
  'gcp-delivery': {
    webhook: '`cwii.dev/gcp-delivery: init-container`',
    policies: 'The file is projected, as with `downward-api`',
  },
  'gcloud-directory': {
    webhook: 'The directory for gcloud in containers with a read-only root',
    policies: 'Not added',
  },
  copies: {
    webhook: 'Brings a pod that is created again (backup, `kubectl debug --copy-to`) up to date',
    policies:
      'Adds what is missing of the identities in `cwii.dev/injected`, and changes nothing. Without that annotation, a pod with the volumes of cwii gets what its annotations say',
  },
  'forged-status': {
    webhook: 'Overwrites `cwii.dev/injected` on a new pod',
    policies: 'A pod that has the annotation already gets only the identities that it names',
  },
  'api-audiences': {
    webhook: "Audiences of the API server in the cluster's own tokens",
    policies: 'Only `api.url`, `settings.apiAudiences` and the usual ones are known',
  },
  'unusual-forms': {
    webhook: 'Mount paths with `..`, variables that a container sets twice, and unusual spellings of an authority host',
    policies: 'Compared as they are written, so the result can differ',
  },
  'disabled-clouds': {
    webhook: 'A warning about the keys of a disabled cloud',
    policies: 'The keys are ignored',
  },
  debug: {
    webhook: 'Ephemeral containers of `kubectl debug`',
    policies: 'Get no identity',
  },
  findings: {
    webhook: 'All findings, in audit annotations and its log too',
    policies:
      'All denials. Warnings about values that are missing, invalid or corrected, about containers that keep their own identity, and about unknown keys; not about regions, static credentials and the nearest name of a misspelt key. At most ten',
  },
  advice: {
    webhook: 'Advice when a workload, ServiceAccount or namespace is applied',
    policies: 'None',
  },
} as const satisfies Record<string, PolicyLimit>;

export type PolicyLimitId = keyof typeof policyLimits;
