// Error codes for requests to the cluster's API server, and for the credential that they are sent with.

import type { ErrorCodeDocs } from './docs.ts';

export const clusterErrors = {
  'cluster-unreachable': {
    meaning:
      'No connection to the API server could be made, or it broke before the answer was complete. The message has the code of the network or TLS error, such as `ECONNREFUSED`, `ENOTFOUND` or `CERT_HAS_EXPIRED`.',
    remedy:
      'Check `CWII_KUBE_API_URL` and `CWII_KUBE_CA`, that the API server is running, and the network path from the function to it: DNS, security groups, routes of the VPC.',
  },
  'cluster-timeout': {
    meaning: 'The API server did not answer before the deadline of the request.',
    remedy:
      'Check the network path from the function to the API server (security groups, routes of the VPC) and the load of the API server. For the webhook, check `timeoutSeconds` in the MutatingWebhookConfiguration and `CWII_DEADLINE_MARGIN_MS`.',
  },
  'cluster-unauthorized': {
    meaning: "The API server rejected the function's token (HTTP 401), and a second token too.",
    remedy:
      "Compare `CWII_KUBE_CREDENTIAL` with the API server's AuthenticationConfiguration, or with the ServiceAccount that the token belongs to. `cwii manifests` writes both.",
  },
  'cluster-forbidden': {
    meaning: "The function's user is not allowed to read the object (HTTP 403).",
    remedy:
      'Apply the RBAC manifests that `cwii manifests` writes. For a kind of `CWII_OWNER_KINDS`, write and apply them again after adding the kind.',
  },
  'cluster-kind-unknown': {
    meaning:
      'The answer was HTTP 404, but not about the requested object: the API server does not serve this kind, or another server answers at the URL.',
    remedy:
      'Check `CWII_KUBE_API_URL`. For a kind of `CWII_OWNER_KINDS`, compare its group, version and plural with `kubectl api-resources`.',
  },
  'namespace-missing': {
    meaning:
      'The namespace of the request does not exist in the cluster that the function reads (HTTP 404), also after a retry. The API server calls webhooks only for namespaces that exist, so the function most likely reads another cluster. It can also happen at the moment when a namespace is created or deleted, if a proxy in front of the API server answers from a cache.',
    remedy:
      'Compare `CWII_KUBE_API_URL` and the credential with the cluster in which the webhook is registered. If the namespace is new, try again.',
  },
  'cluster-redirected': {
    meaning:
      'The answer was a redirect. cwii does not follow redirects, because that would send the token to another server.',
    remedy: 'Set `CWII_KUBE_API_URL` to the API server itself, not to a login page or a proxy that redirects.',
  },
  'cluster-answer-unexpected': {
    meaning:
      'The API server answered with a status that cwii does not expect, such as HTTP 429 or 500, also after retries.',
    remedy:
      "Look for the request in the API server's log or audit log. HTTP 429 means that it is overloaded: apply the FlowSchema that `cwii manifests` writes.",
  },
  'cluster-answer-unreadable': {
    meaning:
      'The answer had status 200, but its body is not the metadata of the requested object, or is larger than 4 MiB. A proxy or cache may have answered instead of the API server.',
    remedy: 'Compare the answer with `kubectl get --raw`, and set `CWII_KUBE_API_URL` to the API server itself.',
  },
  'cluster-document-missing': {
    meaning:
      "The API server answered HTTP 404 for its issuer's discovery document or key set. It serves neither if its first `--service-account-issuer` is not an https URL.",
    remedy:
      'Check `CWII_KUBE_API_URL`, and start the API server with an https URL as its first `--service-account-issuer`.',
  },
  'name-invalid': {
    meaning: 'The name or namespace of an object cannot exist in Kubernetes, so the object was not requested.',
    remedy: 'Correct the name in the pod or in the reference to its owner.',
  },
  'credential-unreadable': {
    meaning:
      'The function could not get its token for the API server: from the file, from AWS STS or from AWS Secrets Manager. The log has the cause.',
    remedy:
      "Follow the cause in `error` of the log line. Most often a permission of the function's role, an interface endpoint of the VPC, or the token in the secret is missing.",
  },
  'credential-timeout': {
    meaning: 'The function did not get its token for the API server before the deadline of the request.',
    remedy:
      'Check the network path from the function to AWS STS or AWS Secrets Manager. In a VPC it needs an interface endpoint.',
  },
  'credential-not-renewed': {
    meaning:
      'A token for the API server could not be fetched when the function started, or could not be refreshed in the background. Requests still succeed as long as the current token is valid.',
    remedy: 'Follow the cause in `error` of the log line before the current token expires.',
  },
  'answer-too-large': {
    meaning:
      'The body of an answer was larger than 4 MiB. The webhook reports it with the code `cluster-answer-unreadable`, the issuer function with `cluster-answer-unexpected`, the token rotation function with `cluster-unreachable`.',
    remedy: 'Set `CWII_KUBE_API_URL` to the API server itself; it never sends metadata of that size.',
  },
  'answer-cut-off': {
    meaning:
      'The connection closed before the answer was complete. The message that reports it has the code `cluster-unreachable`.',
    remedy: 'Look for restarts of the API server, or of a load balancer or proxy in front of it.',
  },
  'connection-abandoned': {
    meaning: 'A connection was closed before it was established, because no request needed it any more.',
    remedy: 'Follow the remedy of the error that it is the cause of.',
  },
  'deadline-exceeded': {
    meaning: 'The time for a request was over. It is the cause of errors such as `cluster-timeout`.',
    remedy: 'Follow the remedy of that error.',
  },
} as const satisfies Record<string, ErrorCodeDocs>;
