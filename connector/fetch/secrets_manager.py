"""Secrets of AWS Secrets Manager, over boto3, by the default credentials of wherever the connector runs."""

from __future__ import annotations

from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from connector.errors import ConfigurationError


def get_secret(identifier: str, setting: str) -> str:
    """The current value of the secret with a name or ARN, as text. Raises ConfigurationError, naming the
    ``setting`` that refers to it, when it cannot be had."""
    try:
        answer = _client().get_secret_value(SecretId=identifier)
    except (ClientError, BotoCoreError) as error:
        code = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
        failure = ConfigurationError(
            f"{setting}: the secret {identifier} cannot be read: {code}",
            hint="check its name and region, and the permission secretsmanager:GetSecretValue",
        )
    else:
        text = answer.get("SecretString")
        if isinstance(text, str):
            return text
        failure = ConfigurationError(f"{setting}: the secret {identifier} is not text")
    raise failure


@cache
def _client() -> Any:
    config = Config(
        connect_timeout=10, read_timeout=20, retries={"total_max_attempts": 3, "mode": "standard"}
    )
    return boto3.client("secretsmanager", config=config)
