// The label of Azure workload identity on a workload instead of its pods.

import { expect, it } from 'vitest';
import { findMisplacedLabel } from '../../../lib/annotations/misplaced-label.ts';

const use = (value: string) => ({ 'azure.workload.identity/use': value });

it('is found on a workload whose pods do not have it', () => {
  expect(findMisplacedLabel('Job jobs/scale', use('true'), {})).toMatchObject([
    { code: 'az-label-misplaced', scope: 'owner', object: 'Job jobs/scale', value: 'true' },
  ]);
});

it.each([
  ['the pods have the label too', use('true'), use('true')],
  ['the pods set the label to another value', use('true'), use('false')],
  ['the workload sets the label to "false"', use('false'), {}],
  ['the workload has other labels', { app: 'web' }, undefined],
  ['the workload has no labels', null, null],
])('is not found if %s', (_, labels, podLabels) => {
  expect(findMisplacedLabel('Job jobs/scale', labels, podLabels)).toEqual([]);
});
