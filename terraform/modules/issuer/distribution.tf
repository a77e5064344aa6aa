# The distribution that serves the documents.

resource "aws_cloudfront_origin_access_control" "issuer" {
  name                              = aws_s3_bucket.issuer.id
  origin_access_control_origin_type = "s3"
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}

# Short times: verifiers must see a new key within minutes, and a dropped key must disappear as soon.
resource "aws_cloudfront_cache_policy" "issuer" {
  name        = aws_s3_bucket.issuer.id
  comment     = "cwii: a dropped key disappears within a minute"
  min_ttl     = 0
  default_ttl = 60
  max_ttl     = 60
  parameters_in_cache_key_and_forwarded_to_origin {
    enable_accept_encoding_gzip   = true
    enable_accept_encoding_brotli = true
    cookies_config {
      cookie_behavior = "none"
    }
    headers_config {
      header_behavior = "none"
    }
    query_strings_config {
      query_string_behavior = "none"
    }
  }
}

data "aws_cloudfront_response_headers_policy" "security" {
  name = "Managed-SecurityHeadersPolicy"
}

resource "aws_cloudfront_distribution" "issuer" {
  enabled         = true
  is_ipv6_enabled = true
  comment         = "cwii: discovery document and keys of a cluster"
  http_version    = "http2and3"
  aliases         = var.certificate_arn == null ? [] : [local.host]

  origin {
    origin_id                = "bucket"
    domain_name              = aws_s3_bucket.issuer.bucket_regional_domain_name
    origin_access_control_id = aws_cloudfront_origin_access_control.issuer.id
  }

  default_cache_behavior {
    target_origin_id = "bucket"
    allowed_methods  = ["GET", "HEAD"]
    cached_methods   = ["GET", "HEAD"]
    # No redirect: an issuer has an https URL, and a verifier that uses http should get an error.
    viewer_protocol_policy     = "https-only"
    cache_policy_id            = aws_cloudfront_cache_policy.issuer.id
    response_headers_policy_id = data.aws_cloudfront_response_headers_policy.security.id
    compress                   = true
  }

  # A document may be published a moment after it was requested.
  custom_error_response {
    error_code            = 403
    error_caching_min_ttl = 10
  }

  custom_error_response {
    error_code            = 404
    error_caching_min_ttl = 10
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  viewer_certificate {
    cloudfront_default_certificate = var.certificate_arn == null
    acm_certificate_arn            = var.certificate_arn
    ssl_support_method             = var.certificate_arn == null ? null : "sni-only"
    minimum_protocol_version       = var.certificate_arn == null ? "TLSv1" : "TLSv1.2_2021"
  }

  lifecycle {
    # CloudFront never assigns the same name again, and pods depend on it.
    prevent_destroy = true
  }
}
