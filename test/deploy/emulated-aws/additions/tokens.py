"""STS: the caller of GetWebIdentityToken, and the condition keys of its permission."""

import urllib.parse

from ministack.core import iam_actions, lambda_runtime
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

_request_keys = iam_actions.request_tag_context


def request_keys(service, iam_action, body, params):
    found = _request_keys(service, iam_action, body, params)
    if iam_action != "sts:GetWebIdentityToken":
        return found
    form = urllib.parse.parse_qs((body or b"").decode())
    audiences = [v for k, values in form.items() if k.startswith("Audience.member.") for v in values]
    keys = {"sts:IdentityTokenAudience": audiences or None,
            **{f"sts:{name}": form.get(name, [None])[0] for name in ("SigningAlgorithm", "DurationSeconds")}}
    return {**(found or {}), **{k: v for k, v in keys.items() if v is not None}}


iam_actions.request_tag_context = request_keys

_principal = sts._web_identity_principal


def web_identity_principal(token, provider_id, role_arn):
    """Kubernetes writes `aud` as a list of one, which AWS compares as a string."""
    principal, keys = _principal(token, provider_id, role_arn)
    return principal, {k: v[0] if isinstance(v, list) and len(v) == 1 else v for k, v in keys.items()}


sts._web_identity_principal = web_identity_principal
