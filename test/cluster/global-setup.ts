// Stops a run before its first test if the control plane is not built.

import { controlPlaneBinary } from '../../testing/kubernetes.ts';

export default async function setup(): Promise<void> {
  await controlPlaneBinary();
}
