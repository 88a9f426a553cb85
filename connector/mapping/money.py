"""Sums of money: exact decimals, several currencies, by the rates of the config."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from typing import Any

# Amounts have up to 31 digits before the point and two behind it; rates and factors bring some more.
_EXACT = Context(prec=80, rounding=ROUND_HALF_UP)
_CENT = Decimal("0.01")
_NOTHING = Decimal(0)
_CODE = re.compile("[A-Z]{3}")
_NUMBER = re.compile(r"[-+]?[0-9]{1,40}(\.[0-9]{0,40})?|[-+]?\.[0-9]{1,40}")
_INTEGER = re.compile(r"[-+]?[0-9]{1,40}")

# Payments a year. The model knows Monthly, its documentation these; `None` marks a one-time amount
# (the total contract value that a partner enters), which recurs in no year.
_PAYMENTS = {"Monthly": 12, "Quarterly": 4, "Annually": 1}
_ONE_TIME = ("None", "One-Time", "OneTime")


class ExpressionError(Exception):
    """An expression that gives no value for one invitation; its text is the reason, for a mapping's owner.

    It may name amounts and currencies. It never holds names, e-mail addresses or other personal data.
    """


@dataclass(frozen=True, slots=True)
class Rates:
    """What currencies are worth: units of ``base`` for one unit of each (base USD, EUR 1.08: one euro is
    1.08 dollars). Two other currencies are converted through the base."""

    base: str = "USD"
    rates: Mapping[str, Decimal] = field(default_factory=dict)

    def worth(self, currency: str) -> Decimal:
        """One unit of ``currency`` in the base. Raises ExpressionError when there is no rate."""
        if currency == self.base:
            return Decimal(1)
        rate = self.rates.get(currency)
        if rate is None:
            raise ExpressionError(f"no rate for {shown(currency)} in currency.rates")
        return rate


def recurring(spends: Any, currency: Any, rates: Rates, per_year: int) -> Decimal | None:
    """The recurring spend of a year divided by ``per_year``; None where no item recurs and has an amount."""
    amounts = []
    for spend in _items(spends):
        amount = _amount(spend)
        payments = _payments(spend) if amount is not None else None
        if amount is not None and payments is not None:
            amounts.append((amount, payments, spend))
    return _sum(amounts, currency, rates, per_year)


def total(spends: Any, currency: Any, rates: Rates) -> Decimal | None:
    """The sum of the amounts, whatever their frequency; None where no item has one."""
    items = [spends] if isinstance(spends, dict) else _items(spends)
    amounts = [(amount, 1, spend) for spend in items if (amount := _amount(spend)) is not None]
    return _sum(amounts, currency, rates, 1)


def by_currency(
    spends: Iterable[tuple[str | None, str | None, str | None]],
) -> dict[str, tuple[Decimal, Decimal]]:
    """What recurs in a month, and the sum of the amounts, by currency code, of spends given as (amount,
    currency, frequency). A spend that cannot be understood is left out."""
    sums: dict[str, tuple[Decimal, Decimal]] = {}
    divided: set[str] = set()
    for text, code, frequency in spends:
        if not text or not code or not _NUMBER.fullmatch(text.strip()) or not _CODE.fullmatch(code):
            continue
        amount = share = Decimal(text)
        if frequency != "Monthly":  # rare, and a division costs as much as all the rest
            share = _EXACT.divide(_EXACT.multiply(amount, _PAYMENTS.get(frequency or "", 0)), 12)
            divided.add(code)
        monthly, total = sums.get(code, (_NOTHING, _NOTHING))
        sums[code] = (_EXACT.add(monthly, share), _EXACT.add(total, amount))
    for code in divided:
        sums[code] = (_cents(sums[code][0]), sums[code][1])
    return sums


def converted(amount: Decimal, currency: str, rates: Rates) -> Decimal:
    """``amount`` in the base currency, to the cent. Raises ExpressionError when there is no rate."""
    return _cents(_EXACT.multiply(amount, rates.worth(currency)))


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, context=_EXACT)


def _sum(
    amounts: Iterable[tuple[Decimal, int, Mapping[str, Any]]], currency: Any, rates: Rates, divisor: int
) -> Decimal | None:
    amounts = list(amounts)
    if not amounts:
        return None
    wanted = _currency(rates.base if currency is None else currency)
    with localcontext(_EXACT):
        # Multiplied first and divided once: what divides evenly stays exact.
        sums: dict[str, Decimal] = {}
        for amount, payments, spend in amounts:
            own = _currency(spend.get("CurrencyCode"))
            sums[own] = sums.get(own, Decimal(0)) + amount * payments
        result = Decimal(0)
        for own, amount in sums.items():
            result += amount if own == wanted else amount * rates.worth(own) / rates.worth(wanted)
        return (result / divisor).quantize(_CENT)


def _items(spends: Any) -> Sequence[Mapping[str, Any]]:
    if spends is None:
        return ()
    if not isinstance(spends, list):
        raise ExpressionError("a spend function wants the list ExpectedCustomerSpend")
    if not all(isinstance(item, dict) for item in spends):
        raise ExpressionError("a spend function wants items with Amount, CurrencyCode and Frequency")
    return spends


def _amount(spend: Mapping[str, Any]) -> Decimal | None:
    amount = spend.get("Amount")
    if amount is None or (isinstance(amount, str) and not amount.strip()):
        return None
    if isinstance(amount, bool) or not isinstance(amount, (str, int, float, Decimal)):
        raise ExpressionError("Amount is no number")
    value = number(str(amount))
    if value is None:
        raise ExpressionError(f"Amount '{shown(str(amount))}' is no number")
    return Decimal(value)


def _payments(spend: Mapping[str, Any]) -> int | None:
    frequency = spend.get("Frequency")
    if frequency in _ONE_TIME:
        return None
    if not frequency:
        raise ExpressionError("an Amount without Frequency")
    if not isinstance(frequency, str) or frequency not in _PAYMENTS:
        raise ExpressionError(f"Frequency '{shown(str(frequency))}' is none of {', '.join(_PAYMENTS)}")
    return _PAYMENTS[frequency]


def _currency(code: Any) -> str:
    if not isinstance(code, str) or not code.strip():
        raise ExpressionError("an Amount without CurrencyCode")
    return code.strip().upper()


def number(text: str) -> int | Decimal | None:
    """A plain number (digits, one point, a sign), exact; None for any other text."""
    text = text.strip()
    if _INTEGER.fullmatch(text):
        return int(text)
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def exact_sum(values: Sequence[Any]) -> Any:
    """The sum of numbers, exact where Decimals are among them."""
    if not any(isinstance(value, Decimal) for value in values):
        return sum(values)
    with localcontext(_EXACT):
        return sum((Decimal(repr(v)) if isinstance(v, float) else Decimal(v) for v in values), Decimal(0))


def shown(text: str) -> str:
    """A value that an error may name: cut to 20 characters, nothing in it that a terminal would obey, and no
    e-mail address that strayed into it."""
    if "@" in text:
        return "…"
    cut = text if len(text) <= 20 else f"{text[:20]}…"
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in cut)
