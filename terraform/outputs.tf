# Outputs of the module.

output "webhook_url" {
  description = "The URL that the API server calls, with a trailing slash."
  value       = aws_lambda_function_url.webhook.function_url
}

output "webhook_function_arn" {
  description = "The ARN of the function."
  value       = aws_lambda_function.webhook.arn
}

output "webhook_role_arn" {
  description = "The ARN of the function's role, which is its identity in the cluster with web identity and EKS."
  value       = aws_iam_role.webhook.arn
}

output "log_group_name" {
  description = "The name of the function's log group."
  value       = aws_cloudwatch_log_group.webhook.name
}
