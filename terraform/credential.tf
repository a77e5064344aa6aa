# How the function authenticates to the cluster: environment variable and permission.

locals {
  uses_web_identity = var.credential.secret_arn == null && var.credential.eks_cluster_id == null
  audience          = coalesce(var.credential.web_identity_audience, "cwii:${var.cluster}")

  kube_credential = (
    var.credential.secret_arn != null ? "secret:${var.credential.secret_arn}" :
    var.credential.eks_cluster_id != null ? "eks:${var.credential.eks_cluster_id}" :
    "web-identity:${local.audience}"
  )

  web_identity_statements = [{
    Sid    = "TokenForThisClusterOnly"
    Effect = "Allow"
    Action = "sts:GetWebIdentityToken"
    # STS has no resource for this action; the conditions limit it.
    Resource = "*"
    Condition = {
      # ForAllValues also matches a request without the key, which Null excludes.
      "ForAllValues:StringEquals" = { "sts:IdentityTokenAudience" = [local.audience] }
      "Null"                      = { "sts:IdentityTokenAudience" = "false" }
      "NumericLessThanEquals"     = { "sts:DurationSeconds" = "900" }
      "StringEquals"              = { "sts:SigningAlgorithm" = "ES384" }
    }
  }]

  secret_statements = [{
    Sid      = "ReadTheToken"
    Effect   = "Allow"
    Action   = "secretsmanager:GetSecretValue"
    Resource = var.credential.secret_arn
  }]

  log_statements = [{
    Effect   = "Allow"
    Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    Resource = "${aws_cloudwatch_log_group.webhook.arn}:*"
  }]
}

resource "aws_iam_outbound_web_identity_federation" "this" {
  count = var.enable_outbound_web_identity_federation ? 1 : 0

  lifecycle {
    # Its removal disables the federation in the whole account: every cluster would refuse its function.
    prevent_destroy = true
  }
}
