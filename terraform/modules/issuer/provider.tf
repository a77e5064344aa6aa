# The IAM identity provider that lets roles trust the issuer.

resource "aws_iam_openid_connect_provider" "issuer" {
  count = local.count

  url             = var.issuer
  client_id_list  = var.audiences
  thumbprint_list = length(var.thumbprints) > 0 ? var.thumbprints : null

  depends_on = [aws_cloudfront_distribution.issuer, aws_s3_bucket_policy.issuer]
}
