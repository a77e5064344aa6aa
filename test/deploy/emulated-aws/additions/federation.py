"""IAM: outbound web identity federation."""

import uuid

from ministack.services import iam

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
