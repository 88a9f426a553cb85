"""A mapping, compiled: what ``load.py`` makes of the YAML file and ``connector.map`` walks over."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from connector.errors import Position
from connector.records import Scalar

Scope = dict[str, Any]


class Write(StrEnum):
    """Who owns a field. ``keep``: ours until a person edits it in the CRM."""

    ALWAYS = "always"
    KEEP = "keep"
    CREATE = "create"
    BLANK = "blank"


@dataclass(frozen=True, slots=True)
class Expression:
    """A JMESPath expression, compiled. Calling ``evaluate(scope)`` gives plain JSON values, Decimal or date;
    it raises ``connector.mapping.expressions.ExpressionError`` (and nothing else) with the reason.

    ``tree`` is its syntax tree, and ``locate`` gives the place in the file of an offset in ``text``: for
    checks.
    """

    text: str
    evaluate: Callable[[Scope], Any]
    position: Position | None = None
    tree: MappingType[str, Any] | None = field(default=None, repr=False, compare=False)
    locate: Callable[[int], Position] | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class FieldRule:
    """How one CRM field gets its value: one of ``source``, ``value``, ``template``, ``ref`` is set."""

    name: str
    write: Write = Write.KEEP
    source: Expression | None = None  # ``from:``, or the bare text
    value: Scalar | None = None
    template: tuple[str | Expression, ...] | None = None  # text and expressions in turn
    ref: str | None = None  # the name of another rule
    lookup: MappingType[str, Scalar | None] | None = None
    default: Scalar | None = None
    has_default: bool = False
    max_length: int | None = None
    required: bool = False
    optional: bool = False  # left out where the CRM has no such field: see ``fitted``
    position: Position | None = None
    plain: Expression | None = field(
        init=False, default=None
    )  # the source, where nothing is done to its value

    def __post_init__(self) -> None:
        treated = self.lookup is not None or self.has_default or self.max_length is not None or self.required
        object.__setattr__(self, "plain", None if treated else self.source)


@dataclass(frozen=True, slots=True)
class MatchRule:
    """How to find a record that sales opened by hand. ``title`` and ``narrow`` go from CRM field to
    expression, in the file's order. Without ``title`` only the key (and the ledger) finds a record."""

    title: MappingType[str, Expression] = field(default_factory=dict)
    narrow: MappingType[str, Expression] = field(default_factory=dict)
    none: Literal["create", "skip", "review"] = "create"
    many: Literal["review", "newest"] = "review"


@dataclass(frozen=True, slots=True)
class RecordRule:
    """One entry of ``records:``."""

    name: str
    object: str
    key_field: str
    key: Expression
    fields: tuple[FieldRule, ...]
    when: Expression | None = None
    for_each: Expression | None = None
    match: MatchRule = field(default_factory=MatchRule)
    position: Position | None = None


@dataclass(frozen=True, slots=True)
class Mapping:
    """A whole mapping file. ``records`` stand in the order in which they can be written: a rule comes after
    the rules it refers to. ``fingerprint`` (hex) changes when the meaning of the file does. ``beside``: the
    members that it names which stand beside the invitation's own (see ``uses``)."""

    name: str
    crm: str
    let: tuple[tuple[str, Expression], ...]
    records: tuple[RecordRule, ...]
    fingerprint: str
    file: str = ""
    beside: frozenset[str] = frozenset()
