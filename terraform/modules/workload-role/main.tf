# An IAM role for pods, which only the given ServiceAccounts can assume, as the construct WorkloadRole.

locals {
  host_and_path = trimprefix(var.issuer, "https://")
  subjects      = [for pod in var.pods : "system:serviceaccount:${pod.namespace}:${pod.service_account}"]
}

resource "aws_iam_role" "this" {
  name                 = var.name
  path                 = var.path
  description          = substr("Pods of ${join(", ", local.subjects)} at ${local.host_and_path}", 0, 1000)
  permissions_boundary = var.permissions_boundary_arn
  max_session_duration = var.max_session_seconds
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = var.provider_arn }
      Condition = {
        StringEquals = {
          "${local.host_and_path}:aud" = var.audience
          "${local.host_and_path}:sub" = local.subjects
        }
      }
    }]
  })
}
