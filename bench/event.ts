// The Function URL event with which the API server requests the admission of a pod.

export const CALLER_TOKEN = 'bench';

/**
 * The AdmissionReview of a pod, about 3 KB for a common one.
 *
 * @param pod a stored pod; its additional fields do not matter.
 */
export function reviewOf(pod: object): string {
  const { metadata } = pod as { metadata: { name: string; namespace: string } };
  const kind = { group: '', version: 'v1', kind: 'Pod' };
  const resource = { group: '', version: 'v1', resource: 'pods' };
  return JSON.stringify({
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: {
      uid: crypto.randomUUID(),
      kind,
      resource,
      requestKind: kind,
      requestResource: resource,
      name: metadata.name,
      namespace: metadata.namespace,
      operation: 'CREATE',
      userInfo: {
        username: 'system:serviceaccount:kube-system:replicaset-controller',
        uid: '5d7f9a52-6a6b-4d6c-9a7e-0d2a7a1f3c55',
        groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'],
      },
      object: pod,
      oldObject: null,
      dryRun: false,
      options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
    },
  });
}

export function admissionEvent(pod: object): object {
  return {
    version: '2.0',
    rawPath: '/mutate',
    rawQueryString: 'timeout=10s',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${CALLER_TOKEN}` },
    requestContext: { http: { method: 'POST', path: '/mutate' }, timeEpoch: Date.now() },
    isBase64Encoded: false,
    body: reviewOf(pod),
  };
}

/** The pod with so many variables in its first container that its review has this number of bytes. */
export function grownTo(pod: object, bytes: number): object {
  const grown = structuredClone(pod) as { spec: { containers: { env?: { name: string; value: string }[] }[] } };
  const [first] = grown.spec.containers;
  if (!first) return grown;
  const missing = bytes - reviewOf(grown).length;
  const variable = (number: number) => ({ name: `SETTING_${number}`, value: `a value of a usual length, ${number}` });
  const each = JSON.stringify(variable(1000)).length + 1;
  first.env = [
    ...(first.env ?? []),
    ...Array.from({ length: Math.max(0, missing / each) }, (_, index) => variable(index)),
  ];
  return grown;
}
