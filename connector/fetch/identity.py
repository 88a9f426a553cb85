"""Who we are to AWS, and what time it is there."""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import requests
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from urllib3.exceptions import HTTPError

from connector.errors import AccessDenied, TransientError
from connector.fetch.aws_errors import configuration
from connector.fetch.client import ClientSettings, boto_session

SERVICE = "sts"


def caller(settings: ClientSettings, timeout: float) -> str:
    """The ARN of whose credentials these are, by STS GetCallerIdentity, which needs no permission
    (https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html). Raises AccessDenied
    where AWS does not know them, TransientError where it cannot be asked."""
    try:
        boto: Any = boto_session(settings)
        limits: Any = {
            "connect_timeout": timeout,
            "read_timeout": timeout,
            "retries": {"total_max_attempts": 1},
        }
        verify = settings.ca_bundle or settings.verify_ssl
        client = boto.client(SERVICE, config=Config(**limits), verify=verify)
        return str(client.get_caller_identity()["Arn"])
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code"))
        raise AccessDenied(
            f"AWS does not accept these credentials ({code})",
            service=SERVICE,
            operation="GetCallerIdentity",
            code=code,
            hint="sign in again (aws sso login), or name another source.profile",
        ) from None
    except (BotoCoreError, HTTPError) as error:
        raise _unasked(error, settings) from None


def _unasked(error: Exception, settings: ClientSettings) -> Exception:
    if isinstance(error, HTTPClientError) or not isinstance(error, BotoCoreError):
        message = "STS cannot be asked who we are"
        return TransientError(
            message, service=SERVICE, operation="GetCallerIdentity", hint="check the network"
        )
    return configuration(error, settings.profile)


def time_at(url: str, settings: ClientSettings, directory: Path, timeout: float) -> datetime | None:
    """The time (aware UTC) by the Date header of whatever answers at ``url``; None where nothing does."""
    verify: bool | str = str(directory / settings.ca_bundle) if settings.ca_bundle else settings.verify_ssl
    try:
        answer = requests.head(url, timeout=timeout, verify=verify, allow_redirects=False)
        return parsedate_to_datetime(answer.headers["Date"])
    except (requests.RequestException, KeyError, ValueError, TypeError):
        return None
