"""STS: the condition keys of GetWebIdentityToken and AssumeRoleWithWebIdentity."""

import urllib.parse

from ministack.core import iam_actions
from ministack.services import sts

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
