#!/bin/sh
# Lets ServiceAccount shop/checkout of https://oidc.example.com/prod use the identity with the client ID 11111111-2222-3333-4444-555555555555.
# Sign in to its tenant first: az login
set -eu

identity=$(az identity list --query "[?clientId=='11111111-2222-3333-4444-555555555555'].id | [0]" --output tsv)
if [ -n "$identity" ]; then
  group=$(az identity show --ids "$identity" --query resourceGroup --output tsv)
  az identity federated-credential create --name oidc_example_com_shop_checkout \
    --identity-name "${identity##*/}" --resource-group "$group" \
    --issuer https://oidc.example.com/prod --subject system:serviceaccount:shop:checkout --audiences api://AzureADTokenExchange
else
  # It is not a managed identity of this subscription, so it is an app registration.
  az ad app federated-credential create --id 11111111-2222-3333-4444-555555555555 \
    --parameters '{"name":"oidc_example_com_shop_checkout","issuer":"https://oidc.example.com/prod","subject":"system:serviceaccount:shop:checkout","audiences":["api://AzureADTokenExchange"]}'
fi
