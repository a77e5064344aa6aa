"""Starts MiniStack with the parts of AWS that cwii's templates need and MiniStack 1.5.33 lacks.

test/deploy/README.md lists what is changed here, and what is still different from AWS.
"""

import signal
import threading
import urllib.parse
import uuid

from ministack import app
from ministack.core import iam_actions, iam_evaluator, lambda_runtime
from ministack.core.responses import get_account_id, get_region
from ministack.services import cloudwatch, eventbridge, iam, lambda_svc, s3, secretsmanager, sns, sts
from ministack.services.cloudformation import provisioners


# --- IAM: resource policies that MiniStack stores and does not evaluate -----------------------------------------------
def resource_policy_allows(policy, action, resource, service=None, principal="", **keys):
    """Whether the policy lets an AWS service, or with no service everybody, perform the action."""
    context = iam_evaluator.EvalContext(
        principal_arn=principal, principal_type="Service", principal_account="", action=action,
        resource_arn=resource, region=get_region(), service_context={k.lower(): v for k, v in keys.items()})
    return iam_evaluator.evaluate_resource_policy(policy, context, service).decision == "Allow"


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

# --- S3: a missing object is a 403 for a caller that may not list the bucket -----------------------------------------
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


def access_key(headers):
    return headers.get("authorization", "").partition("Credential=")[2].partition("/")[0]


s3.handle_request = handle_s3

# --- EventBridge and CloudWatch: permissions of functions and topics -------------------------------------------------
_invoke = eventbridge._dispatch_to_lambda
_invoke_target = eventbridge._invoke_target
_rule = threading.local()


def invoke_target(target, event, rule, view=None):
    _rule.arn = rule.get("Arn", "")
    return _invoke_target(target, event, rule, view)


def invoke(arn, payload):
    """EventBridge needs a permission of the function."""
    func, _, _ = lambda_svc._get_func_record_for_ref(arn)
    if resource_policy_allows((func or {}).get("policy"), "lambda:InvokeFunction", arn, "events.amazonaws.com",
                              **{"aws:SourceArn": _rule.arn, "aws:SourceAccount": get_account_id()}):
        _invoke(arn, payload)
    else:
        print("EventBridge may not invoke", arn, flush=True)


eventbridge._dispatch_to_lambda = invoke
eventbridge._invoke_target = invoke_target

_notify = cloudwatch._dispatch_alarm_actions


def notify(alarm, *args):
    """CloudWatch needs a permission of the topic."""
    def may_publish(topic):
        policy = sns.topic_policy_for_arn(topic)
        return resource_policy_allows(policy and policy[0], "sns:Publish", topic, "cloudwatch.amazonaws.com",
                                      **{"aws:SourceArn": alarm["AlarmArn"], "aws:SourceAccount": get_account_id()})
    _notify({**alarm, **{k: list(filter(may_publish, alarm.get(k) or [])) for k in ("AlarmActions", "OKActions")}}, *args)


cloudwatch._dispatch_alarm_actions = notify

# --- Lambda: writes a function's log only if its role may ------------------------------------------------------------
_emit_logs = lambda_svc._emit_lambda_logs


def emit_logs(func, *args, **more):
    config = func.get("config") or func
    role = config["Role"].rsplit("/", 1)[-1]
    policies = iam_evaluator._gather_role_policies(role, get_account_id())
    group = (config.get("LoggingConfig") or {}).get("LogGroup", "")
    stream = f"arn:aws:logs:{get_region()}:{get_account_id()}:log-group:{group}:log-stream:any"
    for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
        context = iam_evaluator.EvalContext(
            principal_arn=config["Role"], principal_type="AssumedRole", principal_account=get_account_id(),
            action=action, resource_arn=stream, region=get_region())
        if iam_evaluator.evaluate(context, policies).decision != "Allow":
            return
    _emit_logs(func, *args, **more)


lambda_svc._emit_lambda_logs = emit_logs

# --- STS: the caller of GetWebIdentityToken, and the condition keys of its permission ---------------------------------
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

# --- IAM: outbound web identity federation ---------------------------------------------------------------------------
STS_ISSUER = "https://11111111-2222-3333-4444-555555555555.tokens.sts.global.api.aws"
_federation = {"enabled": False}


def iam_answer(action, content):
    xml = f'<{action}Response xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><{action}Result>{content}</{action}Result>' \
          f"<ResponseMetadata><RequestId>{uuid.uuid4()}</RequestId></ResponseMetadata></{action}Response>"
    return 200, {"Content-Type": "text/xml"}, xml.encode()


def enable_federation(params):
    if _federation["enabled"]:
        return iam._error(409, "FeatureEnabled", "The feature is already enabled for this account.", ns="iam")
    _federation["enabled"] = True
    return iam_answer("EnableOutboundWebIdentityFederation", f"<IssuerIdentifier>{STS_ISSUER}</IssuerIdentifier>")


def federation_info(params):
    if not _federation["enabled"]:
        return iam._error(404, "FeatureDisabled", "The feature is not enabled for this account.", ns="iam")
    return iam_answer("GetOutboundWebIdentityFederationInfo",
                      f"<IssuerIdentifier>{STS_ISSUER}</IssuerIdentifier><JwtVendingEnabled>true</JwtVendingEnabled>")


iam._IAM_HANDLERS["EnableOutboundWebIdentityFederation"] = enable_federation
iam._IAM_HANDLERS["GetOutboundWebIdentityFederationInfo"] = federation_info


# --- CloudFormation: identity providers, names of roles, alarms with metric math, references to secrets --------------
def provider_create(logical_id, props, stack_name):
    url = props["Url"]
    arn = f"arn:aws:iam::{get_account_id()}:oidc-provider/{url.split('://', 1)[-1]}"
    if arn in iam._oidc_providers:
        raise ValueError(f"Provider with url {url} already exists.")
    iam._oidc_providers[arn] = {
        "Url": url, "ClientIDList": list(props.get("ClientIdList") or []), "Arn": arn, "Tags": [],
        "ThumbprintList": list(props.get("ThumbprintList") or []), "CreateDate": iam._now()}
    return arn, {"Arn": arn}


def provider_update(physical_id, old, new, stack_name, logical_id=None):
    if old.get("Url") != new.get("Url"):
        arn, attributes = provider_create(logical_id, new, stack_name)
        provider_delete(physical_id, old)
        return arn, attributes
    iam._oidc_providers[physical_id].update(
        ClientIDList=list(new.get("ClientIdList") or []), ThumbprintList=list(new.get("ThumbprintList") or []))
    return physical_id, {"Arn": physical_id}


def provider_delete(physical_id, props):
    iam._oidc_providers.pop(physical_id, None)


HANDLERS = provisioners._RESOURCE_HANDLERS
HANDLERS["AWS::IAM::OIDCProvider"] = {"create": provider_create, "update": provider_update, "delete": provider_delete}

_role = dict(HANDLERS["AWS::IAM::Role"])


def role_create(logical_id, props, stack_name):
    name = props.get("RoleName")
    if name and name in iam._roles:
        raise ValueError(f"Resource of type 'AWS::IAM::Role' with identifier '{name}' already exists.")
    return _role["create"](logical_id, props, stack_name)


HANDLERS["AWS::IAM::Role"] = {**_role, "create": role_create}

_alarm_record = provisioners._cw_metric_alarm_record


def alarm_record(name, props):
    """Keeps an alarm with metric math without evaluating it."""
    if props.get("Metrics"):
        props = {**{k: v for k, v in props.items() if k != "Metrics"}, "MetricName": "math", "Namespace": "math"}
    return _alarm_record(name, props)


provisioners._cw_metric_alarm_record = alarm_record

_secret = dict(HANDLERS["AWS::SecretsManager::Secret"])


def secret_name(arn):
    return next((name for name, one in secretsmanager._secrets.items() if one["ARN"] == arn), arn)


def secret_create(logical_id, props, stack_name):
    _, attributes = _secret["create"](logical_id, props, stack_name)
    return attributes["Arn"], attributes


def secret_update(physical_id, old, new, stack_name, logical_id=None):
    _, attributes = _secret["update"](secret_name(physical_id), old, new, stack_name, logical_id=logical_id)
    return attributes["Arn"], attributes


HANDLERS["AWS::SecretsManager::Secret"] = {
    **_secret, "create": secret_create, "update": secret_update,
    "delete": lambda physical_id, props: _secret["delete"](secret_name(physical_id), props)}


# --- The test's controls ---------------------------------------------------------------------------------------------
def run_schedules(*_):
    """SIGUSR1: every schedule is due now."""
    def run():
        for (account, region, name), _ in list(eventbridge._rules.all_items()):
            eventbridge._rule_last_fired[(account, region, name)] = 0
        eventbridge._tick_scheduled_rules()
    threading.Thread(target=run, daemon=True).start()


signal.signal(signal.SIGUSR1, run_schedules)


def end_instances(*_):
    """SIGUSR2: every function's next invocation is a cold start."""
    def run():
        lambda_runtime.reset()
        print("all instances ended", flush=True)
    threading.Thread(target=run, daemon=True).start()


signal.signal(signal.SIGUSR2, end_instances)

# It would also listen on port 443 if that is free.
app._port_is_bindable = lambda *_: False

if __name__ == "__main__":
    app.main()
