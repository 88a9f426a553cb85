"""What charts and reports need to know of an invitation: dates, kinds and sums; no names, no contacts, no
free text. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import NamedTuple

from connector.invitation import CustomerShape, ExpectedCustomerSpendShape, Invitation
from connector.mapping.money import by_currency
from connector.records import CoercionError, FieldMeta, coerce

_LONGEST = 80  # characters; the service model's own industries have up to 36
_DATE = FieldMeta("TargetCompletionDate", "date")


class Spend(NamedTuple):
    """Expected spend in one currency: ``monthly`` recurs every month, ``total`` sums up the amounts."""

    monthly: Decimal
    total: Decimal


@dataclass(slots=True)  # not frozen: that would take three times as long to make
class Facts:
    """One invitation's. Moments are aware UTC; ``spend`` is by currency code (ISO 4217); texts that are not
    known are "". ``first_seen``: when the ledger first had it in each status."""

    invitation_id: str
    status: str
    payload_type: str = ""
    invitation_date: datetime | None = None
    expiration_date: datetime | None = None
    industry: str = ""
    country: str = ""
    target_date: date | None = None
    spend: Mapping[str, Spend] = field(default_factory=dict)
    first_seen: Mapping[str, datetime] = field(default_factory=dict)


def facts_of(invitation: Invitation) -> Facts:
    """The facts of an invitation. What cannot be understood (an amount that is no number) is not there."""
    typed = invitation.typed
    payload = typed.Payload
    opportunity = payload.OpportunityInvitation if payload else None
    customer = invitation.customer or CustomerShape()
    project = opportunity.Project if opportunity else None
    return Facts(
        invitation.id,
        invitation.status,
        _short(typed.PayloadType),
        _utc(typed.InvitationDate),
        _utc(typed.ExpirationDate),
        _short(customer.Industry),
        _short(customer.CountryCode),
        _day(project.TargetCompletionDate) if project else None,
        _spend(project.ExpectedCustomerSpend) if project and project.ExpectedCustomerSpend else {},
    )


def _short(text: str | None) -> str:
    """A value of one of the service's lists, or what AWS sends in its place; no database keeps a NUL."""
    return text[:_LONGEST].replace("\0", "") if text else ""


def _utc(moment: datetime | None) -> datetime | None:
    try:
        return moment.astimezone(UTC) if moment else None
    except OverflowError:  # the last hours of the year 9999 elsewhere
        return None


def _day(text: str | None) -> date | None:
    try:
        day = coerce(text, _DATE)
    except CoercionError:
        return None
    return day if isinstance(day, date) else None


def _spend(items: Iterable[ExpectedCustomerSpendShape]) -> dict[str, Spend]:
    sums = by_currency((item.Amount, item.CurrencyCode, item.Frequency) for item in items)
    return {currency: Spend(*both) for currency, both in sums.items()}
