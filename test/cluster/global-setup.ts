// Builds the binaries before any test file needs them, so that no test's timeout covers the build.

import { authenticatorBinary, controlPlaneBinary } from '../../testing/binary.ts';

export default async function setup(): Promise<void> {
  await controlPlaneBinary();
  await authenticatorBinary();
}
