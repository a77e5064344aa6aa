// The checks of the category Cloud trust, each after those that it needs.

import type { ServiceAccountName } from '../../trust/identities.ts';
import { cluster } from '../cluster/checks.ts';
import type { ChecksByCategory } from '../run-report.ts';
import { awsCheck } from './aws.ts';
import { azureCheck } from './azure.ts';
import { gcpChecks } from './gcp.ts';
import { requestCheck } from './request.ts';
import { everyTarget, oneTarget } from './targets.ts';
import { tokenCheck } from './tokens.ts';

/** @param serviceAccount undefined for every one that requests a cloud. */
export function trustChecks(serviceAccount: ServiceAccountName | undefined): ChecksByCategory {
  const targets = serviceAccount ? oneTarget(serviceAccount) : everyTarget;
  return {
    cluster: cluster.filter(({ code }) => code === 'cluster-reachable'),
    trust: [requestCheck(targets), tokenCheck(targets), awsCheck(targets), azureCheck(targets), ...gcpChecks(targets)],
  };
}
