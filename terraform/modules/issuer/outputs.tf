# Outputs of the module.

output "distribution_domain" {
  description = "CloudFront's own name of the distribution: the host of the issuer, or the target of its DNS records."
  value       = aws_cloudfront_distribution.issuer.domain_name
}

output "provider_arn" {
  description = "The ARN of the identity provider. Null until `issuer` is set."
  value       = one(aws_iam_openid_connect_provider.issuer[*].arn)
}

output "publisher_role_arn" {
  description = "The ARN of the issuer function's role, for the cluster's RBAC."
  value       = aws_iam_role.publisher.arn
}

output "bucket" {
  description = "The name of the bucket with the documents."
  value       = aws_s3_bucket.issuer.id
}
