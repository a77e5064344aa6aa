"""S3: a missing object is a 403 for a caller that may not list the bucket; the condition key of the TLS version."""

from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.services import s3
from policies import access_key

_s3 = s3.handle_request


async def handle_s3(method, path, headers, *args, **more):
    answer = await _s3(method, path, headers, *args, **more)
    if answer[0] != 404 or method not in ("GET", "HEAD") or b"NoSuchKey" not in answer[2]:
        return answer
    principal = iam_evaluator.resolve_principal(access_key(headers), get_account_id())
    bucket = f"arn:aws:s3:::{path.strip('/').split('/')[0]}"
    context = iam_evaluator.EvalContext(
        principal_arn=getattr(principal, "arn", ""), principal_type="AssumedRole", principal_account=get_account_id(),
        action="s3:ListBucket", resource_arn=bucket, region=get_region())
    policies = getattr(principal, "policies", None)
    if policies is None or iam_evaluator.evaluate(context, policies).decision == "Allow":
        return answer
    message = f"User: {principal.arn} is not authorized to perform: s3:ListBucket on resource: {bucket}"
    xml = f"<Error><Code>AccessDenied</Code><Message>{message}</Message></Error>"
    return 403, {"Content-Type": "application/xml"}, xml.encode()


s3.handle_request = handle_s3

_keys = iam_actions.s3_service_context


def s3_keys(action, query, path="", headers=None):
    """Every connection to the emulator has TLS 1.3. A test names another version in a header."""
    return {**_keys(action, query, path, headers), "s3:TlsVersion": (headers or {}).get("x-tls-version", "1.3")}


iam_actions.s3_service_context = s3_keys
