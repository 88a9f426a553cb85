"""What there is to know of the mapping language, drawn from the model itself: keys from the shapes of the
file, functions from their table, each example with what it gives. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from connector.mapping import expressions
from connector.mapping.functions import Function, Functions, Rates, catalogue
from connector.mapping.shape import FieldShape, MappingShape, MatchShape, RecordShape


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that can be written, what it means, and an ``example`` of it; of an expression also what that
    ``gives`` for ``EXAMPLE``, as JSON."""

    name: str
    meaning: str
    example: str = ""
    gives: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    text: str
    entries: tuple[Entry, ...] = ()


# The invitation that the examples are about, with the names that the mappings of this project give its parts.
EXAMPLE: Mapping[str, Any] = {
    "Id": "engi-0123456789abc",
    "Status": "ACCEPTED",
    "InvitationDate": "2026-01-15T12:00:00Z",
    "deal": {
        "Project": {
            "Title": "Cloud migration",
            "TargetCompletionDate": "2026-11-20",
            "ExpectedCustomerSpend": [
                {"Amount": "1000.00", "CurrencyCode": "USD", "Frequency": "Monthly"},
                {"Amount": "2500.00", "CurrencyCode": "EUR", "Frequency": "Quarterly"},
            ],
        },
        "ReceiverResponsibilities": ["Reseller", "Training Partner"],
        "SenderContacts": [{"Email": "jane.doe@aws.example"}, {"Email": "sales@aws.example"}],
    },
    "customer": {
        "CompanyName": "Acme & Sons ",
        "CountryCode": "NO",
        "WebsiteUrl": "https://www.acme.example/",
    },
    "item": {"Email": "Jane.Doe@aws.example"},
    "index": 0,
}
RATES = Rates("USD", {"EUR": Decimal("1.25")})


def manual() -> list[Section]:
    """The whole of it, in the order in which it is learnt."""
    return [
        Section("The file", _doc(MappingShape), tuple(_keys(MappingShape))),
        Section("A rule", _doc(RecordShape), tuple(_keys(RecordShape))),
        Section("Match", _doc(MatchShape), tuple(_keys(MatchShape))),
        Section("A field", _doc(FieldShape), tuple(_keys(FieldShape))),
        Section("Expressions", _EXPRESSIONS, tuple(_evaluated(*form) for form in _FORMS)),
        Section("Functions", _FUNCTIONS, tuple(_function(each) for each in catalogue() if each.ours)),
        Section("Functions of JMESPath", "", tuple(_function(each) for each in catalogue() if not each.ours)),
    ]


def _doc(shape: type[BaseModel]) -> str:
    return " ".join((shape.__doc__ or "").split())


def _keys(shape: type[BaseModel]) -> Iterator[Entry]:
    for name, field in shape.model_fields.items():
        key = field.alias or name
        example = next(iter(field.examples or ()), None)
        shown = "" if example is None else f"{key}: {_flow(example)}"
        yield Entry(key, f"{field.description or _inner(field)}{_default(field)}", shown)


def _inner(field: FieldInfo) -> str:
    """What a structure of its own says of itself."""
    kinds = [field.annotation, *get_args(field.annotation)]
    return next((_doc(kind) for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), "")


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return " Required."
    return (
        f" Default: {_flow(field.default)}."
        if field.default not in (None, "") and field.default_factory is None
        else ""
    )


def _flow(value: Any) -> str:
    """A value as YAML on one line."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name}: {_flow(held)}' for name, held in value.items())}}}"
    is_plain = isinstance(value, str) and _PLAIN.fullmatch(value)
    return value if is_plain else json.dumps(value)


_PLAIN = re.compile(r"[A-Za-z][\w .|=&'()-]*")  # text that needs no quotes in YAML


_EXPRESSIONS = (
    "An expression is JMESPath (https://jmespath.org), as in `aws --query`, over an invitation just as the "
    "API names it, and over the names under `let`. What is not there is null, and null goes through "
    "everything. The examples here are about one invitation, in which `deal` and `customer` are such names."
)
_FORMS = (
    ("a member of a member", "deal.Project.Title"),
    ("the first that holds anything", "customer.Nickname || customer.CompanyName"),
    ("text stands in single quotes", "Status == 'ACCEPTED' && deal.Project.Title"),
    ("numbers stand in backticks", "index == `0`"),
    ("the first of a list", "deal.SenderContacts[0].Email"),
    ("one member of each", "deal.SenderContacts[].Email"),
    ("those of a list for which something holds", "deal.SenderContacts[?Email == 'sales@aws.example']"),
    ("a list of one's own", "[Id, Status]"),
    ("what comes before, as @", "deal.SenderContacts[].Email | length(@)"),
)
_FUNCTIONS = (
    "These come beside JMESPath's own. Null in gives null out, so none needs a guard. The money functions "
    "convert by `currency.rates` of the config, without a second argument into `currency.base`."
)

# What JMESPath's specification says of its functions, and an example of each.
_OWN = {
    "abs": ("The number without its sign.", "abs(`-3`)"),
    "avg": ("The average of a list of numbers.", "avg(`[1, 2, 3]`)"),
    "ceil": ("The next whole number up.", "ceil(`1.2`)"),
    "contains": ("Whether a text or list has something in it.", "contains(deal.Project.Title, 'Cloud')"),
    "ends_with": ("Whether a text ends with another.", "ends_with(customer.WebsiteUrl, '/')"),
    "floor": ("The next whole number down.", "floor(`1.8`)"),
    "join": ("The texts of a list with a text between them.", "join(', ', deal.ReceiverResponsibilities)"),
    "keys": ("The names of a structure's members.", "keys(item)"),
    "length": ("How many characters, items or members there are.", "length(deal.SenderContacts)"),
    "map": ("An expression applied to each of a list.", "map(&Email, deal.SenderContacts)"),
    "max": ("The greatest of a list of numbers or texts.", "max(`[1, 3, 2]`)"),
    "max_by": ("The item with the greatest.", "max_by(deal.SenderContacts, &Email).Email"),
    "merge": ("Structures as one; the last has its way.", "merge(item, {Status: Status})"),
    "min": ("The least of a list of numbers or texts.", "min(`[2, 1, 3]`)"),
    "min_by": ("The item with the least.", "min_by(deal.SenderContacts, &Email).Email"),
    "not_null": ("The first that is not null.", "not_null(customer.Nickname, Id)"),
    "reverse": ("A list or text backwards.", "reverse(deal.ReceiverResponsibilities)"),
    "sort": ("A list of numbers or texts in order.", "sort(`[3, 1, 2]`)"),
    "sort_by": ("The items in the order of something.", "sort_by(deal.SenderContacts, &Email)[0].Email"),
    "starts_with": ("Whether a text begins with another.", "starts_with(Id, 'engi-')"),
    "sum": ("The sum of a list of numbers.", "sum(`[1, 2, 3]`)"),
    "to_array": ("A list of one, of what is no list.", "to_array(Status)"),
    "to_number": ("A text as a number; null where it is none.", "to_number('12.50')"),
    "to_string": ("A text of anything.", "to_string(index)"),
    "type": ("What kind of value it is.", "type(deal)"),
    "values": ("The values of a structure's members.", "values(item)"),
}


def _function(function: Function) -> Entry:
    meaning, example = (function.doc, function.example) if function.ours else _OWN[function.name]
    return _evaluated(meaning, example, function.signature)


def _evaluated(meaning: str, example: str, name: str = "") -> Entry:
    value = expressions.compile(example, Functions(RATES)).evaluate(dict(EXAMPLE))
    return Entry(name or example, meaning, example, json.dumps(value, ensure_ascii=False, default=str))
