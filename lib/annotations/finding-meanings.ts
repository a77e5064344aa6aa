// The meaning of every finding, for docs/findings.md and `cwii explain`: when it occurs and what follows.
//
// No function loads this file. A code without an entry here, or an entry without a code, does not compile.

import type { FindingCode } from './finding-codes.ts';

/** In the order of the catalogue. */
export const findingMeanings: Readonly<Record<FindingCode, string>> = {
  'annotation-unknown': 'The key begins with `cwii.dev/` but does not exist. It may be misspelt. It has no effect.',
  'prefix-unknown':
    'The prefix of the key is a misspelt `cwii.dev/`, such as `cwi.dev/` or `cwii.io/`. It has no effect.',
  'inject-is-a-label':
    'cwii selects namespaces by the label `cwii.dev/inject: enabled`. As an annotation it has no effect, on no object.',
  'namespace-not-labelled':
    'The webhook is registered for namespaces with the label `cwii.dev/inject: enabled` (exactly this value). Pods of this namespace are not sent to cwii, so its annotations have no effect there.',
  'boolean-unreadable':
    'The value is not a boolean. The key counts as not set on this object, and wider scopes are consulted.',
  'provider-disabled':
    'The pod requests a cloud that is disabled on this webhook (`CWII_<PROVIDER>_ENABLED` is "false").',
  'service-account-missing':
    'The pod has no `spec.serviceAccountName`. Without a ServiceAccount, the kubelet cannot project a token.',
  'service-account-not-found':
    'The API server accepts only pods whose ServiceAccount exists, so the function most likely reads another cluster, in which its annotations are missing.',
  'owner-not-found':
    'The owner that a reference names does not exist. It was deleted, the reference is forged, or the function reads another cluster.',
  'owner-uid-mismatch':
    'The uid in an owner reference differs from the uid of the object. The reference may be forged.',
  'owners-too-many': 'cwii follows at most eight owner references. Annotations on objects beyond that have no effect.',
  'owner-name-invalid': 'An owner reference contains a name that no Kubernetes object can have.',
  'aws-role-arn-invalid':
    'The role is not the ARN of an IAM role in any partition. A role with a path includes the path.',
  'aws-role-missing': '`cwii.dev/aws-inject` is "true", but no scope sets a role.',
  'aws-region-invalid':
    'The region does not have the form of an AWS region code. The identity is injected without a region.',
  'aws-region-missing':
    'No region is set: not by an annotation, not by the webhook, and not by the containers that the message names. The SDKs for Go and Rust then get no credentials, and the clients of Java and JavaScript cannot be created. STS of the partition `aws` does not know the roles of other partitions.',
  'aws-sts-region-missing':
    '`cwii.dev/aws-sts-regional-endpoints` is "true", but no region is set, so it has no effect.',
  'aws-partition-mismatch':
    'The region, or the endpoint of STS, belongs to another partition than the role. STS of one partition does not know the roles of another one.',
  'aws-session-name-invalid': 'STS would reject the session name, and with it every request for credentials.',
  'aws-session-name-long': '`$(pod.name)` is used as session name, and the name of the pod can exceed 64 characters.',
  'aws-identity-kept': 'A container sets a variable of the AWS identity itself. cwii adds nothing for AWS to it.',
  'aws-static-keys':
    'A container sets static AWS keys, or may set them from an optional Secret. The SDKs use these first.',
  'az-client-id-missing': 'The pod requests Azure, but no scope sets a client ID.',
  'az-client-id-partial':
    '`cwii.dev/az-inject` is "true" without a client ID, because containers bring their own with `AZURE_CLIENT_ID` or `envFrom`. The containers that the message names bring none, so the SDK has no complete identity.',
  'az-tenant-id-missing': 'No scope sets a tenant ID, and the webhook has no default tenant.',
  'az-id-invalid': 'A client ID or tenant ID is not a UUID.',
  'az-authority-host-invalid':
    'The authority host is not an https URL, or it has a path, a query, a fragment or a user.',
  'az-token-expiration-short':
    'The lifetime of the token is below an hour. The SDKs for Python, Go and JavaScript keep a copy of the token for 5 to 10 minutes. After the kubelet has renewed the file, the copy can expire first, and Entra ID answers AADSTS700024.',
  'az-identity-kept': 'A container sets a variable of the Azure identity itself. cwii adds nothing for Azure to it.',
  'az-static-keys':
    'A container sets a secret, certificate or password of an Azure identity. The SDKs or tools of the cloud use these first.',
  'az-verify-unknown-cloud':
    "The authority host is not one of Microsoft's. The Azure CLI selects a cloud by name, and has no name for this host.",
  'az-verify-without-client-id':
    'The verify container needs the client ID, but only the containers of the pod bring one.',
  'az-label-misplaced':
    'With `CWII_NATIVE_ANNOTATIONS`, the label `azure.workload.identity/use: "true"` counts on pods. On a Job, a Deployment or another workload it has no effect.',
  'az-proxy-sidecar': '`azure.workload.identity/inject-proxy-sidecar` is set. cwii does not support this feature.',
  'gcp-audience-missing':
    'The pod requests GCP, but no scope sets a workload identity provider and the webhook has no default.',
  'gcp-audience-invalid':
    'The audience does not have the form `//iam.googleapis.com/projects/NUMBER/locations/LOCATION/workloadIdentityPools/POOL/providers/PROVIDER`.',
  'gcp-audience-project-id':
    'The full name of a workload identity provider contains the number of the project, such as `//iam.googleapis.com/projects/123456789012/…`. With the ID of the project, Google does not find the provider.',
  'gcp-service-account-invalid': 'The value is not the e-mail address of a Google service account.',
  'gcp-project-invalid': 'The value is not a project ID. The identity is injected without a project.',
  'gcp-project-missing':
    'No project is set: not by an annotation, and not by the containers that the message names. The storage client for Python then fails. The library for Node.js asks the Resource Manager, and fails if the identity lacks the permission. Other libraries do not need a project.',
  'gcp-token-lifetime-invalid':
    'Google accepts lifetimes of 600 to 43200 seconds for the access token of a service account. The value is left out of the credentials file.',
  'gcp-token-lifetime-unused':
    '`cwii.dev/gcp-token-lifetime` applies to the access token of a Google service account. With direct federation there is none.',
  'gcp-delivery-default':
    'The delivery is not possible: `config-map` would write to the cluster, an init container needs Linux, and other values do not exist.',
  'gcp-credentials-missing':
    'The pod has the volumes and variables of GCP, but neither the annotation that the kubelet projects nor one that requests GCP.',
  'gcp-identity-kept': 'A container sets a variable of the GCP identity itself. cwii adds nothing for GCP to it.',
  'gcp-static-keys': 'A container sets an access token for gcloud. The SDKs or tools of the cloud use these first.',
  'service-identity-kept':
    'A container sets a variable of the identity of a service, or the variable of a token, itself. cwii adds nothing for this service to it.',
  'other-credential':
    'A container sets a credential that some SDKs or tools use in place of the injected identity, or a value on which they fail. The message names them. The tables in the AWS, Azure and GCP guides say what each of them does.',
  'identity-outdated':
    'A container has the identity of an earlier admission, and the annotations now give another one.',
  'variable-updated':
    'The pod was admitted before, as its status annotation says, and is created again. cwii brought a variable that it wrote then up to date.',
  'volume-updated':
    'The pod was admitted before and is created again. Volume names that begin with `cwii-` are reserved: cwii replaced the volume by the one that the annotations request now.',
  'own-container-updated':
    'The pod was admitted before and is created again. cwii brought its own init container up to date.',
  'own-container-removed':
    'The pod was admitted before and is created again, now without verification or with another delivery.',
  'identity-removed':
    'The pod was admitted before and is created again, and an annotation `cwii.dev/<provider>-inject` is now "false".',
  'identity-left':
    'The pod contains what cwii would add, but no status annotation, so a user may have written it. cwii leaves it on the pod.',
  'identity-of-excluded':
    '`skip-containers` or `include-containers` exclude a container that mounts the token of cwii and names its file, for example because the pod was admitted before and is created again. cwii leaves it, because a user may have written it.',
  'identity-completed':
    'A container names its own role (`AWS_ROLE_ARN`) or client (`AZURE_CLIENT_ID`), but no token file. cwii adds what is missing.',
  'identity-incomplete':
    'A container sets a variable of an identity itself, but not the variable that says which identity it is.',
  'identity-empty': 'A container sets a variable of an identity to an empty value. The SDKs then find no identity.',
  'container-unknown': '`skip-containers` or `include-containers` names a container that the pod does not have.',
  'not-allowed': 'The cluster owner restricts this value. The message names the setting (`CWII_ALLOWED_…`).',
  'audience-of-api-server':
    'The API server accepts tokens with this audience. A receiver of the token could use it on the cluster.',
  'audience-too-long':
    'The audience of the token is longer than every cloud accepts. The value would be part of the pod and of its token.',
  'token-expiration-unreadable': 'The token lifetime is not a whole number.',
  'token-expiration-raised': 'The token lifetime is below the 600 seconds that Kubernetes requires.',
  'token-expiration-lowered':
    'The token lifetime exceeds the limit of Kubernetes (2^32 seconds) or of the cloud (Azure, GCP: a day).',
  'verify-enforce-without-verify': '`verify-enforce` is "true", but `verify` is not.',
  'verify-image-invalid': 'The verify image is not a valid image reference. The default image is used.',
  'verify-settings-not-copied':
    'The verify container takes proxy, endpoint, region and CA bundle from the containers. These variables differ between them, or cannot be copied: they refer to `envFrom`, or the CA bundle is in the image, in an `emptyDir` or at a path that the verify container needs.',
  'verify-on-windows': 'Verification is requested for a Windows pod.',
  'volume-name-taken':
    'cwii needs this volume name. If the pod is a copy of one that cwii changed under other settings, remove the volumes, mounts and variables that cwii added.',
  'mount-path-taken':
    'A container mounts a volume at the path, or below the path, where cwii mounts the token. A block device (`volumeDevices`) above that path counts as well.',
  'mount-parent-read-only':
    'A container mounts a read-only volume above the path of the token, such as a Secret at `/run/secrets`. The container runtime cannot create the mount point of the token in it, and the container would not start. `/run` and `/var/run` count as one directory. If the identity is requested on a wider scope than the pod and its owner, the container starts without it.',
  'container-name-taken': 'A container of the pod has the name of a container that cwii adds.',
  'containers-too-many':
    'The pod has more than 500 containers, or more than 2000 divided by the number of its identities. The patch for them could exceed the size of an answer.',
  'service-key-missing':
    'The pod requests a service or a token, but no scope sets an annotation that it needs. The message names it.',
  'service-value-invalid':
    'The value does not match the pattern of the key, has control characters, or has more than 1024 characters.',
  'service-variable-taken':
    'Two identities of the pod set the same variable of its containers. cwii cannot know which one the program needs.',
  'service-file-missing':
    'The pod has the volumes and variables of a service, but neither the annotation that the kubelet projects nor one that requests the service.',
  'token-name-invalid':
    'A token needs a name of lower-case letters, digits and dashes. The names of clouds and services, and names that end in `-env`, `-expiration` or `-inject`, are not possible.',
  'token-variable-invalid': 'The value of `cwii.dev/token-<name>-env` is not a valid name of a variable.',
  'tokens-too-many':
    'The number of tokens is limited, because each one is a volume of the pod and a mount of each container.',
  'kiam-annotation':
    'The pod has the annotation `iam.amazonaws.com/role` of kiam or kube2iam, and no scope sets `cwii.dev/aws-role-arn`. The role also needs a trust policy for the issuer of the cluster.',
  'aws-target-role-invalid':
    'The target role is not the ARN of an IAM role in any partition. A role with a path includes the path. The pod does not get its first role instead, because its programs expect the target role.',
  'aws-target-role-foreign':
    'The target role is in another partition, such as `aws-cn`. A role can only assume roles of its own partition.',
  'aws-external-id-invalid':
    'STS would reject the external ID, and with it every request for the credentials of the target role.',
  'aws-external-id-unused': 'An external ID is sent only to assume a target role, and no scope sets one.',
  'aws-target-role-unused':
    'No scope sets `cwii.dev/aws-role-arn`. The role of a single container does not assume the target role.',
  'aws-target-role-bypassed':
    'The container has the variables of the first role, from its manifest or from an earlier admission without a target role. With these variables, some SDKs do not read the config file, so cwii does not add it.',
  'aws-session-name-late':
    'cwii writes the session name into the config file when the pod is created. The uid of a pod, and the name of a pod of a workload, are not known at that time, so the sessions have names that the SDK makes.',
  'aws-config-missing':
    'The pod has the volumes and variables of a target role, but neither the annotation that the kubelet projects nor one that requests the role.',
};
