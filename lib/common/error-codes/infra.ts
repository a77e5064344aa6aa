// Error codes of the CDK constructs. They are reported at synth, with the path of the construct.

import type { ErrorCodeDocs } from './docs.ts';

export const infraErrors = {
  'bundle-not-built': {
    meaning: "A function's bundle is missing from the package.",
    remedy: 'In a checkout, run `npm run build` first. Otherwise install the package `cwii` again.',
  },
  'webhook-config-invalid': {
    meaning: 'The webhook function would not start with the given settings. The message lists the invalid ones.',
    remedy: 'Correct the settings; `docs/configuration.md` lists them.',
  },
  'issuer-config-invalid': {
    meaning: 'The issuer function would not start with the given properties. The message lists the invalid settings.',
    remedy: 'Correct the properties; `docs/issuer.md` describes them.',
  },
  'token-rotation-config-invalid': {
    meaning:
      'The token rotation function would not start with the given properties. The message lists the invalid settings.',
    remedy: 'Correct the properties; `docs/cluster-credential.md` describes them.',
  },
  'setting-twice': {
    meaning: '`settings` has a variable that other properties set to another value.',
    remedy: 'Remove the variable from `settings`.',
  },
  'setting-unknown-at-synth': {
    meaning: 'The value of a setting is known only at deployment, so it cannot be validated.',
    remedy: 'Write the value itself instead of a token of CDK.',
  },
  'environment-too-large': {
    meaning: "The environment of the function is larger than Lambda's 4 KB. The message names the largest variables.",
    remedy:
      "Keep only the API server's own CA certificate in `CWII_KUBE_CA`, and use one pattern with `*` instead of several in guard rails.",
  },
  'caller-cidr-invalid': {
    meaning: 'A value of `allowedCallerCidrs` is not a range of public addresses.',
    remedy: 'Write the public addresses of the API servers, such as `203.0.113.0/24` or `2001:db8:1::/48`.',
  },
  'region-without-function-urls': {
    meaning: 'Lambda has no Function URLs in the region of the stack.',
    remedy: 'Deploy to the region that the message names. It need not be the region of the cluster.',
  },
  'webhook-timeout-invalid': {
    meaning: "`webhookTimeout` is outside Kubernetes' range, or leaves the function no time.",
    remedy: 'Set it to 2 to 30 seconds.',
  },
  'deadline-margin-short': {
    meaning: '`CWII_DEADLINE_MARGIN_MS` is below 1000, so Lambda would end the function before it has answered.',
    remedy: 'Set it to 1000 or more.',
  },
  'schedule-invalid': {
    meaning: 'The interval of a scheduled function is out of range.',
    remedy: 'Set it to 1 minute up to 6 hours.',
  },
  'issuer-unknown-at-synth': {
    meaning: 'The issuer is known only at deployment, but it is part of the condition keys of trust policies.',
    remedy: "Write the URL itself. With CloudFront's own domain name, deploy twice: `HostedIssuer` describes how.",
  },
  'issuer-invalid': {
    meaning: 'The issuer is not a URL that clouds accept.',
    remedy: "Write `https://HOST[/PATH]` exactly as in the API server's `--service-account-issuer`.",
  },
  'issuer-host-not-served': {
    meaning:
      "The distribution cannot serve the issuer's host: it has no certificate for it, or the host is CloudFront's own.",
    remedy:
      "Pass a certificate of the issuer's domain, or deploy twice with CloudFront's own domain name, as the message describes.",
  },
  'log-group-options': {
    meaning: 'A function has an existing log group, and options for a new one.',
    remedy: 'Remove logRetention and logRemovalPolicy, or remove logGroup.',
  },
  'certificate-region': {
    meaning: 'The certificate is not in us-east-1, the only region where CloudFront looks for certificates.',
    remedy: 'Request the certificate in us-east-1.',
  },
  'hosted-zone-other': {
    meaning: "The issuer's host is not in the given hosted zone.",
    remedy: "Pass the hosted zone of the issuer's host, or none.",
  },
  'secret-arn-partial': {
    meaning: 'The secret is imported with a partial ARN, so the role would need a permission with a wildcard.',
    remedy: 'Import the secret with `Secret.fromSecretCompleteArn`.',
  },
  'audience-invalid': {
    meaning: 'IAM does not accept the audiences of the identity provider: 1 to 100 of 1 to 255 characters each.',
    remedy: 'Correct the audience that the message names, or their number.',
  },
  'audience-unknown': {
    meaning: 'The identity provider does not accept the audience of the role, so no pod could assume the role.',
    remedy: "Add the audience to the provider's `audiences`.",
  },
  'thumbprint-invalid': {
    meaning: 'IAM does not accept the thumbprints of the identity provider: at most 5 of 40 hex digits each.',
    remedy: 'Write each thumbprint as 40 hex digits without colons.',
  },
  'namespace-invalid': {
    meaning: 'A role trusts a namespace whose name cannot exist in Kubernetes.',
    remedy: 'Write the exact name of the namespace, without wildcards.',
  },
  'service-account-invalid': {
    meaning: 'A role trusts a ServiceAccount whose name cannot exist in Kubernetes.',
    remedy: 'Write the exact name, or `allServiceAccounts: true` to trust every ServiceAccount of the namespace.',
  },
} as const satisfies Record<string, ErrorCodeDocs>;
