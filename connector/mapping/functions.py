"""The functions of the mapping language: jmespath's own, and ours.

It is a closed table: a mapping cannot bring code. Ours take null where a value may be missing and give null
back, so that an invitation without a website needs no guard.
"""

from __future__ import annotations

import difflib
import inspect
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from jmespath import functions as jmespath_functions
from jmespath.exceptions import JMESPathTypeError

from connector.mapping import dates, money, names
from connector.mapping.bounds import spend_text, spend_whole
from connector.mapping.money import ExpressionError, Rates
from connector.mapping.syntax import Problem

__all__ = ["ExpressionError", "Function", "Functions", "Rates", "catalogue"]


@dataclass(frozen=True, slots=True)
class Function:
    """One function as ``help`` and the docs show it. ``ours`` is False for those of JMESPath itself."""

    name: str
    signature: str
    doc: str
    example: str
    ours: bool = True


def _documented(signature: str, example: str) -> Callable[[Any], Any]:
    """A method ``_func_x`` of the table, with the ``signature`` and ``example`` to show.

    Arguments are not checked by jmespath: each function says itself, in our words, what it cannot use.
    """

    def decorate(method: Any) -> Any:
        parameters = list(inspect.signature(method).parameters.values())[1:]
        method.signature = tuple({"types": []} for _ in parameters)
        method.required = sum(1 for parameter in parameters if parameter.default is parameter.empty)
        method.shown = signature
        method.example = example
        return method

    return decorate


class Functions(jmespath_functions.Functions):  # type: ignore[misc]
    """The table, with the ``rates`` that its money functions convert by."""

    def __init__(self, rates: Rates) -> None:
        self.rates = rates

    # -- money

    @_documented("annual_spend(spends, currency?)", "annual_spend(deal.Project.ExpectedCustomerSpend, 'USD')")
    def _func_annual_spend(self, spends: Any, currency: Any = None) -> Decimal | None:
        """The recurring spend of a year: monthly amounts times 12, quarterly times 4. One-time amounts
        (Frequency None) are left out; items without Amount too."""
        return money.recurring(spends, currency, self.rates, per_year=1)

    @_documented("monthly_spend(spends, currency?)", "monthly_spend(deal.Project.ExpectedCustomerSpend)")
    def _func_monthly_spend(self, spends: Any, currency: Any = None) -> Decimal | None:
        """The recurring spend of a month: quarterly amounts divided by 3, annual ones by 12."""
        return money.recurring(spends, currency, self.rates, per_year=12)

    @_documented("spend_in(spends, currency)", "spend_in(deal.Project.ExpectedCustomerSpend[0], 'EUR')")
    def _func_spend_in(self, spends: Any, currency: Any) -> Decimal | None:
        """The plain sum of the amounts in a currency, whatever their Frequency. Takes an item or a list."""
        return money.total(spends, currency, self.rates)

    # -- names and addresses

    @_documented("domain(website_or_email)", "domain(customer.WebsiteUrl)")
    def _func_domain(self, address: Any) -> str | None:
        """The host of a website or e-mail address, in lower case and without www."""
        return names.domain(address)

    @_documented("first_name(contact_or_email)", "first_name(item)")
    def _func_first_name(self, contact: Any) -> str | None:
        """A contact's FirstName, or else what its e-mail address tells (jane.doe@ is Jane)."""
        return names.first_name(contact)

    @_documented("last_name(contact_or_email)", "last_name(item)")
    def _func_last_name(self, contact: Any) -> str | None:
        """A contact's LastName, or else what its e-mail address tells (jane.doe@ is Doe, sales@ is Sales)."""
        return names.last_name(contact)

    @_documented("country_name(code, language?)", "country_name(customer.CountryCode, 'de')")
    def _func_country_name(self, code: Any, language: Any = "en") -> str | None:
        """The name of an ISO 3166 country code, in English or the language given; null for unknown codes."""
        return names.country_name(code, language)

    # -- dates

    @_documented("add_days(date, days)", "add_days(InvitationDate, `14`)")
    def _func_add_days(self, date: Any, days: Any) -> str | None:
        """A date so many days later (earlier, if negative)."""
        return dates.add_days(date, days)

    @_documented("quarter_end(date)", "quarter_end(deal.Project.TargetCompletionDate)")
    def _func_quarter_end(self, date: Any) -> str | None:
        """The last day of the calendar quarter that a date falls in."""
        return dates.quarter_end(date)

    # -- text

    @_documented("lower(text)", "lower(item.Email)")
    def _func_lower(self, text: Any) -> str | None:
        """The text in lower case."""
        return None if (text := names.text(text, "lower")) is None else text.lower()

    @_documented("upper(text)", "upper(customer.CountryCode)")
    def _func_upper(self, text: Any) -> str | None:
        """The text in upper case."""
        return None if (text := names.text(text, "upper")) is None else text.upper()

    @_documented("trim(text)", "trim(customer.CompanyName)")
    def _func_trim(self, text: Any) -> str | None:
        """The text without white space at either end."""
        return None if (text := names.text(text, "trim")) is None else text.strip()

    @_documented("truncate(text, length)", "truncate(deal.Project.Title, `80`)")
    def _func_truncate(self, text: Any, length: Any) -> str | None:
        """The first so many characters of the text."""
        return names.truncate(text, length)

    @_documented("replace(text, old, new)", "replace(customer.CompanyName, '&', 'and')")
    def _func_replace(self, text: Any, old: Any, new: Any) -> str | None:
        """The text with every occurrence of one text replaced by another."""
        return names.replace(text, old, new)

    @_documented("join_lines(list)", "join_lines(deal.ReceiverResponsibilities)")
    def _func_join_lines(self, items: Any) -> str | None:
        """The non-empty texts of a list, one a line."""
        return names.join_lines(items)

    # -- jmespath's own, where Decimal needs care

    @jmespath_functions.signature({"types": []})  # type: ignore[untyped-decorator]
    def _func_to_number(self, value: Any) -> int | float | Decimal | None:
        if isinstance(value, str):
            return money.number(value)
        is_number = isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)
        return value if is_number else None

    @jmespath_functions.signature({"types": []})  # type: ignore[untyped-decorator]
    def _func_to_string(self, value: Any) -> str:
        if isinstance(value, Decimal):
            return format(value, "f")
        spend_whole(value)
        return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), default=_number)

    # -- jmespath's own, where little can ask for much

    @jmespath_functions.signature({"types": ["array", "string"]}, {"types": []})  # type: ignore[untyped-decorator]
    def _func_contains(self, subject: Any, search: Any) -> Any:
        spend_whole(subject)
        spend_whole(search)
        return super()._func_contains(subject, search)

    @jmespath_functions.signature({"types": ["string"]}, {"types": ["array-string"]})  # type: ignore[untyped-decorator]
    def _func_join(self, separator: str, texts: Sequence[str]) -> str:
        spend_text(sum(map(len, texts)) + len(separator) * len(texts))
        return separator.join(texts)

    @jmespath_functions.signature({"types": []})  # type: ignore[untyped-decorator]
    def _func_type(self, value: Any) -> str | None:
        return "number" if isinstance(value, Decimal) else super()._func_type(value)

    @jmespath_functions.signature({"types": ["array-number"]})  # type: ignore[untyped-decorator]
    def _func_sum(self, values: Sequence[Any]) -> Any:
        return money.exact_sum(values)

    # -- calling

    def check_call(self, name: str, count: int, offset: int) -> None:
        """Raises Problem (at ``offset``) for an unknown function or a wrong ``count`` of arguments."""
        entry = self.FUNCTION_TABLE.get(name)
        if entry is None:
            near = difflib.get_close_matches(name, self.FUNCTION_TABLE, 1)
            hint = f"did you mean {near[0]}()?" if near else "docs/mapping.md has them all"
            raise Problem(offset, f"there is no function {name:.40}()", hint)
        least, most = _arity(entry)
        if count < least or (most is not None and count > most):
            plural = "" if (most or least) == 1 else "s"
            wanted = (
                f"{least}" if least == most else f"at least {least}" if most is None else f"{least} to {most}"
            )
            shown = getattr(entry["function"], "shown", None)
            message = f"{name}() takes {wanted} argument{plural}, not {count}"
            raise Problem(offset, message, f"write {shown}" if shown else None)

    def bind(self, name: str) -> Callable[..., Any]:
        """The function, taking its arguments as they come, with jmespath's checks of their types."""
        entry = self.FUNCTION_TABLE[name]
        method = entry["function"].__get__(self)
        if not any(part["types"] for part in entry["signature"]):
            return method  # type: ignore[no-any-return]
        return self._checked(name, method, entry["signature"])

    def _checked(self, name: str, method: Callable[..., Any], signature: Any) -> Callable[..., Any]:
        # jmespath works the types out anew for each call; most calls are right, and seen so at once.
        quick = [(i, self._plain_types(part["types"])) for i, part in enumerate(signature) if part["types"]]

        def checked(*arguments: Any) -> Any:
            try:
                if not all(type(arguments[i]).__name__ in kinds for i, kinds in quick):
                    self._type_check(arguments, signature, name)
                return method(*arguments)
            except JMESPathTypeError as error:
                raise _misused(error) from None

        return checked

    def _plain_types(self, types: Sequence[str]) -> frozenset[str]:
        """The names of Python types that suit without a look at their items."""
        whole = [kind for kind in types if "-" not in kind]
        return frozenset(self._get_allowed_pytypes(whole)[0])

    def call_function(self, function_name: str, resolved_args: list[Any]) -> Any:
        """As jmespath's interpreter calls a function."""
        self.check_call(function_name, len(resolved_args), 0)
        return self.bind(function_name)(*resolved_args)

    def _get_allowed_pytypes(self, types: Sequence[str]) -> Any:
        allowed, subtypes = super()._get_allowed_pytypes(types)
        if "float" in allowed:
            allowed = [*allowed, "Decimal"]
        return allowed, [(*kinds, "Decimal") if "float" in kinds else kinds for kinds in subtypes]

    def _convert_to_jmespath_type(self, pyobject: str) -> Any:
        return "number" if pyobject == "Decimal" else super()._convert_to_jmespath_type(pyobject)


_KINDS = {"string": "text", "array": "a list", "object": "a structure", "expref": "an &expression"}
_KINDS |= {"number": "a number", "null": "null", "boolean": "true or false"}
_KINDS |= {"str": "text", "int": "a number", "float": "a number", "bool": "true or false", "NoneType": "null"}
_KINDS |= {"list": "a list", "dict": "a structure", "Decimal": "a number"}


def _misused(error: JMESPathTypeError) -> ExpressionError:
    """jmespath's own words hold the value, which may be personal data: ours only its kind."""
    kinds = [f"{_KINDS.get(t.split('-')[0], t)}{_of(t)}" for t in error.expected_types]
    got = _KINDS.get(error.actual_type, "something else")
    guard = ": guard it, as in `x && f(x)`" if got == "null" else ""
    return ExpressionError(f"{error.function_name}() wants {' or '.join(kinds)} and got {got}{guard}")


def _of(kind: str) -> str:
    return f" of {kind.split('-')[1]}s" if "-" in kind else ""


def _arity(entry: Mapping[str, Any]) -> tuple[int, int | None]:
    signature = entry["signature"]
    if signature and signature[-1].get("variadic"):
        return len(signature), None
    return getattr(entry["function"], "required", len(signature)), len(signature)


def _number(value: object) -> str:
    """What JSON does not know and a mapping does."""
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError("an &expression is no value")


_SPACE = re.compile(r"\s+")


def catalogue() -> list[Function]:
    """Every function there is, ours first, each group in alphabetical order."""
    listed = []
    for name, entry in sorted(Functions.FUNCTION_TABLE.items()):
        method = entry["function"]
        shown = getattr(method, "shown", None)
        if shown:
            doc = _SPACE.sub(" ", inspect.getdoc(method) or "")
            listed.append(Function(name, shown, doc, method.example))
        else:
            wanted = ", ".join("/".join(part["types"]) or "any" for part in entry["signature"])
            listed.append(Function(name, f"{name}({wanted})", "JMESPath's own", "", ours=False))
    return sorted(listed, key=lambda function: not function.ours)
