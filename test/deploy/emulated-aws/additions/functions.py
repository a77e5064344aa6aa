"""The permissions for calling a function's URL and for writing its log, and full resource policies."""

from ministack.core.responses import get_account_id, get_region
from ministack.services import lambda_svc
from ministack.services.cloudformation import provisioners
from policies import resource_policy_allows, role_allows

# The proxy of the API server connects from 127.0.0.2, everybody else from 127.0.0.1.
PUBLIC_ADDRESSES = {"127.0.0.2": "203.0.113.10"}
STRANGER = "198.51.100.1"

FORBIDDEN = 403, {"Content-Type": "application/json"}, b'{"Message":"Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"}'
_serve_url = lambda_svc.handle_function_url_request


async def serve_url(url_id, *args, resolved=None, **more):
    """A URL with AuthType NONE needs two permissions on its qualifier."""
    resolved = resolved or lambda_svc.resolve_function_url(url_id)
    if resolved and resolved[4].get("AuthType") == "NONE":
        account, region, name, qualifier, _ = resolved
        arn = ":".join(["arn:aws:lambda", region, account, "function", name, *([qualifier] if qualifier else [])])
        policy = (lambda_svc._functions.get_scoped(account, region, name) or {}).get("policy")
        address = PUBLIC_ADDRESSES.get(more.get("source_ip") or lambda_svc.get_request_client_ip(), STRANGER)
        anybody = {"principal": "arn:aws:iam::999999999999:user/anybody", "source_ip": address}
        if not (resource_policy_allows(policy, "lambda:InvokeFunctionUrl", arn, **anybody,
                                       **{"lambda:FunctionUrlAuthType": "NONE"})
                and resource_policy_allows(policy, "lambda:InvokeFunction", arn, **anybody,
                                           **{"lambda:InvokedViaFunctionUrl": "true"})):
            return FORBIDDEN
    return await _serve_url(url_id, *args, resolved=resolved, **more)


lambda_svc.handle_function_url_request = serve_url

_emit_logs = lambda_svc._emit_lambda_logs


def emit_logs(func, *args, **more):
    """A function's log has what its role may write."""
    config = func.get("config") or func
    group = (config.get("LoggingConfig") or {}).get("LogGroup", "")
    stream = f"arn:aws:logs:{get_region()}:{get_account_id()}:log-group:{group}:log-stream:any"
    if all(role_allows(config["Role"], action, stream) for action in ("logs:CreateLogStream", "logs:PutLogEvents")):
        _emit_logs(func, *args, **more)


lambda_svc._emit_lambda_logs = emit_logs


def put_policy(arn, statements):
    """The statements of one function, version or alias. MiniStack keeps those of all of them together."""
    func, _, _ = lambda_svc._get_base_func_record_for_ref(arn)
    others = [one for one in func["policy"]["Statement"] if one.get("Resource") != arn]
    func["policy"]["Statement"] = others + statements


def policy_create(logical_id, props, stack_name):
    """PutResourcePolicy replaces all statements, also those of AWS::Lambda::Permission."""
    put_policy(props["ResourceArn"], props["PolicyDocument"]["Statement"])
    return props["ResourceArn"], {}


def policy_update(physical_id, old, new, stack_name, logical_id=None):
    if old["ResourceArn"] != new["ResourceArn"]:
        put_policy(old["ResourceArn"], [])
    return policy_create(logical_id, new, stack_name)


provisioners._RESOURCE_HANDLERS["AWS::Lambda::ResourcePolicy"] = {
    "create": policy_create, "update": policy_update, "delete": lambda physical_id, props: put_policy(physical_id, [])}
