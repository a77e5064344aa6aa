// Waits until the policies that give pods their identities are in effect.

import { INJECT_LABEL } from '../../../cli/manifests/names.ts';
import { INJECTED } from '../../../lib/annotations/keys.ts';
import type { ControlPlane } from '../../../testing/cluster/control-plane.ts';
import { roleAnnotation } from '../manifests.ts';
import type { StoredPod } from '../stored-pod.ts';

/** Informers run behind: the last ServiceAccount that was created is seen after all others. */
export async function awaitPolicies(cluster: ControlPlane): Promise<void> {
  await cluster.createNamespace('in-effect', INJECT_LABEL);
  await cluster.api('POST', '/api/v1/namespaces/in-effect/serviceaccounts', {
    metadata: {
      name: 'probe',
      labels: INJECT_LABEL,
      annotations: roleAnnotation('probe'),
    },
  });
  await cluster.waitFor('the policies to take effect', async () => {
    const spec = { serviceAccountName: 'probe', containers: [{ name: 'app', image: 'app' }] };
    const path = '/api/v1/namespaces/in-effect/pods?dryRun=All';
    const pod = await cluster.api<StoredPod>('POST', path, { metadata: { name: 'probe' }, spec });
    return pod.metadata.annotations?.[INJECTED]?.includes('aws');
  });
}

/** Waits until the policies with findings are in effect too. */
export async function awaitFindings(cluster: ControlPlane): Promise<void> {
  await cluster.waitFor('the policies with findings to take effect', async () => {
    const warnings: string[] = [];
    const create = (annotations: object) =>
      cluster.api(
        'POST',
        '/api/v1/namespaces/in-effect/pods?dryRun=All',
        {
          metadata: { name: 'probe', annotations },
          spec: { serviceAccountName: 'probe', containers: [{ name: 'app', image: 'app' }] },
        },
        { onWarning: (text) => warnings.push(text) },
      );
    await create({ 'cwii.dev/nonsense': '' });
    const isDenied = await create({ 'cwii.dev/aws-audience': 'kubernetes' }).then(
      () => false,
      () => true,
    );
    return warnings.length > 0 && isDenied;
  });
}
