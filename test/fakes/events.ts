// The base event of tests: a Function URL event with a review of a pod that asks for AWS.

import type { LambdaFunctionURLEvent } from 'aws-lambda';
import type { OwnerReference } from '../../lib/kubernetes/objects.ts';
import { callerToken, specMarker } from './secrets.ts';

export const roleArn = 'arn:aws:iam::123456789012:role/web';

export interface ContainerManifest {
  name: string;
  image?: string;
  env?: { name: string; value?: string }[] | null;
  volumeMounts?: { name: string; mountPath: string; subPath?: string }[];
  restartPolicy?: string;
  securityContext?: { runAsUser?: number };
}

export interface PodManifest {
  apiVersion: string;
  kind: string;
  metadata: {
    name?: string;
    generateName?: string;
    namespace?: string;
    annotations?: Record<string, string> | null;
    labels?: Record<string, string>;
    ownerReferences?: OwnerReference[];
  };
  spec: {
    serviceAccountName?: string;
    containers: ContainerManifest[];
    initContainers?: ContainerManifest[] | null;
    volumes?: { name: string; [source: string]: unknown }[];
    [field: string]: unknown;
  };
}

export interface Review {
  apiVersion: string;
  kind: string;
  request: {
    uid: string;
    kind: { group: string; version: string; kind: string };
    resource: { group: string; version: string; resource: string };
    subResource?: string;
    name?: string;
    namespace?: string;
    operation: string;
    dryRun?: boolean;
    object: unknown;
    oldObject?: unknown;
  };
}

const basePod: PodManifest = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'shop', annotations: { 'cwii.dev/aws-role-arn': roleArn } },
  spec: {
    serviceAccountName: 'web',
    containers: [
      {
        name: 'app',
        image: 'web:1',
        env: [
          { name: 'PASSWORD', value: specMarker },
          { name: 'AWS_REGION', value: 'us-east-1' },
          { name: 'GOOGLE_CLOUD_PROJECT', value: 'my-project' },
        ],
      },
    ],
  },
};

const baseReview: Review = {
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: {
    uid: '0c1d2e3f-0000-4000-8000-000000000001',
    kind: { group: '', version: 'v1', kind: 'Pod' },
    resource: { group: '', version: 'v1', resource: 'pods' },
    name: 'web',
    namespace: 'shop',
    operation: 'CREATE',
    dryRun: false,
    object: basePod,
  },
};

const baseEvent: LambdaFunctionURLEvent = {
  version: '2.0',
  routeKey: '$default',
  rawPath: '/mutate',
  rawQueryString: 'timeout=10s',
  headers: { 'content-type': 'application/json', authorization: `Bearer ${callerToken}` },
  requestContext: {
    accountId: 'anonymous',
    apiId: 'test',
    domainName: 'test.lambda-url.eu-central-1.on.aws',
    domainPrefix: 'test',
    http: {
      method: 'POST',
      path: '/mutate',
      protocol: 'HTTP/1.1',
      sourceIp: '192.0.2.1',
      userAgent: 'kube-apiserver-admission',
    },
    requestId: '0c1d2e3f-0000-4000-8000-000000000002',
    routeKey: '$default',
    stage: '$default',
    time: '01/Nov/2026:00:00:00 +0000',
    timeEpoch: 0,
  },
  isBase64Encoded: false,
};

/** A changed clone of the base pod. */
export function podOf(change: (pod: PodManifest) => void = () => undefined): PodManifest {
  const pod = structuredClone(basePod);
  change(pod);
  return pod;
}

/** A changed clone of the base review. */
export function reviewOf(change: (review: Review) => void = () => undefined): Review {
  const review = structuredClone(baseReview);
  change(review);
  return review;
}

/** The base review with a changed clone of the base pod. */
export function reviewOfPod(change: (pod: PodManifest) => void): Review {
  return reviewOf((review) => {
    review.request.object = podOf(change);
  });
}

/** A changed clone of the base event with `review` in its body, received now. */
export function eventOf(
  review: unknown = baseReview,
  change: (event: LambdaFunctionURLEvent) => void = () => undefined,
): LambdaFunctionURLEvent {
  const event = structuredClone(baseEvent);
  event.requestContext.timeEpoch = Date.now();
  event.body = JSON.stringify(review);
  change(event);
  return event;
}
