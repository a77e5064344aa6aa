// The checks of `cwii check` without a subcommand.

import type { NamespacedName } from '../namespaced-name.ts';
import type { Check } from './check.ts';
import { cluster } from './cluster/checks.ts';
import { functionChecks } from './function/checks.ts';
import { issuer, issuerBeforeInstallation } from './issuer/checks.ts';
import { type PodCheckOptions, podChecks } from './pod/checks.ts';
import type { ChecksByCategory } from './run-report.ts';
import { webhook } from './webhook/checks.ts';
import { probe } from './webhook/probe.ts';

export const checksOfInstallation: ChecksByCategory = {
  cluster,
  issuer: ofThisCluster(issuer),
  webhook: ofThisCluster(webhook),
  function: ofThisCluster(functionChecks),
};

/** The checks of `--pre`: they make sense before cwii is installed. */
export const checksBeforeInstallation: ChecksByCategory = {
  cluster,
  issuer: ofThisCluster(issuerBeforeInstallation),
};

/** With the probe, which creates a registration for a moment. */
export const checksWithProbe: ChecksByCategory = {
  ...checksOfInstallation,
  webhook: ofThisCluster([...webhook, probe]),
};

/** The checks of `cwii check pod`. */
export function checksOfPod(name: NamespacedName, options: PodCheckOptions): ChecksByCategory {
  return { cluster, pod: ofThisCluster(podChecks(name, options)) };
}

/** In another cluster than that of cwii.yaml nearly every check would fail, and none would tell the cause. */
export function ofThisCluster(checks: readonly Check[]): readonly Check[] {
  return checks.map((check) => ({
    ...check,
    unlessFailed: ['cluster-reachable', 'cluster-context', ...(check.unlessFailed ?? [])],
  }));
}
