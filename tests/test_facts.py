"""Facts of an invitation for charts: what cannot be understood is left out, and nothing of it fails."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from connector.facts import Spend, facts_of
from connector.invitation import parse


def found(project: Any = None, **members: Any) -> Any:
    customer = members.pop("customer", {})
    deal = {"Customer": customer, "Project": project or {}}
    return facts_of(parse({"Id": "engi-1", "Payload": {"OpportunityInvitation": deal}, **members}))


def test_days_moments_and_sums_are_typed() -> None:
    spend = [
        {"Amount": "10", "CurrencyCode": "USD", "Frequency": "Monthly"},
        {"Amount": "x", "CurrencyCode": "USD", "Frequency": "Monthly"},
    ]
    facts = found(
        {"TargetCompletionDate": "2026-12-01", "ExpectedCustomerSpend": spend},
        InvitationDate="2026-01-15T12:00:00+02:00",
    )
    assert facts.target_date == date(2026, 12, 1)
    assert facts.invitation_date == datetime(2026, 1, 15, 10, tzinfo=UTC)
    assert facts.spend == {"USD": Spend(Decimal(10), Decimal(10))}


@pytest.mark.parametrize("day", ["soon", "2026-02-30", "", None])
def test_a_day_that_is_none_is_none(day: Any) -> None:
    assert found({"TargetCompletionDate": day}).target_date is None


def test_a_moment_that_no_calendar_has_is_none() -> None:
    assert found(ExpirationDate="9999-12-31T23:00:00-08:00").expiration_date is None


def test_a_country_is_short_and_without_what_no_database_keeps() -> None:
    facts = found(customer={"CountryCode": "N\0O" + "x" * 1000})
    assert facts.country.startswith("NO") and len(facts.country) < 1000


@pytest.mark.parametrize("kind", ["OpportunityInvitation", "LeadInvitation", "AccountPlanningInvitation"])
def test_the_customer_is_known_whatever_kind_the_invitation_is_of(kind: str) -> None:
    customer = {"CompanyName": "Acme", "Industry": "Retail", "CountryCode": "NO"}
    invitation = parse({"Id": "engi-1", "Payload": {kind: {"Customer": customer}}})
    assert invitation.customer is not None and invitation.customer.CompanyName == "Acme"
    assert (facts_of(invitation).industry, facts_of(invitation).country) == ("Retail", "NO")


@pytest.mark.parametrize(
    "payload", [None, {}, {"SDK_UNKNOWN_MEMBER": {"name": "New"}}, {"LeadInvitation": {}}]
)
def test_there_may_be_no_customer(payload: Any) -> None:
    assert facts_of(parse({"Id": "engi-1", "Payload": payload})).industry == ""
