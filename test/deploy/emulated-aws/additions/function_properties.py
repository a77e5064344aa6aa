"""Lambda: the role of a function in a template, its VPC, which needs permissions of the role, and its concurrency."""

from ministack.core.responses import error_response_json
from ministack.services import iam, lambda_svc
from ministack.services.cloudformation import provisioners
from policies import resource_policy_allows, role_allows

ACTIONS = ("CreateNetworkInterface", "DescribeNetworkInterfaces", "DescribeSubnets", "DeleteNetworkInterface",
           "AssignPrivateIpAddresses", "UnassignPrivateIpAddresses")

_update_config = lambda_svc._update_config


def refusal(role, *networks):
    trust = (iam._roles.get(role.rsplit("/", 1)[-1]) or {}).get("AssumeRolePolicyDocument")
    if not resource_policy_allows(trust, "sts:AssumeRole", role, "lambda.amazonaws.com"):
        return "The role defined for the function cannot be assumed by Lambda."
    if any((network or {}).get("SubnetIds") for network in networks):
        for action in ACTIONS:
            if not role_allows(role, f"ec2:{action}", "*"):
                return f"The provided execution role does not have permissions to call {action} on EC2"


def apply(deployed, props):
    """MiniStack ignores these properties in templates."""
    name = deployed[0]
    _update_config(name, {"VpcConfig": props.get("VpcConfig") or {"SubnetIds": [], "SecurityGroupIds": []}})
    reserved = props.get("ReservedConcurrentExecutions")
    lambda_svc._functions[name]["concurrency"] = None if reserved is None else int(reserved)
    return deployed


_function = dict(provisioners._RESOURCE_HANDLERS["AWS::Lambda::Function"])


def function_create(logical_id, props, stack_name):
    if message := refusal(props["Role"], props.get("VpcConfig")):
        raise ValueError(message)
    return apply(_function["create"](logical_id, props, stack_name), props)


def function_update(physical_id, old, new, stack_name, logical_id=None):
    if message := refusal(new["Role"], old.get("VpcConfig"), new.get("VpcConfig")):
        raise ValueError(message)
    return apply(_function["update"](physical_id, old, new, stack_name, logical_id=logical_id), new)


provisioners._RESOURCE_HANDLERS["AWS::Lambda::Function"] = {
    **_function, "create": function_create, "update": function_update}


def update_config(name, data):
    config = (lambda_svc._functions.get(name) or {}).get("config") or {}
    if "VpcConfig" in data and (message := refusal(config.get("Role", ""), data["VpcConfig"])):
        return error_response_json("InvalidParameterValueException", message, 400)
    return _update_config(name, data)


lambda_svc._update_config = update_config
