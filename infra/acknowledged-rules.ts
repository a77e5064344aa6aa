// Exceptions from the rules of cdk-nag: each on the narrowest construct, with its reason. Without cdk-nag they have no effect.

import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** @param id Rule, with the finding in brackets where it has several: `AwsSolutions-IAM5[Resource::*]`. */
export function acknowledgeRule(construct: IConstruct, id: string, reason: string): void {
  Validations.of(construct).acknowledge({ id, reason });
}
