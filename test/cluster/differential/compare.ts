// Compares a pod that the policies admitted with the pod that the webhook would admit.

import jsonPatch from 'fast-json-patch';
import { BY_POLICIES } from '../../../cli/manifests/names.ts';
import { INJECTED } from '../../../lib/annotations/keys.ts';
import type { StoredPod } from '../stored-pod.ts';

/** The first difference; undefined if there is none. */
export function differenceBetween(expected: StoredPod, actual: StoredPod): string | undefined {
  return differenceOf(comparable(expected), comparable(actual));
}

/** The pod without defaults and generated names, in which both must agree. */
function comparable({ metadata, spec }: StoredPod): object {
  const { [INJECTED]: injected = '', ...annotations } = metadata.annotations ?? {};
  const text = JSON.stringify({
    annotations: {
      ...annotations,
      [INJECTED]: injected
        .split(',')
        .filter((name) => name !== BY_POLICIES)
        .join(','),
    },
    spec,
  });
  return JSON.parse(text.replace(/kube-api-access-\w{5}/g, 'kube-api-access'), (key, value) =>
    key === 'defaultMode' || (key === 'value' && value === '') ? undefined : value,
  );
}

function differenceOf(expected: object, actual: object): string | undefined {
  const [difference] = jsonPatch.compare(expected, actual);
  if (!difference) return undefined;
  const at = (document: object) => {
    try {
      return JSON.stringify(jsonPatch.getValueByPointer(document, difference.path))?.slice(0, 200);
    } catch {
      return undefined;
    }
  };
  return `at ${difference.path}: the webhook has ${at(expected)}, the policies have ${at(actual)}`;
}
