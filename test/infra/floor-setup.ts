// Stops a run with the oldest aws-cdk-lib before its first test if that is not installed.

import { requireCdkFloor } from '../../testing/cdk-floor.ts';

export default function setup(): void {
  requireCdkFloor();
}
