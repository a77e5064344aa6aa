# The role of the function.

resource "aws_iam_role" "webhook" {
  name                 = "cwii-${var.cluster}-webhook"
  description          = "cwii: admission webhook of cluster ${var.cluster}"
  permissions_boundary = var.permissions_boundary_arn
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
    Statement = flatten([
      local.log_statements,
      [for statement in local.web_identity_statements : statement if local.uses_web_identity],
      [for statement in local.secret_statements : statement if var.credential.secret_arn != null],
    ])
  })
}
