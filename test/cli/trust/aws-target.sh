#!/bin/sh
# Lets ServiceAccount shop/checkout of https://oidc.example.com/prod assume arn:aws:iam::123456789012:role/team/shop-checkout.
# It replaces the trust policy of the role; name all ServiceAccounts that share the role in one command.
set -eu

account=$(aws sts get-caller-identity --query Account --output text)
if [ "$account" != 123456789012 ]; then
  echo "these are credentials of account $account; the role is in account 123456789012" >&2
  exit 1
fi

provider=arn:aws:iam::123456789012:oidc-provider/oidc.example.com/prod
if ! clients=$(aws iam get-open-id-connect-provider --open-id-connect-provider-arn "$provider" \
  --query ClientIDList --output text 2>/dev/null); then
  aws iam create-open-id-connect-provider --url https://oidc.example.com/prod --client-id-list sts.amazonaws.com
elif ! printf '%s' "$clients" | tr '\t' '\n' | grep -Fqx -e sts.amazonaws.com; then
  aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn "$provider" \
    --client-id sts.amazonaws.com
fi

policy='{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Principal": {
        "Federated": "arn:aws:iam::123456789012:oidc-provider/oidc.example.com/prod"
      },
      "Action": "sts:AssumeRoleWithWebIdentity",
      "Condition": {
        "StringEquals": {
          "oidc.example.com/prod:aud": "sts.amazonaws.com",
          "oidc.example.com/prod:sub": "system:serviceaccount:shop:checkout"
        }
      }
    }
  ]
}'
if aws iam get-role --role-name shop-checkout >/dev/null 2>&1; then
  aws iam update-assume-role-policy --role-name shop-checkout --policy-document "$policy"
else
  aws iam create-role --role-name shop-checkout --path /team/ --assume-role-policy-document "$policy"
fi

# The permission to assume arn:aws:iam::210987654321:role/shared-data.
aws iam put-role-policy --role-name shop-checkout --policy-name cwii-assume-target-role \
  --policy-document '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:aws:iam::210987654321:role/shared-data"}]}'

echo 'Add this statement to the trust policy of arn:aws:iam::210987654321:role/shared-data:'
printf '%s\n' '{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Principal": {
        "AWS": "arn:aws:iam::123456789012:role/team/shop-checkout"
      },
      "Action": "sts:AssumeRole",
      "Condition": {
        "StringEquals": {
          "sts:ExternalId": "my-cluster"
        }
      }
    }
  ]
}'
