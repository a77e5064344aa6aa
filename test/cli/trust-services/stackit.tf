variable "project_id" {
  type        = string
  description = "The project of the service account."
}

resource "stackit_service_account_federated_identity_provider" "shop_checkout" {
  project_id            = var.project_id
  service_account_email = "web-1a2b3c4d@sa.stackit.cloud"
  name                  = "shop-checkout"
  issuer                = "https://oidc.example.com/prod"
  assertions = [
    { item = "aud", operator = "equals", value = "sts.accounts.stackit.cloud" },
    { item = "sub", operator = "equals", value = "system:serviceaccount:shop:checkout" },
  ]
}

resource "stackit_service_account_federated_identity_provider" "shop_a_b" {
  project_id            = var.project_id
  service_account_email = "web-1a2b3c4d@sa.stackit.cloud"
  name                  = "shop-a-b"
  issuer                = "https://oidc.example.com/prod"
  assertions = [
    { item = "aud", operator = "equals", value = "sts.accounts.stackit.cloud" },
    { item = "sub", operator = "equals", value = "system:serviceaccount:shop:a.b" },
  ]
}
