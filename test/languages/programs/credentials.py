# The program in the container: asks an SDK for Python for credentials without options.
#
# The argument is the name of a cloud or a service. It prints the result as a line, and asks again for each line of
# standard input, with the same objects of the SDK.

import json
import logging
import sys


def aws():
    import boto3

    session = boto3.Session()
    credentials = session.get_credentials()

    def ask():
        found = credentials.get_frozen_credentials()
        return {"key": found.access_key, "sessionToken": found.token, "region": session.region_name}

    return ask


def gcp():
    import google.auth
    from google.auth.transport.requests import Request

    credentials, project = google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])

    def ask():
        # As every client of the SDK does before a request.
        credentials.before_request(Request(), "GET", "https://storage.googleapis.com/", {})
        return {"token": credentials.token, "project": project}

    return ask


def azure():
    from azure.identity import DefaultAzureCredential

    credential = DefaultAzureCredential()
    return lambda: {"token": credential.get_token("https://vault.azure.net/.default").token}


def databricks():
    from databricks.sdk.config import Config

    config = Config()
    return lambda: {"authorization": config.authenticate()["Authorization"]}


def huawei():
    from huaweicloudsdkcore.auth.provider import EnvCredentialProvider
    from huaweicloudsdkcore.exceptions.exception_handler import DefaultExceptionHandler
    from huaweicloudsdkcore.http.http_client import HttpClient
    from huaweicloudsdkcore.http.http_config import HttpConfig
    from huaweicloudsdkcore.http.http_handler import HttpHandler

    credentials = EnvCredentialProvider.get_basic_credential_env_provider().get_credentials()
    handlers = (HttpHandler(), DefaultExceptionHandler(), logging.getLogger())

    def ask():
        # As the client of a service does before its first request.
        credentials.process_sts(HttpClient(HttpConfig(), *handlers))
        return {"token": credentials.security_token, "project": credentials.project_id}

    return ask


WAYS = {"aws": aws, "azure": azure, "databricks": databricks, "gcp": gcp, "huawei": huawei}


def failed(error):
    return {"error": {"name": type(error).__name__, "message": str(error)}}


def attempt(ask):
    try:
        return {"credentials": ask()}
    except Exception as error:
        return failed(error)


try:
    ask = WAYS[sys.argv[1]]()
    print(json.dumps(attempt(ask)), flush=True)
    for _ in sys.stdin:
        print(json.dumps(attempt(ask)), flush=True)
except Exception as error:
    print(json.dumps(failed(error)))
