#!/bin/sh
# Lets ServiceAccount shop/checkout of https://kubernetes.default.svc.cluster.local authenticate to //iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/my-pool/providers/my-cluster.
set -eu

if ! gcloud iam workload-identity-pools describe my-pool --project=123456789012 --location=global >/dev/null 2>&1; then
  gcloud iam workload-identity-pools create my-pool --project=123456789012 --location=global
fi
if ! gcloud iam workload-identity-pools providers describe my-cluster --project=123456789012 --location=global --workload-identity-pool=my-pool >/dev/null 2>&1; then
  # Google cannot fetch the keys of a private issuer. Upload them again when the signing key changes.
  kubectl get --raw /openid/v1/jwks > cluster-jwks.json
  gcloud iam workload-identity-pools providers create-oidc my-cluster --project=123456789012 --location=global --workload-identity-pool=my-pool \
    --issuer-uri=https://kubernetes.default.svc.cluster.local --attribute-mapping=google.subject=assertion.sub --allowed-audiences=sts.googleapis.com --jwk-json-path=cluster-jwks.json
fi

# Grant the principal a role on each resource, such as:
# gcloud storage buckets add-iam-policy-binding gs://BUCKET --role=roles/storage.objectViewer --member=principal://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/my-pool/subject/system:serviceaccount:shop:checkout
