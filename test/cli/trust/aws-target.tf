# Lets ServiceAccount shop/checkout of https://oidc.example.com/prod assume arn:aws:iam::123456789012:role/team/shop-checkout.
# An existing role: terraform import aws_iam_role.shop_checkout shop-checkout
data "aws_iam_openid_connect_provider" "cluster" {
  url = "https://oidc.example.com/prod"
}

data "aws_iam_policy_document" "shop_checkout_trust" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [data.aws_iam_openid_connect_provider.cluster.arn]
    }

    condition {
      test     = "StringEquals"
      variable = "oidc.example.com/prod:aud"
      values   = ["sts.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "oidc.example.com/prod:sub"
      values   = ["system:serviceaccount:shop:checkout"]
    }
  }
}

# In account 123456789012
resource "aws_iam_role" "shop_checkout" {
  name               = "shop-checkout"
  path               = "/team/"
  assume_role_policy = data.aws_iam_policy_document.shop_checkout_trust.json
}

data "aws_iam_policy_document" "shop_checkout_assume" {
  statement {
    actions   = ["sts:AssumeRole"]
    resources = ["arn:aws:iam::210987654321:role/shared-data"]
  }
}

resource "aws_iam_role_policy" "shop_checkout_assume" {
  name   = "cwii-assume-target-role"
  role   = aws_iam_role.shop_checkout.name
  policy = data.aws_iam_policy_document.shop_checkout_assume.json
}

# For the trust policy of arn:aws:iam::210987654321:role/shared-data: source_policy_documents has what it trusts already.
data "aws_iam_policy_document" "shop_checkout_target_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::123456789012:role/team/shop-checkout"]
    }

    condition {
      test     = "StringEquals"
      variable = "sts:ExternalId"
      values   = ["my-cluster"]
    }
  }
}
