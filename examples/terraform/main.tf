# A root module with the webhook of one cluster, its issuer, and the role of a workload.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.29.0"
    }
  }
}

variable "api_ca" {
  type        = string
  description = "The API server's certificate authorities, in PEM."
}

variable "caller_token_sha256" {
  type        = list(string)
  description = "Digests from `cwii caller-token`."
}

variable "issuer" {
  type        = string
  default     = null
  description = "https://DISTRIBUTION/prod. Leave it out in the first apply, which prints the distribution's name."
}

locals {
  cluster = "prod"
  api_url = "https://api.prod.example.com:6443"
}

module "webhook" {
  source = "../../terraform"

  zip                 = "../../dist/webhook.zip"
  cluster             = local.cluster
  api_url             = local.api_url
  api_ca              = var.api_ca
  caller_token_sha256 = var.caller_token_sha256
  # Once in an account.
  enable_outbound_web_identity_federation = true
}

module "issuer" {
  source = "../../terraform/modules/issuer"

  zip     = "../../dist/issuer.zip"
  cluster = local.cluster
  api_url = local.api_url
  api_ca  = var.api_ca
  issuer  = var.issuer
}

module "checkout" {
  source = "../../terraform/modules/workload-role"
  count  = var.issuer == null ? 0 : 1

  name         = "checkout"
  path         = "/shop/"
  issuer       = var.issuer
  provider_arn = module.issuer.provider_arn
  pods         = [{ namespace = "shop", service_account = "checkout" }]
}

output "WebhookUrl" {
  value = module.webhook.webhook_url
}

output "WebhookFunctionArn" {
  value = module.webhook.webhook_function_arn
}

output "WebhookRoleArn" {
  value = module.webhook.webhook_role_arn
}

output "IssuerDistributionDomain" {
  value = module.issuer.distribution_domain
}
