# The alarms about calls that fail, cannot read the cluster, or are throttled.

locals {
  published = { service = "webhook", cluster = var.cluster }
  of_lambda = { FunctionName = aws_lambda_function.webhook.function_name }
  alarms = {
    Errors       = { namespace = "cwii", dimensions = local.published, threshold = 0 }
    ReadFailures = { namespace = "cwii", dimensions = local.published, threshold = 0 }
    Denials      = { namespace = "cwii", dimensions = local.published, threshold = 20 }
    Refused      = { namespace = "cwii", dimensions = local.published, threshold = 20 }
    Url5xxCount  = { namespace = "AWS/Lambda", dimensions = local.of_lambda, threshold = 0 }
    Throttles    = { namespace = "AWS/Lambda", dimensions = local.of_lambda, threshold = 0 }
  }
}

resource "aws_cloudwatch_metric_alarm" "webhook" {
  for_each = local.alarms

  alarm_name          = "cwii-${var.cluster}-${each.key}"
  alarm_description   = "cwii: ${each.key} of the webhook of cluster ${var.cluster}. Check the function's log for the cause."
  namespace           = each.value.namespace
  metric_name         = each.key
  dimensions          = each.value.dimensions
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 3
  datapoints_to_alarm = 2
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.threshold
  treat_missing_data  = "notBreaching"
  alarm_actions       = var.alarm_actions
  ok_actions          = var.alarm_actions
}
