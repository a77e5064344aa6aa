// The catalogue of findings about the rare keys of AWS. Only the part of the function for them loads it.

import type { FixedDocs, InvalidDocs } from './finding-docs.ts';

/** As in service-findings.ts, no helper is imported. */
export const rareAwsFindings = {
  'kiam-annotation': {
    severity: 'warn',
    problem: 'an annotation of kiam and kube2iam, which cwii does not read',
    remedy: 'set cwii.dev/aws-role-arn (docs/migrating.md)',
  } as FixedDocs<Record<never, never>>,
  'aws-target-role-invalid': {
    severity: 'by-scope',
    problem: 'not the ARN of an IAM role',
    remedy: 'write arn:aws:iam::<12-digit account>:role/<name>',
  } as InvalidDocs,
  'aws-target-role-foreign': {
    severity: 'by-scope',
    problem: 'in another partition than the role of the pod, which cannot assume it',
    remedy: 'use a role of the same partition',
  } as InvalidDocs,
  'aws-external-id-invalid': {
    severity: 'by-scope',
    problem: 'not an external ID that STS accepts',
    remedy: 'write 2 to 1224 letters, digits and _+=,.@:/-',
  } as InvalidDocs,
  'aws-external-id-unused': {
    severity: 'warn',
    problem: 'without a target role, it has no effect',
    remedy: 'set cwii.dev/aws-target-role-arn',
    incomplete: true,
  } as FixedDocs<Record<never, never>>,
  'aws-target-role-unused': {
    severity: 'warn',
    problem: 'no role of the pod could assume it, so it has no effect',
    remedy: 'set cwii.dev/aws-role-arn',
    incomplete: true,
  } as FixedDocs<Record<never, never>>,
  'aws-target-role-bypassed': {
    severity: 'warn',
    problem: ({ container }) => `container ${container} sets it, so it has this role and not the target role`,
    remedy: 'remove the variable from the container',
  } as FixedDocs<{ container: string }>,
  'aws-session-name-late': {
    severity: 'warn',
    problem: 'the config file of a target role cannot contain it, because only the kubelet knows it',
    remedy: 'use $(serviceaccount.name) or $(pod.namespace)',
  } as FixedDocs<Record<never, never>>,
  'aws-config-missing': {
    severity: 'warn',
    problem: 'the pod lost this annotation, as a copy does, so its AWS config file is empty',
    remedy: 'copy it with kubectl debug --copy-to=… --keep-annotations, or set cwii.dev/aws-* on it',
  } as FixedDocs<Record<never, never>>,
};

export type RareAwsFindingCode = keyof typeof rareAwsFindings;

/** The codes of invalid values, whose severity depends on the scope. */
export type InvalidRareAwsCode = {
  [Code in RareAwsFindingCode]: (typeof rareAwsFindings)[Code] extends InvalidDocs ? Code : never;
}[RareAwsFindingCode];
