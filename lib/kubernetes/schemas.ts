// The schemas of what cwii reads in an AdmissionReview and of an object's metadata.
//
// They are the only definition of these shapes. The types are inferred from them, and `npm run generate`
// makes the data of schemas.generated.ts from them. Nothing imports zod on the request path.

import * as z from 'zod';

// Admission comes before validation: what the API server sends has the right JSON types, but any field may be
// absent, null or empty (Go writes a missing list as null). A field is required only if no answer is possible
// without it.

const text = z.string().nullish();
const textMap = z.record(z.string(), z.string()).nullish();

export const ownerReference = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  name: z.string(),
  uid: z.string(),
  controller: z.boolean().nullish(),
});

/** AdmissionReview of admission.k8s.io/v1. */
export const admissionReview = z.object({
  apiVersion: z.literal('admission.k8s.io/v1'),
  kind: z.literal('AdmissionReview'),
  request: z.object({
    uid: z.string().regex(/\S/),
    kind: z.object({ group: text, version: text, kind: text }).nullish(),
    resource: z.object({ group: text, version: text, resource: text }),
    subResource: text,
    name: text,
    namespace: text,
    operation: z.string(),
    dryRun: z.boolean().nullish(),
    object: z.unknown(),
    oldObject: z.unknown().optional(),
  }),
});

/** For pods and for containers; a pod has no `readOnlyRootFilesystem`. */
const securityContext = z
  .object({
    runAsUser: z.number().nullish(),
    windowsOptions: z.object({ hostProcess: z.boolean().nullish() }).nullish(),
    readOnlyRootFilesystem: z.boolean().nullish(),
  })
  .nullish();

/** A variable. Its source is passed on whole, so unknown fields stay. */
const variable = z.object({ name: z.string(), value: text, valueFrom: z.looseObject({}).nullish() });

export const container = z.object({
  name: z.string(),
  restartPolicy: text,
  /** The container that an ephemeral container debugs. */
  targetContainerName: text,
  env: z.array(variable).nullish(),
  envFrom: z.array(z.unknown()).nullish(),
  volumeMounts: z
    .array(
      z.object({
        name: z.string(),
        mountPath: z.string(),
        readOnly: z.boolean().nullish(),
        subPath: text,
        subPathExpr: text,
      }),
    )
    .nullish(),
  volumeDevices: z.array(z.object({ name: z.string(), devicePath: z.string() })).nullish(),
  securityContext,
});

export const metadata = z
  .object({
    name: text,
    generateName: text,
    annotations: textMap,
    labels: textMap,
    ownerReferences: z.array(ownerReference).nullish(),
  })
  .nullish();

export const pod = z.object({
  metadata,
  spec: z.object({
    serviceAccountName: text,
    containers: z.array(container).nullish(),
    initContainers: z.array(container).nullish(),
    ephemeralContainers: z.array(container).nullish(),
    volumes: z.array(z.looseObject({ name: z.string() })).nullish(),
    securityContext,
    os: z.object({ name: text }).nullish(),
    nodeSelector: textMap,
  }),
});

/** Any other object that cwii gives advice on. */
export const anyObject = z.object({ metadata, spec: z.looseObject({}).nullish() });

/** PartialObjectMetadata of meta.k8s.io/v1: the API server's answer to a read of metadata. */
export const partialObjectMetadata = z.object({
  kind: z.literal('PartialObjectMetadata'),
  metadata: z.object({
    name: text,
    namespace: text,
    uid: z.string(),
    annotations: textMap,
    ownerReferences: z.array(ownerReference).nullish(),
  }),
});

export type AdmissionReview = z.infer<typeof admissionReview>;
export type AdmissionRequest = AdmissionReview['request'];
export type PodView = z.infer<typeof pod>;
export type ContainerView = z.infer<typeof container>;
export type VariableView = NonNullable<ContainerView['env']>[number];
export type VolumeView = NonNullable<NonNullable<PodView['spec']['volumes']>[number]>;
export type OwnerReferenceView = z.infer<typeof ownerReference>;
export type ObjectView = z.infer<typeof anyObject>;
export type PartialObjectMetadata = z.infer<typeof partialObjectMetadata>;
