// Warns about other ServiceAccounts that request the role, because `cwii trust` replaces its trust policy.

import type { MutateSettings } from '../../lib/settings/webhook-config.ts';
import { KubeApiError } from '../kubectl/kube-api-error.ts';
import type { KubeClient } from '../kubectl/kube-client.ts';
import { warn } from '../report.ts';
import { type Identity, type ServiceAccountName, subjectOf } from './identities.ts';
import { requestingServiceAccounts } from './live-service-accounts.ts';
import { namesOf } from './trust-input.ts';

export async function warnAboutSharedRole(
  kube: KubeClient,
  identity: Identity,
  named: readonly ServiceAccountName[],
  settings: MutateSettings,
): Promise<void> {
  if (identity.cloud !== 'aws') return;
  const { roleArn } = identity;
  const subjects = new Set(named.map(subjectOf));
  const others = (await requesting(kube, settings)).filter(
    ({ asksItself, serviceAccount, requests }) =>
      asksItself &&
      !subjects.has(subjectOf(serviceAccount)) &&
      requests.clouds.some(({ identities }) =>
        identities.some((one) => one.cloud === 'aws' && one.roleArn === roleArn),
      ),
  );
  if (others.length === 0) return;
  warn(
    'role-shared',
    `${namesOf(others.map(({ serviceAccount }) => serviceAccount))} also requests ${roleArn}, and this output replaces the trust policy; name all of them in one command`,
  );
}

/** Empty for a user who may read the named ServiceAccounts only. */
async function requesting(kube: KubeClient, settings: MutateSettings) {
  try {
    return await requestingServiceAccounts(kube, settings);
  } catch (error) {
    if (error instanceof KubeApiError && error.status === 403) return [];
    throw error;
  }
}
