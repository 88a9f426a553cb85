"""What SQS says no by is tried again where that may help, and explained where it does not."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from connector.errors import AccessDenied, NotFoundError, RefusedError, ServiceError, TransientError
from connector.fetch.queue import _translate


def said(code: str, status: int = 400) -> ClientError:
    response = {"Error": {"Code": code, "Message": ""}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "ReceiveMessage")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("RequestThrottled", 403, TransientError),
        ("KmsThrottled", 400, TransientError),
        ("OverLimit", 403, TransientError),
        ("Anything", 500, TransientError),
        ("AccessDeniedException", 400, AccessDenied),
        ("InvalidClientTokenId", 403, AccessDenied),
        ("AWS.SimpleQueueService.NonExistentQueue", 400, NotFoundError),
        ("ExpiredToken", 403, RefusedError),
    ],
)
def test_a_refusal_is_of_a_kind(code: str, status: int, kind: type[ServiceError]) -> None:
    assert type(_translate(said(code, status), "receive_message")) is kind


def test_a_queue_that_cannot_be_reached_may_be_so_later() -> None:
    error = EndpointConnectionError(endpoint_url="http://127.0.0.1:9")
    assert type(_translate(error, "receive_message")) is TransientError
