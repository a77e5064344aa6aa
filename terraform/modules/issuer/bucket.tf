# The private bucket of the issuer's documents.

locals {
  published     = var.issuer != null
  host_and_path = trimprefix(coalesce(var.issuer, "https://unknown"), "https://")
  host          = split("/", local.host_and_path)[0]
  prefix        = trimprefix(trimprefix(local.host_and_path, local.host), "/")
  folder        = local.prefix == "" ? "" : "${local.prefix}/"
  public_arns = [
    "${aws_s3_bucket.issuer.arn}/${local.folder}.well-known/openid-configuration",
    "${aws_s3_bucket.issuer.arn}/${local.folder}openid/v1/jwks",
  ]
  # The function's state is not served.
  object_arns = concat(local.public_arns, ["${aws_s3_bucket.issuer.arn}/state/${var.cluster}.json"])
}

resource "aws_s3_bucket" "issuer" {
  bucket_prefix = substr("cwii-${var.cluster}-issuer-", 0, 37)
  lifecycle {
    # Pods of every cloud depend on the documents.
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_public_access_block" "issuer" {
  bucket                  = aws_s3_bucket.issuer.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "issuer" {
  bucket = aws_s3_bucket.issuer.id
  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

# The function's state has the dropped keys; versions make it possible to restore it.
resource "aws_s3_bucket_versioning" "issuer" {
  bucket = aws_s3_bucket.issuer.id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "issuer" {
  bucket = aws_s3_bucket.issuer.id
  rule {
    id     = "old-versions"
    status = "Enabled"
    filter {}
    noncurrent_version_expiration {
      noncurrent_days = 90
    }
  }
  depends_on = [aws_s3_bucket_versioning.issuer]
}

locals {
  everything = [aws_s3_bucket.issuer.arn, "${aws_s3_bucket.issuer.arn}/*"]

  bucket_statements = [
    {
      Effect    = "Deny"
      Action    = "s3:*"
      Principal = { AWS = "*" }
      Resource  = local.everything
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    },
    {
      Effect    = "Deny"
      Action    = "s3:*"
      Principal = { AWS = "*" }
      Resource  = local.everything
      Condition = { NumericLessThan = { "s3:TlsVersion" = 1.2 } }
    },
  ]

  # The function's state in the same bucket stays private.
  reading_statements = [{
    Sid       = "CloudFrontReadsTheDocuments"
    Effect    = "Allow"
    Action    = "s3:GetObject"
    Principal = { Service = "cloudfront.amazonaws.com" }
    Resource  = local.public_arns
    Condition = { StringEquals = { "AWS:SourceArn" = aws_cloudfront_distribution.issuer.arn } }
  }]
}

resource "aws_s3_bucket_policy" "issuer" {
  bucket = aws_s3_bucket.issuer.id
  policy = jsonencode({
    Version = "2012-10-17"
    # The statements differ in their attributes, so the lists are joined as text.
    Statement = jsondecode(
      local.published
      ? jsonencode([local.bucket_statements[0], local.bucket_statements[1], local.reading_statements[0]])
      : jsonencode([local.bucket_statements[0], local.bucket_statements[1]])
    )
  })
  depends_on = [aws_s3_bucket_public_access_block.issuer]
}
