"""The loopback Salesforce misbehaves as it is told."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from simple_salesforce.exceptions import SalesforceError

from tests.servers.salesforce import SALESFORCE_TRANSIENT, Faults, Salesforce
from tests.servers.salesforce_client import (
    KEY,
    client_of,
    error,
    lead,
    refused,
    upsert,
)


class TestBudget:
    def test_the_daily_calls(self) -> None:
        with Salesforce(daily_calls=2) as org, client_of(org) as sf:
            for _ in range(2):
                upsert(sf, lead())
            assert sf.api_usage["api-usage"].used == 2
            status, code, message = refused(lambda: upsert(sf, lead()))
            assert (status, code, message) == (403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
            org.used = 0
            assert sf.restful("limits")["DailyApiRequests"]["Max"] == 2


class TestFaults:
    def test_scripted(self, org: Salesforce, sf: Any) -> None:
        org.script("collections.upsert", "reset_before", "reset_after", None)
        for _ in range(2):
            with pytest.raises(requests.exceptions.ConnectionError):
                upsert(sf, lead(len(org.records("Lead")) + 1))
        assert len(org.records("Lead")) == 1
        assert upsert(sf, lead(1))[0]["created"] is False
        assert [status for _, _, status in org.log] == [0, 0, 200]

    @pytest.mark.parametrize(
        ("kind", "status", "start", "applied"),
        [
            ("503_html", 503, b"<html>", False),
            ("429", 429, b"<html>", False),
            ("html_200", 200, b"<html>", False),
            ("empty_200", 200, b"", True),
            ("cut_json", 200, b"[", True),
            ("concurrent", 403, b'[{"message":"Concurrent', False),
            ("session_expired", 401, b'[{"message":"Session expired or invalid"', False),
            ("unknown_exception", 500, b'[{"message":"An unexpected', False),
            ("unavailable", 503, b"[", False),
            ("401_html", 401, b"<html>", False),
        ],
    )
    def test_answers(
        self, org: Salesforce, sf: Any, kind: str, status: int, start: bytes, applied: bool
    ) -> None:
        org.script("collections.upsert", kind)
        url = f"{sf.base_url}composite/sobjects/Lead/{KEY}"
        answer = sf.session.patch(url, json={"records": [lead()]}, headers=sf.headers)
        assert answer.status_code == status
        assert answer.content.startswith(start)
        assert bool(org.records("Lead")) is applied
        assert "Sforce-Limit-Info" in answer.headers
        if kind == "session_expired":
            assert refused(lambda: sf.restful("limits"))[1] == "INVALID_SESSION_ID"
        if kind == "cut_json":
            with pytest.raises(requests.exceptions.JSONDecodeError):
                answer.json()

    def test_a_time_out_comes_after_the_write(self) -> None:
        with Salesforce(slow=0.5) as org, client_of(org) as sf:
            org.script("sobject.create", "timeout")
            url = f"{sf.base_url}sobjects/Account"
            with pytest.raises(requests.exceptions.ReadTimeout):
                sf.session.post(url, json={"Name": "x"}, headers=sf.headers, timeout=0.1)
            assert len(org.records("Account")) == 1

    def test_some_records_locked(self, org: Salesforce, sf: Any) -> None:
        org.script("collections.upsert", "locked")
        results = upsert(sf, *(lead(n) for n in range(20)))
        codes = {error(result)["statusCode"] for result in results if not result["success"]}
        assert codes == {"UNABLE_TO_LOCK_ROW"}
        assert 0 < len(org.records("Lead")) < 20

    def test_random_ones_leave_no_duplicates(self) -> None:
        with Salesforce(slow=0.05, faults=Faults(0.5, seed=3)) as org, client_of(org) as sf:
            for number in range(60):
                while True:
                    try:
                        if upsert(sf, lead(number))[0]["success"]:
                            break
                    except (requests.exceptions.RequestException, ValueError):
                        continue
                    except SalesforceError as failure:
                        if failure.status == 401:
                            sf.headers["Authorization"] = f"Bearer {org.access_token()}"
            assert sorted(row[KEY] for row in org.records("Lead")) == sorted(f"engi-{n}" for n in range(60))
            assert org.calls["collections.upsert"] > 80

    def test_every_kind_has_a_name(self) -> None:
        assert len(SALESFORCE_TRANSIENT) == 11
        with pytest.raises(ValueError, match="unknown faults: nonsense"):
            Faults(0.1, ("nonsense",))
        with pytest.raises(ValueError, match="unknown faults: nonsense"):
            Salesforce().script("query", "nonsense")
