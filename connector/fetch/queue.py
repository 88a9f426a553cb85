"""Messages of an SQS queue, over boto3."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from connector.errors import (
    AccessDenied,
    ConfigurationError,
    NotFoundError,
    RefusedError,
    ServiceError,
    TransientError,
)
from connector.events import Message
from connector.insecure import warn_of_plain_http

SERVICE = "sqs"
TOGETHER = 10  # messages that one call takes or gives
_PASSING = {"InternalError", "InternalFailure", "OverLimit", "ServiceUnavailable"}  # and what is throttled


class Queue:
    """A queue by its url; ConfigurationError when there can be no client for it. Every method is one attempt
    and raises TransientError, AccessDenied, NotFoundError or RefusedError."""

    def __init__(
        self,
        url: str,
        *,
        profile: str | None = None,
        region: str | None = None,
        endpoint_url: str | None = None,
        wait_seconds: int = 20,
    ) -> None:
        self.url = url
        # Long polling: an answer may take as long as it waits.
        config = Config(
            connect_timeout=10,
            read_timeout=wait_seconds + 15,
            retries={"total_max_attempts": 1, "mode": "standard"},
        )
        warn_of_plain_http("events.endpoint_url", endpoint_url or "")
        warn_of_plain_http("events.queue_url", url)
        try:
            session = boto3.session.Session(profile_name=profile, region_name=region)
            self._client: Any = session.client("sqs", endpoint_url=endpoint_url, config=config)
        except (BotoCoreError, ValueError) as error:
            message = f"boto3 does not accept the settings of the queue ({type(error).__name__})"
            hint = "check events.profile, events.region and events.endpoint_url, and ~/.aws/config"
            raise ConfigurationError(message, hint=hint) from None

    def close(self) -> None:
        self._client.close()

    def receive(self, wait_seconds: int, visibility_seconds: int) -> list[Message]:
        """Up to ten messages, hidden from others for ``visibility_seconds``; none when none came within
        ``wait_seconds``."""
        answer = self._call(
            "receive_message",
            MaxNumberOfMessages=TOGETHER,
            WaitTimeSeconds=wait_seconds,
            VisibilityTimeout=visibility_seconds,
            AttributeNames=["ApproximateReceiveCount"],
        )
        return [_message(raw) for raw in answer.get("Messages") or ()]

    def extend(self, messages: Sequence[Message], visibility_seconds: int) -> None:
        """Keep ``messages`` hidden for ``visibility_seconds`` from now."""
        for part in _parts(messages):
            entries = [
                {"Id": str(n), "ReceiptHandle": m.receipt, "VisibilityTimeout": visibility_seconds}
                for n, m in enumerate(part)
            ]
            self._call("change_message_visibility_batch", Entries=entries)

    def delete(self, messages: Sequence[Message]) -> list[Message]:
        """Delete ``messages``; those that could not be, which come again."""
        left = []
        for part in _parts(messages):
            entries = [{"Id": str(n), "ReceiptHandle": m.receipt} for n, m in enumerate(part)]
            answer = self._call("delete_message_batch", Entries=entries)
            left += [part[int(failed["Id"])] for failed in answer.get("Failed") or ()]
        return left

    def _call(self, method: str, **parameters: Any) -> Any:
        try:
            return getattr(self._client, method)(QueueUrl=self.url, **parameters)
        except (ClientError, BotoCoreError) as error:
            failure = _translate(error, method)
        raise failure


def _message(raw: Any) -> Message:
    received = (raw.get("Attributes") or {}).get("ApproximateReceiveCount") or "1"
    return Message(raw["MessageId"], raw.get("Body") or "", raw["ReceiptHandle"], int(received))


def _parts(messages: Iterable[Message]) -> Iterator[list[Message]]:
    iterator = iter(messages)
    while part := list(islice(iterator, TOGETHER)):
        yield part


def _translate(error: ClientError | BotoCoreError, operation: str) -> ServiceError:
    code = error.response["Error"].get("Code", "") if isinstance(error, ClientError) else type(error).__name__
    status = (
        error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if isinstance(error, ClientError)
        else 0
    )
    message = f"SQS did not do {operation}: {code}"
    if code.endswith(("NonExistentQueue", "QueueDoesNotExist")):
        hint = "check events.queue_url"
        return NotFoundError(message, service=SERVICE, operation=operation, code=code, hint=hint)
    if "AccessDenied" in code or "InvalidClientTokenId" in code or "NoCredentials" in code:
        hint = (
            "the credentials need sqs:ReceiveMessage, DeleteMessage and ChangeMessageVisibility on the queue"
        )
        return AccessDenied(message, service=SERVICE, operation=operation, code=code, hint=hint)
    passing = code in _PASSING or "Throttl" in code or status >= 500 or not isinstance(error, ClientError)
    kind: type[ServiceError] = TransientError if passing else RefusedError
    return kind(message, service=SERVICE, operation=operation, code=code)
