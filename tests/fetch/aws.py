"""What tests of this source share: an AWS environment of their own, a source on the loopback service."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from connector.fetch.partner_central import ClientSettings, PartnerCentral
from connector.retry import RetryPolicy
from tests.servers.partner_central import PartnerCentral as Service

# Made up; AWS's documentation uses keys of this form.
KEY = "AKIAIOSFODNN7EXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


def environment(home: Path) -> dict[str, str]:
    """AWS settings that reach neither this machine's credentials nor the network."""
    return {
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_CONFIG_FILE": str(home / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(home / "credentials"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1",
    }


def no_sleep(_seconds: float) -> None:
    """For faults that the loopback service mends at once."""


@contextmanager
def source(
    service: Service | str,
    *,
    policy: RetryPolicy = RetryPolicy(attempts=20),  # noqa: B008
    reads_per_second: float | None = None,
    writes_per_second: float | None = None,
    budget: Callable[[str], None] = lambda _kind: None,
    concurrency: int = 4,
    sleep: Callable[[float], object] | None = no_sleep,
    clock: Callable[[], float] = time.monotonic,
    **settings: Any,
) -> Iterator[PartnerCentral]:
    url = service if isinstance(service, str) else service.url
    opened = PartnerCentral(
        ClientSettings(**{"catalog": "Sandbox", "endpoint_url": url, **settings}),
        policy=policy,
        reads_per_second=reads_per_second,
        writes_per_second=writes_per_second,
        budget=budget,
        concurrency=concurrency,
        sleep=sleep,
        clock=clock,
    )
    try:
        yield opened
    finally:
        opened.close()


def held(raw: Any) -> Any:
    """``raw`` without its nulls: the loopback service, as the real one, has a null for each member that its
    model knows and the invitation lacks, so a newer model has more of them than what was recorded once."""
    if isinstance(raw, dict):
        return {name: held(value) for name, value in raw.items() if value is not None}
    return [held(value) for value in raw] if isinstance(raw, list) else raw
