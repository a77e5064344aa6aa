// Tests the acknowledgement of findings with versions of aws-cdk-lib that do not accept their names.

import { Stack, Validations } from 'aws-cdk-lib';
import { afterEach, expect, it, vi } from 'vitest';
import { acknowledge } from '../../infra/nag.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

const acknowledgeWith = (error: Error) => {
  vi.spyOn(Validations.prototype, 'acknowledge').mockImplementation(() => {
    throw error;
  });
  acknowledge(new Stack(), 'AwsSolutions-IAM4[Policy::arn:aws:iam::aws:policy/P]', 'the reason');
};

it('a version that does not accept the name leaves the finding', () => {
  const error = Object.assign(new Error('too many colons'), { name: 'InvalidValidationId' });

  expect(() => acknowledgeWith(error)).not.toThrow();
});

it('any other error is not hidden', () => {
  expect(() => acknowledgeWith(new TypeError('a defect'))).toThrow('a defect');
});
