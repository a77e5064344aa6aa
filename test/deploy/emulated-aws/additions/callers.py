"""The function whose code sent a request: a condition key, and the caller of GetWebIdentityToken."""

from ministack.core import iam_evaluator, lambda_runtime
from ministack.services import lambda_svc, sts
from policies import access_key

_functions_by_key = {}
_execution_credentials = lambda_runtime.execution_credentials


def execution_credentials(config):
    credentials = _execution_credentials(config)
    _functions_by_key[credentials["AWS_ACCESS_KEY_ID"]] = (config["FunctionArn"], config["Role"])
    return credentials


lambda_runtime.execution_credentials = lambda_svc.execution_credentials = execution_credentials

_sts = sts.handle_request


async def handle_sts(method, path, headers, body, query_params):
    """The front signs the token that the API server can verify; it needs to know who asks."""
    status, answered, text = await _sts(method, path, headers, body, query_params)
    if access_key(headers) in _functions_by_key:
        function, role = _functions_by_key[access_key(headers)]
        answered = {**answered, "x-caller-function": function, "x-caller-role": role}
    return status, answered, text


sts.handle_request = handle_sts

_enforce = iam_evaluator.enforce


def enforce(key, *args, service_context=None, **more):
    """Only requests by the code of a function have lambda:SourceFunctionArn."""
    if key in _functions_by_key:
        service_context = {**(service_context or {}), "lambda:SourceFunctionArn": _functions_by_key[key][0]}
    return _enforce(key, *args, service_context=service_context, **more)


iam_evaluator.enforce = enforce
