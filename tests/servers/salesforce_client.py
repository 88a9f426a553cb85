"""The real simple-salesforce at the loopback org, for the org's own tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
import requests
from simple_salesforce.api import Salesforce as Client
from simple_salesforce.exceptions import SalesforceError

from tests.servers.salesforce import Salesforce

DATA = "/services/data/v62.0"
KEY = "AWS_Invitation_Id__c"


@contextmanager
def session_of(org: Salesforce) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False  # REQUESTS_CA_BUNDLE would beat the session's own
        session.verify = str(org.ca_bundle)
        yield session


@contextmanager
def client_of(org: Salesforce) -> Iterator[Any]:
    with session_of(org) as session:
        token = org.access_token()
        yield Client(
            session_id=token, instance_url=org.url, session=session, version="62.0", parse_float=Decimal
        )


def lead(number: int = 1, **fields: Any) -> dict[str, Any]:
    name = {"LastName": f"Smith {number}", "Company": "Acme", KEY: f"engi-{number}"}
    return {"attributes": {"type": "Lead"}, **name, **fields}


def upsert(
    sf: Any, *records: dict[str, Any], all_or_none: bool = False, headers: Mapping[str, str] | None = None
) -> Any:
    body = {"allOrNone": all_or_none, "records": records}
    path = f"composite/sobjects/{records[0]['attributes']['type']}/{KEY}"
    return sf.restful(path, method="PATCH", json=body, headers={**sf.headers, **(headers or {})})


def error(result: dict[str, Any]) -> dict[str, Any]:
    assert result["success"] is False
    assert "id" not in result
    found: dict[str, Any] = result["errors"][0]
    return found


def refused(call: Callable[[], Any]) -> tuple[int, str, str]:
    """Status, errorCode and message of a refusal."""
    with pytest.raises(SalesforceError) as caught:
        call()
    answer: Any = caught.value
    content = answer.content[0]
    return answer.status, content["errorCode"], content["message"]


def names(sf: Any, where: str, sobject: str = "Lead") -> list[str]:
    found = sf.query(f"SELECT Name FROM {sobject} WHERE {where} ORDER BY Name")
    return [record["Name"] for record in found["records"]]
