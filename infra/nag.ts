// Acknowledges findings of cdk-nag, with the reason why the template is right.

import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** @param finding such as `AwsSolutions-IAM4[Policy::ARN]` */
export function acknowledge(scope: IConstruct, finding: string, reason: string): void {
  try {
    Validations.of(scope).acknowledge({ id: finding, reason });
  } catch (error) {
    // aws-cdk-lib before 2.269 accepts one "::", and the ARN of a policy has another. There, cdk-nag shows
    // the finding; nothing else depends on it.
    if ((error as Error).name !== 'InvalidValidationId') throw error;
  }
}
