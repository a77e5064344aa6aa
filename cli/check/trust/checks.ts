// The checks of the category Cloud trust, each after those that it needs.

import type { ServiceAccountName } from '../../trust/identities.ts';
import { cluster } from '../cluster/checks.ts';
import type { ChecksByCategory } from '../run-report.ts';
import { awsCheck } from './aws.ts';
import { awsTargetCheck } from './aws-target.ts';
import { azureCheck } from './azure.ts';
import { gcpChecks } from './gcp.ts';
import { requestCheck } from './request.ts';
import { servicesCheck } from './services.ts';
import { everyTarget, oneTarget } from './targets.ts';
import { tokenCheck } from './tokens.ts';

/** @param serviceAccount undefined for every one that requests a cloud or service. */
export function trustChecks(serviceAccount: ServiceAccountName | undefined): ChecksByCategory {
  const targets = serviceAccount ? oneTarget(serviceAccount) : everyTarget;
  return {
    cluster: cluster.filter(({ code }) => code === 'cluster-reachable'),
    trust: [
      requestCheck(targets),
      tokenCheck(targets),
      awsCheck(targets),
      awsTargetCheck(targets),
      azureCheck(targets),
      ...gcpChecks(targets),
      servicesCheck(targets),
    ],
  };
}
