// The Function URL event by which the API server would ask for a pod's admission.

/** @param pod as the API serves it; what only a stored pod has does no harm. */
export function admissionEvent(pod: object): object {
  const { metadata } = pod as { metadata: { name: string; namespace: string } };
  return {
    version: '2.0',
    rawPath: '/mutate',
    rawQueryString: 'timeout=5s',
    headers: { 'content-type': 'application/json', authorization: 'Bearer bench' },
    requestContext: { http: { method: 'POST', path: '/mutate' }, timeEpoch: Date.now() },
    isBase64Encoded: false,
    body: JSON.stringify({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      request: {
        uid: crypto.randomUUID(),
        kind: { group: '', version: 'v1', kind: 'Pod' },
        resource: { group: '', version: 'v1', resource: 'pods' },
        name: metadata.name,
        namespace: metadata.namespace,
        operation: 'CREATE',
        object: pod,
      },
    }),
  };
}
