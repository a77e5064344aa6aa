# Outputs of the module.

output "arn" {
  description = "The ARN of the role, for `cwii.dev/aws-role-arn`."
  value       = aws_iam_role.this.arn
}

output "name" {
  description = "The name of the role, to attach policies to it."
  value       = aws_iam_role.this.name
}
