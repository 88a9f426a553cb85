"""The loopback services as the benchmark uses them, inside the processes that ``services`` starts."""

from __future__ import annotations

from typing import Any

from tests.servers.invitations import make_invitations
from tests.servers.paging import TokenBucket
from tests.servers.partner_central import PartnerCentral
from tests.servers.salesforce import Salesforce

Raw = dict[str, Any]
OBJECTS = ("Account", "Contact", "Lead", "Opportunity", "OpportunityContactRole")


class Aws:
    """Partner Central with so many invitations."""

    def __init__(self, invitations: int) -> None:
        self._server = PartnerCentral(modest(make_invitations(invitations, seed=3))).__enter__()

    def url(self) -> str:
        return self._server.url

    def behave(self, latency: float, reads_per_second: float | None) -> None:
        """From now on: seconds before each answer, and the quota (None: none) with its bucket full."""
        self._server.latency = latency
        self._server._reads = TokenBucket(reads_per_second)
        self._server.reset_calls()

    def change(self, count: int) -> int:
        """So many pending invitations are accepted, as their summaries show; or all, if there are fewer."""
        pending = [raw for raw in self._server.invitations.values() if raw["Status"] == "PENDING"][:count]
        for raw in pending:
            self._server.put(raw | {"Status": "ACCEPTED"})
        return len(pending)

    def calls(self) -> dict[str, int]:
        return dict(self._server.calls)

    def deals(self) -> list[tuple[str, str]]:
        """Title and company of each accepted opportunity."""
        found = []
        for raw in self._server.invitations.values():
            deal = raw["Payload"].get("OpportunityInvitation")
            if raw["Status"] == "ACCEPTED" and deal:
                found.append((deal["Project"]["Title"], deal["Customer"]["CompanyName"]))
        return found


class Crm:
    """An empty Salesforce org."""

    def __init__(self) -> None:
        self._org = Salesforce().__enter__()

    def settings(self) -> Raw:
        return self._org.settings()

    def session(self) -> dict[str, str]:
        """What simple-salesforce signs in with, and the certificate that its requests trust."""
        return {
            "SF_INSTANCE_URL": self._org.url,
            "SF_ACCESS_TOKEN": self._org.access_token(),
            "REQUESTS_CA_BUNDLE": str(self._org.ca_bundle),
        }

    def behave(self, latency: float) -> None:
        self._org.latency = latency
        self._org.reset_calls()

    def open_by_hand(self, deals: list[tuple[str, str]]) -> None:
        """Sales has opened an opportunity of each title before AWS's invitation came to the CRM."""
        companies = dict.fromkeys(company for _, company in deals)
        accounts = {company: self._org.insert("Account", {"Name": company}) for company in companies}
        for title, company in dict(deals).items():
            opportunity = {"Name": title[:120], "AWS_Project_Title__c": title, "StageName": "Prospecting"}
            closes = {"CloseDate": "2026-12-31", "AccountId": accounts[company]}
            self._org.insert("Opportunity", opportunity | closes)

    def calls(self) -> dict[str, int]:
        return dict(self._org.calls)

    def records(self) -> dict[str, int]:
        return {name: len(self._org.records(name)) for name in OBJECTS}


def modest(raws: list[Raw]) -> list[Raw]:
    """Without amounts that no field holds: a refused record would be one call less."""
    for raw in raws:
        deal = raw["Payload"].get("OpportunityInvitation") or {"Project": {"ExpectedCustomerSpend": ()}}
        for spend in deal["Project"]["ExpectedCustomerSpend"]:
            spend |= {"Amount": spend["Amount"][:9], "CurrencyCode": "USD"}
    return raws
