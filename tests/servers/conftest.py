"""A loopback Salesforce and a client of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.servers.salesforce import Salesforce
from tests.servers.salesforce_client import client_of


@pytest.fixture
def org() -> Iterator[Salesforce]:
    with Salesforce() as running:
        yield running


@pytest.fixture
def sf(org: Salesforce) -> Iterator[Any]:
    with client_of(org) as client:
        yield client
