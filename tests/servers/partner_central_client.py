"""Real boto3 against the loopback Partner Central, without its retries and its own checks of parameters."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.config import Config

from tests.servers.invitations import Raw, make_invitations
from tests.servers.partner_central import PartnerCentral

SESSION = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")


@contextmanager
def client_of(server: PartnerCentral | str, **settings: Any) -> Iterator[Any]:
    """A client of a running service, or of the one at a URL."""
    url = server if isinstance(server, str) else server.url
    config = Config(retries={"total_max_attempts": 1}, parameter_validation=False, **settings)
    service = SESSION.client("partnercentral-selling", endpoint_url=url, config=config)
    try:
        yield service
    finally:
        service.close()


def pending(number: int, payload_type: str, seed: int = 0) -> list[Raw]:
    """So many invitations of a payload type, all PENDING."""
    made = make_invitations(number * 8 + 20, seed)
    chosen = [raw | {"Status": "PENDING", "RejectionReason": None} for raw in made]
    return [raw for raw in chosen if raw["PayloadType"] == payload_type][:number]


def deals(number: int, seed: int = 0) -> list[Raw]:
    return pending(number, "OpportunityInvitation", seed)


def leads(number: int, seed: int = 0) -> list[Raw]:
    return pending(number, "LeadInvitation", seed)
