# The program in the container: asks SDKs for Python for credentials without options, and prints the results.
#
# The arguments are names of services.

import json
import logging
import sys


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


def ask(service):
    try:
        return {"credentials": {"databricks": databricks, "huawei": huawei}[service]()}
    except Exception as error:
        return {"error": {"name": type(error).__name__, "message": str(error)}}


print(json.dumps({service: ask(service) for service in sys.argv[1:]}))
