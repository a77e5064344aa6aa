"""Translates a SAM template as AWS would, so that cfn-lint sees the resources that it becomes: translate-sam.py IN OUT."""

import json
import os
import sys

# boto3 asks for one; nothing is called.
os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")

from cfnlint.decode import cfn_yaml  # noqa: E402
from samtranslator.translator.transform import transform  # noqa: E402


class NoManagedPolicies:
    """The template names no managed policy."""

    def load(self):
        return {}


source, target = sys.argv[1:]
template = json.loads(json.dumps(cfn_yaml.load(source)))
for resource in template["Resources"].values():
    # `sam package` uploads the zip and writes where it is.
    if resource["Type"] == "AWS::Serverless::Function":
        resource["Properties"]["CodeUri"] = {"Bucket": "artifacts", "Key": "webhook.zip"}
with open(target, "w") as file:
    json.dump(transform(template, {}, NoManagedPolicies()), file, indent=1)
