"""Evaluates policies that MiniStack stores and does not evaluate."""

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region


def resource_policy_allows(policy, action, resource, service=None, principal="", source_ip=None, **keys):
    """Whether the policy lets an AWS service, or with no service everybody, perform the action."""
    context = iam_evaluator.EvalContext(
        principal_arn=principal, principal_type="Service", principal_account="", action=action,
        resource_arn=resource, region=get_region(), service_context={k.lower(): v for k, v in keys.items()})
    context.source_ip = source_ip or context.source_ip
    return iam_evaluator.evaluate_resource_policy(policy, context, service).decision == "Allow"


def role_allows(role, action, resource, **keys):
    """Whether the policies of the role with this ARN let it perform the action."""
    account = get_account_id()
    context = iam_evaluator.EvalContext(
        principal_arn=role, principal_type="AssumedRole", principal_account=account, action=action,
        resource_arn=resource, region=get_region(), service_context={k.lower(): v for k, v in keys.items()})
    policies = iam_evaluator._gather_role_policies(role.rsplit("/", 1)[-1], account)
    return iam_evaluator.evaluate(context, policies).decision == "Allow"


def access_key(headers):
    """The access key with which a request is signed."""
    return headers.get("authorization", "").partition("Credential=")[2].partition("/")[0]
