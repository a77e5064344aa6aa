// Error codes for requests to the webhook that cannot be answered with an admission decision.

import type { ErrorCodeDocs } from './docs.ts';

export const requestErrors = {
  unauthorized: {
    meaning:
      'The request has neither a bearer token nor a path key with a configured digest, and no valid token of a configured ServiceAccount. The answer was HTTP 401, and the body was not read.',
    remedy:
      "Put the caller token into the kubeconfig of the API server's `AdmissionConfiguration`, and its SHA-256 digest into `CWII_CALLER_TOKEN_SHA256`. `cwii caller-token` makes both. For a token of a ServiceAccount, the field `caller` of the log line has the reason.",
  },
  'caller-keys-unreadable': {
    meaning:
      "The caller presented a token of the cluster's issuer, and the function has never read the issuer's keys, or cannot use them. The answer was HTTP 503, so the failurePolicy decided. The log line has the cause.",
    remedy:
      "Apply the RBAC that `cwii manifests` writes: it lets the function's user read `/openid/v1/jwks`. Otherwise check the connection to the API server with `cwii check`.",
  },
  'event-unknown': {
    meaning: 'The function was invoked with an event that is not a request to a Lambda Function URL.',
    remedy: 'Call the Function URL, or invoke the function with an event of payload format 2.0.',
  },
  'path-unknown': {
    meaning: 'The path of the request is neither `/`, `/mutate`, `/healthz` nor `/k/<key>`. The answer was HTTP 404.',
    remedy: 'Correct `url` in the MutatingWebhookConfiguration. `cwii manifests` writes it.',
  },
  'method-not-allowed': {
    meaning:
      'The request used a method that the path does not support. The answer was HTTP 405, and its `Allow` header names the methods.',
    remedy: 'Use POST for an AdmissionReview and GET for `/healthz`.',
  },
  'media-type-unsupported': {
    meaning: 'The content type of the request is not `application/json`. The answer was HTTP 415.',
    remedy: 'Send the AdmissionReview with `content-type: application/json`, as the API server does.',
  },
  'body-too-large': {
    meaning:
      'The body of the request is larger than 6 MiB, which is the limit of a Lambda Function URL. The answer was HTTP 413.',
    remedy: 'Make the object smaller, or exclude it with the `objectSelector` or `namespaceSelector` of the webhook.',
  },
  'body-incomplete': {
    meaning:
      'The connection closed before the body of the request was complete, or the body took longer than `cwii serve` waits (30 seconds). The answer, if any, was HTTP 400 or 408.',
    remedy:
      "Compare the time of the log line with the API server's log: it closes the connection when the `timeoutSeconds` of the webhook are over. Otherwise check the network path.",
  },
  'body-empty': {
    meaning: 'The request has no body. The answer was HTTP 400.',
    remedy: 'Send an AdmissionReview. A proxy between the API server and the function may have dropped the body.',
  },
  'body-not-json': {
    meaning: 'The body of the request is not JSON. The answer was HTTP 400.',
    remedy:
      'Send an AdmissionReview as JSON. A proxy between the API server and the function may have changed the body.',
  },
  'review-invalid': {
    meaning:
      'The body is JSON, but not an AdmissionReview of `admission.k8s.io/v1`, or its object does not match its kind. The answer was HTTP 400; the message names the first invalid field.',
    remedy:
      "Set `admissionReviewVersions: [v1]` in the MutatingWebhookConfiguration. For a custom resource of `CWII_OWNER_KINDS`, correct the field in the object: webhooks run before the resource's schema is checked.",
  },
  'annotations-too-large': {
    meaning:
      'The annotations of the pod have more than 262144 bytes in all. The API server rejects such an object after the webhooks, so the pod was denied at once, without a read of the cluster. Other objects of this size are skipped.',
    remedy: 'Remove or shorten annotations of the pod, or of the template that it comes from.',
  },
  'plan-collision': {
    meaning:
      'Two providers wanted to add the same volume, mount or variable with different content. The answer was HTTP 500.',
    remedy:
      'Report it as a bug. Until it is fixed, disable one of the two providers for the pod (`cwii.dev/<provider>-inject: "false"`).',
  },
} as const satisfies Record<string, ErrorCodeDocs>;
