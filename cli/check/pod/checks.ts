// The checks of the category Pod, for one pod.

import type { NamespacedName } from '../../namespaced-name.ts';
import type { Check } from '../check.ts';
import { podFacts } from './facts.ts';
import { findings, variablesFromObjects } from './findings-checks.ts';
import { found, identity, requests, sent } from './identity-checks.ts';
import { logs, mounts, verifiers } from './kubelet-checks.ts';
import { runs } from './run-checks.ts';

export interface PodCheckOptions {
  /** Look for credential errors in the logs of the containers. */
  readonly logs?: boolean;
  /** Read the names of the keys of Secrets that containers use with `envFrom`. */
  readonly secrets?: boolean;
}

export function podChecks(
  name: NamespacedName,
  { logs: readLogs = false, secrets = false }: PodCheckOptions,
): readonly Check[] {
  const facts = podFacts(name);
  return [
    found(facts),
    sent(facts),
    requests(facts),
    identity(facts),
    findings(facts),
    variablesFromObjects(facts, secrets),
    runs(facts),
    mounts(facts),
    verifiers(facts),
    ...(readLogs ? [logs(facts)] : []),
  ];
}
