# For the provider databricks/databricks at the level of the account.
variable "service_principal_id" {
  type        = number
  description = "The ID of the service principal, not its application ID."
}

resource "databricks_service_principal_federation_policy" "shop_checkout" {
  service_principal_id = var.service_principal_id
  oidc_policy = {
    issuer    = "https://oidc.example.com/prod"
    audiences = ["66666666-7777-8888-9999-000000000000"]
    subject   = "system:serviceaccount:shop:checkout"
  }
}

resource "databricks_service_principal_federation_policy" "shop_a_b" {
  service_principal_id = var.service_principal_id
  oidc_policy = {
    issuer    = "https://oidc.example.com/prod"
    audiences = ["66666666-7777-8888-9999-000000000000"]
    subject   = "system:serviceaccount:shop:a.b"
  }
}
