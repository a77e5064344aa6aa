// Builds the control plane's binary before any test file needs it, so that no test's timeout covers the build.

import { controlPlaneBinary } from './harness/binary.ts';

export default async function setup(): Promise<void> {
  await controlPlaneBinary();
}
