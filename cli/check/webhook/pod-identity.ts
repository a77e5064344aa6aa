// The parts of a pod that cwii writes, so that two pods can be compared.

import { INJECTED } from '../../../lib/annotations/keys.ts';
import { withoutDefaults } from '../../../lib/injection/compare.ts';
import { containersIn } from '../../../lib/kubernetes/pod.ts';
import type { ContainerView, VolumeView } from '../../../lib/kubernetes/review.ts';
import { providers as clouds } from '../../../lib/providers/registry.ts';
import { type AdmittedPod, providersOf } from '../../preview/admission.ts';
import type { Manifest } from '../../preview/manifest-reader.ts';

interface SpecView {
  readonly containers?: readonly ContainerView[];
  readonly initContainers?: readonly ContainerView[];
  readonly volumes?: readonly VolumeView[];
}

/**
 * The parts that cwii wrote, in the form that differencesOf() compares.
 *
 * @param admitted the pod or a new one, whose annotations name the services.
 */
export function identityIn(
  { spec }: Manifest,
  admitted: AdmittedPod,
): { readonly volumes: unknown; readonly containers: unknown } {
  const view = (spec ?? {}) as SpecView;
  const all = [...clouds, ...providersOf(admitted)];
  const variables = new Set(all.flatMap(({ identityVariables }) => identityVariables));
  return {
    volumes: (view.volumes ?? []).filter(isOurs).map(withoutDefaults),
    containers: containersIn(view).map(({ name, env, volumeMounts }) => ({
      name,
      env: (env ?? []).filter((variable) => variables.has(variable.name)).map((one) => ({ ...one })),
      volumeMounts: (volumeMounts ?? [])
        .filter(isOurs)
        .map(({ name: volume, mountPath }) => ({ name: volume, mountPath })),
    })),
  };
}

function isOurs({ name }: { readonly name: string }): boolean {
  return name.startsWith('cwii-');
}

/** The clouds that the pod's own annotation names. */
export function injectedIn({ metadata }: Manifest): string {
  return metadata.annotations?.[INJECTED] ?? '';
}

/** Whether the pod has any volume of cwii. */
export function hasIdentity({ spec }: Manifest): boolean {
  return ((spec ?? {}) as SpecView).volumes?.some(isOurs) ?? false;
}
