# The program in the container: asks SDKs for Python for credentials without options, and prints the results.
#
# The arguments are names of clouds and services.

import json
import logging
import sys


def aws():
    import boto3

    session = boto3.Session()
    found = session.get_credentials().get_frozen_credentials()
    return {"sessionToken": found.token, "region": session.region_name}


def gcp():
    import google.auth
    from google.auth.transport.requests import Request

    credentials, project = google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])
    credentials.refresh(Request())
    return {"token": credentials.token, "project": project}


def azure():
    from azure.identity import DefaultAzureCredential

    return {"token": DefaultAzureCredential().get_token("https://vault.azure.net/.default").token}


def databricks():
    from databricks.sdk.config import Config

    return {"authorization": Config().authenticate()["Authorization"]}


def huawei():
    from huaweicloudsdkcore.auth.provider import EnvCredentialProvider
    from huaweicloudsdkcore.exceptions.exception_handler import DefaultExceptionHandler
    from huaweicloudsdkcore.http.http_client import HttpClient
    from huaweicloudsdkcore.http.http_config import HttpConfig
    from huaweicloudsdkcore.http.http_handler import HttpHandler

    credentials = EnvCredentialProvider.get_basic_credential_env_provider().get_credentials()
    # As the client of a service does before its first request.
    handlers = (HttpHandler(), DefaultExceptionHandler(), logging.getLogger())
    credentials.process_sts(HttpClient(HttpConfig(), *handlers))
    return {"token": credentials.security_token, "project": credentials.project_id}


WAYS = {"aws": aws, "azure": azure, "databricks": databricks, "gcp": gcp, "huawei": huawei}


def ask(service):
    try:
        return {"credentials": WAYS[service]()}
    except Exception as error:
        return {"error": {"name": type(error).__name__, "message": str(error)}}


print(json.dumps({service: ask(service) for service in sys.argv[1:]}))
