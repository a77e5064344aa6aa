"""The permissions for calling a function's URL and for writing its log."""

from ministack.core.responses import get_account_id, get_region
from ministack.services import lambda_svc
from policies import resource_policy_allows, role_allows

FORBIDDEN = 403, {"Content-Type": "application/json"}, b'{"Message":"Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"}'
_serve_url = lambda_svc.handle_function_url_request


async def serve_url(url_id, *args, resolved=None, **more):
    """A URL with AuthType NONE needs two permissions on its qualifier."""
    resolved = resolved or lambda_svc.resolve_function_url(url_id)
    if resolved and resolved[4].get("AuthType") == "NONE":
        account, region, name, qualifier, _ = resolved
        arn = ":".join(["arn:aws:lambda", region, account, "function", name, *([qualifier] if qualifier else [])])
        policy = (lambda_svc._functions.get_scoped(account, region, name) or {}).get("policy")
        anybody = {"principal": "arn:aws:iam::999999999999:user/anybody"}
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
