# Lets ServiceAccount shop/checkout of https://oidc.example.com/prod impersonate checkout@my-project.iam.gserviceaccount.com.
resource "google_service_account_iam_member" "shop_checkout" {
  service_account_id = "projects/my-project/serviceAccounts/checkout@my-project.iam.gserviceaccount.com"
  role               = "roles/iam.workloadIdentityUser"
  member             = "principal://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/my-pool/subject/system:serviceaccount:shop:checkout"
}
