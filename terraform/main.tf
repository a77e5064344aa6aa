# The webhook of one cluster, with the same code, permissions and alias as the construct ClusterWebhook.

resource "aws_cloudwatch_log_group" "webhook" {
  name              = "/cwii/${var.cluster}/webhook"
  retention_in_days = var.log_retention_days
}

resource "aws_lambda_function" "webhook" {
  function_name    = "cwii-${var.cluster}-webhook"
  description      = "cwii: admission webhook of cluster ${var.cluster}"
  role             = aws_iam_role.webhook.arn
  filename         = var.zip
  source_code_hash = filebase64sha256(var.zip)
  handler          = "index.handler"
  runtime          = "nodejs24.x"
  architectures    = ["arm64"]
  memory_size      = var.memory_mib
  # A second shorter than the webhook's timeout, because the API server ignores later answers.
  timeout                        = var.webhook_timeout_seconds - 1
  reserved_concurrent_executions = var.reserved_concurrency
  # Each change publishes a version, and the alias below moves to it.
  publish = true

  environment {
    variables = merge(
      var.settings,
      {
        CWII_CLUSTER_NAME        = var.cluster
        CWII_KUBE_API_URL        = var.api_url
        CWII_KUBE_CREDENTIAL     = local.kube_credential
        CWII_CALLER_TOKEN_SHA256 = join(",", var.caller_token_sha256)
      },
      var.api_ca == null ? {} : { CWII_KUBE_CA = var.api_ca },
      local.uses_web_identity ? { CWII_WEB_IDENTITY_ALGORITHM = "ES384" } : {},
    )
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
