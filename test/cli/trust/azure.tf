# Lets ServiceAccount shop/checkout of https://oidc.example.com/prod use the identity with the client ID 11111111-2222-3333-4444-555555555555.
# For the provider hashicorp/azurerm 5. For an app registration: cwii trust --application
variable "identity_name" {
  type        = string
  description = "The name of the user-assigned managed identity."
}

variable "identity_resource_group" {
  type        = string
  description = "The resource group of the managed identity."
}

data "azurerm_user_assigned_identity" "workload" {
  name                = var.identity_name
  resource_group_name = var.identity_resource_group
}

resource "azurerm_federated_identity_credential" "shop_checkout" {
  name                      = "oidc_example_com_shop_checkout"
  user_assigned_identity_id = data.azurerm_user_assigned_identity.workload.id
  audience                  = ["api://AzureADTokenExchange"]
  issuer                    = "https://oidc.example.com/prod"
  subject                   = "system:serviceaccount:shop:checkout"
}
