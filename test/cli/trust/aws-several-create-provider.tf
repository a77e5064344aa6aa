# Lets ServiceAccounts shop/checkout, shop/worker of https://oidc.example.com/prod assume arn:aws-cn:iam::123456789012:role/shop.
# An existing role: terraform import aws_iam_role.shop_checkout shop
resource "aws_iam_openid_connect_provider" "cluster" {
  url            = "https://oidc.example.com/prod"
  client_id_list = ["vault"]
}

data "aws_iam_policy_document" "shop_checkout_trust" {
  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [aws_iam_openid_connect_provider.cluster.arn]
    }

    condition {
      test     = "StringEquals"
      variable = "oidc.example.com/prod:aud"
      values   = ["vault"]
    }

    condition {
      test     = "StringEquals"
      variable = "oidc.example.com/prod:sub"
      values   = ["system:serviceaccount:shop:checkout", "system:serviceaccount:shop:worker"]
    }
  }
}

# In account 123456789012
resource "aws_iam_role" "shop_checkout" {
  name               = "shop"
  assume_role_policy = data.aws_iam_policy_document.shop_checkout_trust.json
}
