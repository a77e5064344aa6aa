// Finds the label of Azure workload identity on a workload instead of its pods.

import { type Finding, findingOf } from './findings.ts';
import { AZ_USE_LABEL } from './native-keys.ts';

type Labels = Readonly<Record<string, string>> | null | undefined;

/** @param object the workload in messages. */
export function findMisplacedLabel(object: string, labels: Labels, podLabels: Labels): Finding[] {
  if (labels?.[AZ_USE_LABEL] !== 'true' || podLabels?.[AZ_USE_LABEL]) return [];
  return [findingOf('az-label-misplaced', { key: `label ${AZ_USE_LABEL}`, value: 'true', scope: 'owner', object })];
}
