"""The permissions of EventBridge for functions, and of CloudWatch for topics."""

import threading

from ministack.core.responses import get_account_id
from ministack.services import cloudwatch, eventbridge, lambda_svc, sns
from policies import resource_policy_allows

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
        keys = {"aws:SourceArn": alarm["AlarmArn"], "aws:SourceAccount": get_account_id()}
        if resource_policy_allows(policy and policy[0], "sns:Publish", topic, "cloudwatch.amazonaws.com", **keys):
            return True
        print("CloudWatch may not publish for", alarm["AlarmArn"], flush=True)
    _notify({**alarm, **{k: list(filter(may_publish, alarm.get(k) or [])) for k in ("AlarmActions", "OKActions")}}, *args)


cloudwatch._dispatch_alarm_actions = notify
