// The codes of the category Function.

import type { CheckCodeDocs } from '../check-codes.ts';

/** The end of the meaning of a check that needs AWS credentials. */
const WITH_AWS =
  'It needs AWS credentials in the environment, and reads AWS through the AWS CLI; without them it is skipped.';

export const functionCodes = {
  'function-access': {
    description: 'the webhook function may read what configures pods',
    meaning:
      "A SubjectAccessReview for the function's user asks for each kind with annotations: ServiceAccounts, namespaces, the owners of pods, and the owner kinds of cwii.yaml. Without a permission, pods are denied or get no identity, as the failurePolicy and `CWII_ON_READ_FAILURE` say.",
    remedy: 'Run `cwii manifests`, and apply its folder `1-access/`.',
  },
  'function-issuer-access': {
    description: "the issuer function may read the cluster's keys",
    meaning:
      'A SubjectAccessReview asks whether the user of the issuer function may read the discovery document and the key set of the API server. Without it, new keys are not published.',
    remedy: 'Run `cwii manifests`, and apply its folder `1-access/`.',
  },
  'function-owner-kinds': {
    description: 'the API server serves the owner kinds of cwii.yaml',
    meaning:
      'Each entry of `settings.ownerKinds` is compared with the resources that the API server serves. The annotations of an owner of an unknown kind are not read.',
    remedy: 'Correct `settings.ownerKinds`; `kubectl api-resources` prints group, version and plural name.',
  },
  'function-credential': {
    description: "the functions' ServiceAccount exists",
    meaning:
      'With the credential `secret` the functions authenticate as the ServiceAccount `cwii-system/cwii-reader`, which requests its own next token. The other credentials leave no trace in the cluster that could be checked.',
    remedy: 'Run `kubectl apply -f 1-access/`. If the ServiceAccount was deleted, store a first token again.',
  },
  'function-version': {
    description: 'the stack is of this version of cwii',
    meaning:
      'The output CwiiVersion of the stack is compared with the version of the command. Another version may have other settings, and files of `cwii manifests` with other content.',
    remedy: 'Deploy the stack with this version, or use the command of the deployed one.',
  },
  'function-state': {
    description: 'the function is active',
    meaning: `Lambda's state of the function and of its last update. A function that is not active rejects calls. ${WITH_AWS}`,
    remedy: 'Deploy the stack again. The message has the reason that Lambda gives.',
  },
  'function-environment': {
    description: 'the function has the settings of cwii.yaml',
    meaning: `The environment variables of the deployed function are compared with those that cwii.yaml leads to. ${WITH_AWS}`,
    remedy: 'Deploy the stack, or write the values of the function into cwii.yaml.',
  },
  'function-concurrency': {
    description: 'the function may run',
    meaning: `The reserved concurrency of the function is compared with cwii.yaml. With 0, Lambda rejects every call. ${WITH_AWS}`,
    remedy: 'Deploy the stack with the reserved concurrency that you want.',
  },
  'function-token': {
    description: 'the stored token is rotated',
    meaning: `With the credential \`secret\`, the time of the last change of the secret is compared with the lifetime of the token. The token itself is not read. ${WITH_AWS}`,
    remedy: 'Read the log of the token rotation function, and store a new token if it has expired.',
  },
  'function-errors': {
    description: 'the functions report no errors',
    meaning: `CloudWatch has the failed calls and runs of the last hour, of Lambda and of the functions themselves. If some failed, the check reads at most 500 error entries of that hour from the log group of the function (\`logs:FilterLogEvents\`), and shows the newest distinct ones: code, message, count and time. ${WITH_AWS}`,
    remedy: 'Read the entries with level error in the log of the function. Each has a code for `cwii explain`.',
  },
  'function-throttles': {
    description: 'Lambda throttles no calls',
    meaning: `Calls that Lambda rejected in the last hour, because the concurrency of the function or the account was used up. ${WITH_AWS}`,
    remedy: 'Raise the reserved concurrency, or find out who calls the URL.',
  },
  'function-alarms': {
    description: 'no alarm of the stack is active',
    meaning: `The alarms whose names begin with the name of the stack, and their descriptions. ${WITH_AWS}`,
    remedy: 'Follow the description of the alarm.',
  },
} as const satisfies Record<string, CheckCodeDocs>;
