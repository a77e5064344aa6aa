// Checks that a pod exists, is sent to cwii, requests an identity, and has what it should have.

import { requestOf, resolutionOf } from '../../audit/requests.ts';
import { providersOf } from '../../preview/admission.ts';
import { type Check, failed, passed, warning } from '../check.ts';
import type { CheckContext } from '../context.ts';
import { describe, differencesOf } from '../webhook/compare-objects.ts';
import {
  isSystem,
  labelCommand,
  labelProblem,
  type Metadata,
  requestsIdentity,
  selection,
  serviceAccountObjects,
} from '../webhook/namespaces.ts';
import { hasIdentity, identityIn } from '../webhook/pod-identity.ts';
import { type Examined, ownerOf, type PodFacts } from './facts.ts';
import { reasonOf, replaceCommand } from './reasons.ts';

export function found({ pod, text, name }: PodFacts): Check {
  return {
    code: 'pod-found',
    needs: ['cluster-reachable'],
    run: async (context) => {
      const one = await context.fact(pod);
      if (!one) return failed(`Pod ${text} does not exist`, `choose one of \`kubectl get pods -n ${name.namespace}\``);
      const { phase = 'unknown' } = (one['status'] ?? {}) as { readonly phase?: string };
      return passed([phase, ownerOf(one)].filter((part) => part !== undefined).join(', '));
    },
  };
}

export function sent({ examined, name: { namespace } }: PodFacts): Check {
  return {
    code: 'pod-sent',
    needs: ['pod-found'],
    run: async (context) => {
      const { verdict } = (await context.fact(examined)).admitted;
      if (verdict.kind === 'skipped' && verdict.reason === 'mirror-pod')
        return failed(
          'it is the mirror pod of a static pod, which never gets a ServiceAccount token',
          'run the workload as a DaemonSet or a Pod of the API',
        );
      if (isSystem(namespace))
        return failed(
          `Namespace ${namespace} never depends on cwii, so that the cluster can be repaired without it`,
          'run the workload in another namespace',
        );
      const object = await context.kube.call<{ metadata: Metadata }>(`/api/v1/namespaces/${namespace}`);
      const { isSent } = await context.fact(selection);
      if (isSent(object.metadata)) return passed();
      return failed(
        `Namespace ${namespace} is not sent to cwii: ${labelProblem(object.metadata)}`,
        `\`${labelCommand(namespace)}\`, and create the pod again`,
      );
    },
  };
}

export function requests({ examined, name: { namespace } }: PodFacts): Check {
  return {
    code: 'pod-requests',
    needs: ['pod-found'],
    run: async (context) => {
      const { admitted } = await context.fact(examined);
      const { verdict, scopes } = admitted;
      // A pod whose request is denied or withheld has findings, which have a check of their own.
      if (verdict.kind === 'skipped' || verdict.injected.length > 0 || verdict.findings.length > 0)
        return passed(verdict.kind === 'admitted' ? verdict.injected.join(', ') : undefined);
      const asked = scopes.map(({ object }) => object).join(', ');
      return failed(
        `no object requests an identity for it: ${asked}${await otherServiceAccounts(context, namespace)}`,
        'set serviceAccountName to the ServiceAccount with the annotations, or annotate the one of the pod; the cloud must trust the same one (`cwii trust`)',
      );
    },
  };
}

/** The role may be on the wrong ServiceAccount. */
async function otherServiceAccounts(context: CheckContext, namespace: string): Promise<string> {
  const accounts = await context.fact(serviceAccountObjects);
  const names = accounts
    .filter((one) => one.namespace === namespace && requestsIdentity(one, context.cluster))
    .map(({ name }) => name);
  return names.length === 0 ? '' : `; ServiceAccount ${names.slice(0, 3).join(', ')} in the namespace does`;
}

export function identity({ pod, examined }: PodFacts): Check {
  return {
    code: 'pod-identity',
    needs: ['pod-found'],
    unlessFailed: ['pod-sent', 'pod-requests'],
    run: async (context) => {
      const one = await context.fact(pod);
      const all = await context.fact(examined);
      const { verdict, after } = all.admitted;
      if (!one || verdict.kind !== 'admitted') return passed('nothing to compare');
      const differences = differencesOf(identityIn(one, all.admitted), identityIn(after, all.admitted));
      if (differences.length === 0) return judgeUnrequested(one, all);
      const remedy = replaceCommand(one, all);
      const reason = await reasonOf(context, one, all);
      return hasIdentity(one)
        ? failed(`what the pod has is not what a new pod would get: ${describe(differences)}; ${reason}`, remedy)
        : failed(`the pod does not have the identity of ${verdict.injected.join(', ')}: ${reason}`, remedy);
    },
  };
}

function judgeUnrequested(pod: Parameters<typeof hasIdentity>[0], examined: Examined) {
  const { verdict } = examined.admitted;
  const injected = verdict.kind === 'admitted' ? verdict.injected : [];
  // A copy without annotations keeps what it has.
  const resolution = resolutionOf(examined.admitted);
  const isAsked = providersOf(examined.admitted).some((one) => resolution && requestOf(resolution, one)?.asks);
  if (isAsked || !hasIdentity(pod)) return passed(injected.join(', '));
  return warning(
    'the pod has an identity that nothing requests any more',
    `${replaceCommand(pod, examined)} to remove it`,
  );
}
