"""CloudFormation: identity providers, names of roles, alarms with metric math, references to secrets."""

from ministack.core.responses import get_account_id
from ministack.services import cloudfront, iam, route53, secretsmanager
from ministack.services.cloudformation import provisioners


def answers(host):
    """IAM connects to the issuer's host to fetch its certificate."""
    names = {distribution["DomainName"] for distribution in cloudfront._distributions.values()}
    return host in names or any(record["Name"] == f"{host}." for records in route53._records.values() for record in records)


def provider_create(logical_id, props, stack_name):
    url = props["Url"]
    arn = f"arn:aws:iam::{get_account_id()}:oidc-provider/{url.split('://', 1)[-1]}"
    if arn in iam._oidc_providers:
        raise ValueError(f"Provider with url {url} already exists.")
    if not props.get("ThumbprintList") and not answers(url.split("/")[2]):
        raise ValueError(f"Please make sure the OpenID Connect provider {url} is reachable (OpenIdIdpCommunicationError)")
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
