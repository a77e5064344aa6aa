// The catalogue of checks: docs/checks/, `cwii explain` and the reports are generated from it.

import { clusterCodes } from './cluster/codes.ts';
import { functionCodes } from './function/codes.ts';
import { issuerCodes } from './issuer/codes.ts';
import { podCodes } from './pod/codes.ts';
import { trustCodes } from './trust/codes.ts';
import { webhookCodes } from './webhook/codes.ts';

export interface CheckCodeDocs {
  /** The correct state, as a sentence without a full stop: `the API server answers`. */
  readonly description: string;
  /** How the check finds out, and the consequence of a failure. */
  readonly meaning: string;
  readonly remedy: string;
}

/** The checks by category, in the order of the chain from the cluster to the pod. */
export const checkCategories = {
  cluster: { title: 'Cluster', codes: clusterCodes },
  issuer: { title: 'Issuer', codes: issuerCodes },
  webhook: { title: 'Webhook', codes: webhookCodes },
  function: { title: 'Function', codes: functionCodes },
  trust: { title: 'Cloud trust', codes: trustCodes },
  pod: { title: 'Pod', codes: podCodes },
} as const satisfies Record<
  string,
  { readonly title: string; readonly codes: Readonly<Record<string, CheckCodeDocs>> }
>;

export type CategoryName = keyof typeof checkCategories;
export const categoryNames = Object.keys(checkCategories) as CategoryName[];

/** A code never changes its meaning, because scripts rely on it. */
export type CheckCode = { [C in CategoryName]: keyof (typeof checkCategories)[C]['codes'] }[CategoryName];

const documented = Object.values(checkCategories).flatMap(({ codes }) => Object.entries<CheckCodeDocs>(codes));

export const checkCodes = Object.fromEntries(documented) as Readonly<Record<CheckCode, CheckCodeDocs>>;
