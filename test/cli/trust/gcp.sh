#!/bin/sh
# Lets ServiceAccount shop/checkout of https://oidc.example.com/prod impersonate checkout@my-project.iam.gserviceaccount.com.
set -eu

if ! gcloud iam workload-identity-pools describe my-pool --project=123456789012 --location=global >/dev/null 2>&1; then
  gcloud iam workload-identity-pools create my-pool --project=123456789012 --location=global
fi
if ! gcloud iam workload-identity-pools providers describe my-cluster --project=123456789012 --location=global --workload-identity-pool=my-pool >/dev/null 2>&1; then
  gcloud iam workload-identity-pools providers create-oidc my-cluster --project=123456789012 --location=global --workload-identity-pool=my-pool \
    --issuer-uri=https://oidc.example.com/prod --attribute-mapping=google.subject=assertion.sub
fi

gcloud iam service-accounts add-iam-policy-binding checkout@my-project.iam.gserviceaccount.com \
  --project=my-project --role=roles/iam.workloadIdentityUser \
  --member=principal://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/my-pool/subject/system:serviceaccount:shop:checkout
