# Lets ServiceAccounts shop/checkout, shop/worker of https://kubernetes.default.svc.cluster.local impersonate checkout@my-project.iam.gserviceaccount.com.
# Google cannot fetch the keys of a private issuer. Upload them again when the signing key changes.
# kubectl get --raw /openid/v1/jwks > cluster-jwks.json
resource "google_iam_workload_identity_pool" "cluster" {
  project                   = "123456789012"
  workload_identity_pool_id = "my-pool"
}

resource "google_iam_workload_identity_pool_provider" "cluster" {
  project                            = "123456789012"
  workload_identity_pool_id          = google_iam_workload_identity_pool.cluster.workload_identity_pool_id
  workload_identity_pool_provider_id = "my-cluster"
  attribute_mapping                  = { "google.subject" = "assertion.sub" }

  oidc {
    issuer_uri        = "https://kubernetes.default.svc.cluster.local"
    allowed_audiences = ["sts.googleapis.com"]
    jwks_json         = file("cluster-jwks.json")
  }
}

resource "google_service_account_iam_member" "shop_checkout" {
  service_account_id = "projects/my-project/serviceAccounts/checkout@my-project.iam.gserviceaccount.com"
  role               = "roles/iam.workloadIdentityUser"
  member             = "principal://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/my-pool/subject/system:serviceaccount:shop:checkout"
}

resource "google_service_account_iam_member" "shop_worker" {
  service_account_id = "projects/my-project/serviceAccounts/checkout@my-project.iam.gserviceaccount.com"
  role               = "roles/iam.workloadIdentityUser"
  member             = "principal://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/my-pool/subject/system:serviceaccount:shop:worker"
}
