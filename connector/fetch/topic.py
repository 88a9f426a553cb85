"""An SNS topic, over boto3."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from connector.errors import RefusedError
from connector.insecure import warn_of_plain_http


def publish(
    topic_arn: str,
    subject: str,
    message: str,
    *,
    profile: str | None = None,
    region: str | None = None,
    endpoint_url: str | None = None,
) -> None:
    """Publish a message. Raises RefusedError when that did not work."""
    warn_of_plain_http("notify.sns.endpoint_url", endpoint_url or "")
    config = Config(connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 2, "mode": "standard"})
    try:
        session = boto3.session.Session(profile_name=profile, region_name=region)
        client: Any = session.client("sns", endpoint_url=endpoint_url, config=config)
        try:
            client.publish(TopicArn=topic_arn, Subject=subject, Message=message)
        finally:
            client.close()
    except (ClientError, BotoCoreError) as error:
        code = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
        failure = RefusedError(
            f"SNS did not take the message: {code}", service="sns", operation="Publish", code=code
        )
    else:
        return
    raise failure
