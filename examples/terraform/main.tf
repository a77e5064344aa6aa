# The webhook of one cluster for Terraform, with the same code, permissions and alias as the construct ClusterWebhook.

terraform {
  required_version = ">= 1.6"
  required_providers {
    aws = {
      source = "hashicorp/aws"
      # invoked_via_function_url
      version = ">= 6.29.0"
    }
  }
}

variable "zip" {
  type        = string
  description = "dist/webhook.zip of cwii: `npm run build` in a checkout, or node_modules/cwii/dist/webhook.zip."
}

variable "cluster" {
  type        = string
  description = "The cluster's name, in logs and metrics."
}

variable "api_url" {
  type        = string
  description = "The API server as the function reaches it: https://HOST[:PORT]."
}

variable "api_ca" {
  type        = string
  description = "The API server's certificate authorities, in PEM."
}

variable "caller_token_sha256" {
  type        = string
  description = "SHA-256 of the caller token in hex (`cwii caller-token`). During a rotation two, with a comma."
}

variable "webhook_timeout_seconds" {
  type    = number
  default = 5
  validation {
    condition     = var.webhook_timeout_seconds >= 2 && var.webhook_timeout_seconds <= 30
    error_message = "Kubernetes accepts at most 30 seconds, and the function needs one second less."
  }
}

locals {
  name     = "cwii-${var.cluster}"
  audience = "cwii:${var.cluster}"
}

resource "aws_cloudwatch_log_group" "webhook" {
  name              = "/cwii/${var.cluster}/webhook"
  retention_in_days = 30
}

resource "aws_iam_role" "webhook" {
  name = "${local.name}-webhook"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "webhook" {
  name = "webhook"
  role = aws_iam_role.webhook.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.webhook.arn}:*"
      },
      {
        Sid    = "TokenForThisClusterOnly"
        Effect = "Allow"
        Action = "sts:GetWebIdentityToken"
        # STS has no resource for this action; the conditions limit it.
        Resource = "*"
        Condition = {
          "ForAllValues:StringEquals" = { "sts:IdentityTokenAudience" = [local.audience] }
          Null                        = { "sts:IdentityTokenAudience" = "false" }
          NumericLessThanEquals       = { "sts:DurationSeconds" = "900" }
          StringEquals                = { "sts:SigningAlgorithm" = "ES384" }
        }
      },
    ]
  })
}

resource "aws_lambda_function" "webhook" {
  function_name    = "${local.name}-webhook"
  description      = "cwii: admission webhook of cluster ${var.cluster}"
  role             = aws_iam_role.webhook.arn
  filename         = var.zip
  source_code_hash = filebase64sha256(var.zip)
  handler          = "index.handler"
  runtime          = "nodejs24.x"
  architectures    = ["arm64"]
  memory_size      = 512
  # A second shorter than the webhook's timeout, because the API server ignores later answers.
  timeout = var.webhook_timeout_seconds - 1
  # Set it to -1 if the account's limit is too low to reserve any.
  reserved_concurrent_executions = 50
  # Each change publishes a version, and the alias below moves to it.
  publish = true

  environment {
    variables = {
      CWII_CLUSTER_NAME        = var.cluster
      CWII_KUBE_API_URL        = var.api_url
      CWII_KUBE_CA             = var.api_ca
      CWII_KUBE_CREDENTIAL     = "web-identity:${local.audience}"
      CWII_CALLER_TOKEN_SHA256 = var.caller_token_sha256
      # Further settings: docs/configuration.md. The limit for all of them is 4 KB as JSON.
    }
  }

  logging_config {
    log_format            = "JSON"
    application_log_level = "INFO"
    system_log_level      = "INFO"
    log_group             = aws_cloudwatch_log_group.webhook.name
  }

  depends_on = [aws_iam_role_policy.webhook]
}

# To roll back: aws lambda update-alias --function-name NAME --name live --function-version N
resource "aws_lambda_alias" "live" {
  name             = "live"
  function_name    = aws_lambda_function.webhook.function_name
  function_version = aws_lambda_function.webhook.version
}

# The URL is public, because an API server cannot sign requests for AWS. The function checks the caller token.
resource "aws_lambda_function_url" "webhook" {
  function_name      = aws_lambda_function.webhook.function_name
  qualifier          = aws_lambda_alias.live.name
  authorization_type = "NONE"
}

# Both permissions are needed, on the alias.
resource "aws_lambda_permission" "url" {
  statement_id           = "PublicUrl"
  action                 = "lambda:InvokeFunctionUrl"
  function_name          = aws_lambda_function.webhook.function_name
  qualifier              = aws_lambda_alias.live.name
  principal              = "*"
  function_url_auth_type = "NONE"
}

resource "aws_lambda_permission" "by_url" {
  statement_id             = "InvokedByUrlOnly"
  action                   = "lambda:InvokeFunction"
  function_name            = aws_lambda_function.webhook.function_name
  qualifier                = aws_lambda_alias.live.name
  principal                = "*"
  invoked_via_function_url = true
}

output "WebhookUrl" {
  value = aws_lambda_function_url.webhook.function_url
}

output "WebhookFunctionArn" {
  value = aws_lambda_function.webhook.arn
}

output "WebhookRoleArn" {
  value = aws_iam_role.webhook.arn
}
