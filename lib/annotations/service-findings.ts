// The catalogue of findings about services and bare tokens. Only the part of the function that handles
// services loads it.

import type { FixedDocs, InvalidDocs } from './finding-docs.ts';

/** No helper of finding-docs.ts is imported: the bundler would move it out of the entry of the function. */
export const serviceFindings = {
  'service-key-missing': {
    severity: 'warn',
    problem: ({ key, service }) => `${key} is not set, so nothing is injected for ${service}`,
    remedy: 'set it on the pod, its ServiceAccount or its namespace',
    incomplete: true,
  } as FixedDocs<{ key: string; service: string }>,
  'service-value-invalid': {
    severity: 'by-scope',
    problem: 'not a value that the service accepts',
    remedy: 'write a value like the example of the key in docs/services.md',
  } as InvalidDocs,
  'service-variable-taken': {
    severity: 'deny',
    problem: ({ variable, other }) => `${other}, which the pod requests too, also sets the variable ${variable}`,
    remedy: 'choose another variable, or request one of the two',
  } as FixedDocs<{ variable: string; other: string }>,
  'service-file-missing': {
    severity: 'warn',
    problem: 'the pod lost this annotation, as a copy does, so the file of the service is empty',
    remedy: 'copy it with kubectl debug --copy-to=… --keep-annotations',
  } as FixedDocs<Record<never, never>>,
  'token-name-invalid': {
    severity: 'by-scope',
    problem: 'not a name for a token',
    remedy: 'write cwii.dev/token-NAME with at most 40 of a-z, 0-9 and -, and not the name of a cloud or service',
  } as InvalidDocs,
  'token-variable-invalid': {
    severity: 'by-scope',
    problem: 'not the name of an environment variable',
    remedy: 'write a name such as VAULT_TOKEN_FILE',
  } as InvalidDocs,
  'tokens-too-many': {
    severity: 'deny',
    problem: ({ most }) => `the pod requests more than ${most} tokens`,
    remedy: 'remove some of the annotations cwii.dev/token-*',
  } as FixedDocs<{ most: number }>,
};

export type ServiceFindingCode = keyof typeof serviceFindings;

/** The codes of invalid values, whose severity depends on the scope. */
export type InvalidServiceCode = {
  [Code in ServiceFindingCode]: (typeof serviceFindings)[Code] extends InvalidDocs ? Code : never;
}[ServiceFindingCode];
