# Lets ServiceAccounts shop/checkout, shop/a.b of https://oidc.example.com/prod use the identity with the client ID 11111111-2222-3333-4444-555555555555.
data "azuread_application" "workload" {
  client_id = "11111111-2222-3333-4444-555555555555"
}

resource "azuread_application_federated_identity_credential" "shop_checkout" {
  application_id = data.azuread_application.workload.id
  display_name   = "oidc_example_com_shop_checkout"
  audiences      = ["api://AzureADTokenExchange"]
  issuer         = "https://oidc.example.com/prod"
  subject        = "system:serviceaccount:shop:checkout"
}

resource "azuread_application_federated_identity_credential" "shop_a_b" {
  application_id = data.azuread_application.workload.id
  display_name   = "oidc_example_com_shop_a_b"
  audiences      = ["api://AzureADTokenExchange"]
  issuer         = "https://oidc.example.com/prod"
  subject        = "system:serviceaccount:shop:a.b"
}
