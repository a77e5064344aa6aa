# The function that copies the issuer's documents from the cluster to the bucket.

locals {
  audience = coalesce(var.web_identity_audience, "cwii:${var.cluster}")
  count    = local.published ? 1 : 0
}

resource "aws_cloudwatch_log_group" "publisher" {
  name              = "/cwii/${var.cluster}/issuer"
  retention_in_days = var.log_retention_days
}

resource "aws_iam_role" "publisher" {
  name        = "cwii-${var.cluster}-issuer"
  description = "cwii: publishes the issuer of cluster ${var.cluster}"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "publisher" {
  name = "publisher"
  role = aws_iam_role.publisher.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.publisher.arn}:*"
      },
      {
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
      },
      {
        Sid      = "ItsObjects"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:PutObject"]
        Resource = local.object_arns
      },
      {
        # Without it S3 answers 403 instead of 404 for a missing object.
        Sid      = "WhetherTheyExist"
        Effect   = "Allow"
        Action   = "s3:ListBucket"
        Resource = aws_s3_bucket.issuer.arn
      },
    ]
  })
}

resource "aws_lambda_function" "publisher" {
  count = local.count

  function_name    = "cwii-${var.cluster}-issuer"
  description      = "cwii: publishes the issuer of cluster ${var.cluster}"
  role             = aws_iam_role.publisher.arn
  filename         = var.zip
  source_code_hash = filebase64sha256(var.zip)
  handler          = "index.handler"
  runtime          = "nodejs24.x"
  architectures    = ["arm64"]
  memory_size      = 256
  timeout          = 60

  environment {
    variables = merge(
      {
        CWII_CLUSTER_NAME             = var.cluster
        CWII_KUBE_API_URL             = var.api_url
        CWII_KUBE_CREDENTIAL          = "web-identity:${local.audience}"
        CWII_WEB_IDENTITY_ALGORITHM   = "ES384"
        CWII_ISSUER_URL               = var.issuer
        CWII_ISSUER_BUCKET            = aws_s3_bucket.issuer.id
        CWII_ISSUER_KEY_GRACE_SECONDS = tostring(var.key_grace_seconds)
      },
      var.api_ca == null ? {} : { CWII_KUBE_CA = var.api_ca },
    )
  }

  logging_config {
    log_format            = "JSON"
    application_log_level = "INFO"
    system_log_level      = "INFO"
    log_group             = aws_cloudwatch_log_group.publisher.name
  }

  depends_on = [aws_iam_role_policy.publisher]
}

resource "aws_lambda_function_event_invoke_config" "publisher" {
  count = local.count

  function_name                = aws_lambda_function.publisher[0].function_name
  maximum_retry_attempts       = 2
  maximum_event_age_in_seconds = var.interval_minutes * 60
}

resource "aws_cloudwatch_event_rule" "publisher" {
  count = local.count

  name                = "cwii-${var.cluster}-issuer"
  description         = "cwii: publishes the issuer of cluster ${var.cluster}"
  schedule_expression = "rate(${var.interval_minutes} minutes)"
}

resource "aws_cloudwatch_event_target" "publisher" {
  count = local.count

  rule  = aws_cloudwatch_event_rule.publisher[0].name
  arn   = aws_lambda_function.publisher[0].arn
  input = "{}"
  retry_policy {
    maximum_retry_attempts       = 2
    maximum_event_age_in_seconds = var.interval_minutes * 60
  }
}

resource "aws_lambda_permission" "schedule" {
  count = local.count

  statement_id  = "Schedule"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.publisher[0].function_name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.publisher[0].arn
}

resource "aws_cloudwatch_metric_alarm" "not_published" {
  count = local.count

  alarm_name          = "cwii-${var.cluster}-NotPublished"
  alarm_description   = "The keys of cluster ${var.cluster} could not be copied to the issuer three times in a row. Check the issuer function's log."
  namespace           = "cwii"
  metric_name         = "Published"
  dimensions          = { service = "issuer", cluster = var.cluster }
  statistic           = "Sum"
  period              = var.interval_minutes * 60
  evaluation_periods  = 3
  datapoints_to_alarm = 3
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  treat_missing_data  = "breaching"
  alarm_actions       = var.alarm_actions
  ok_actions          = var.alarm_actions
}
