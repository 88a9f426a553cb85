"""SOQL over rows: names resolved against the org's objects, conditions as functions of a row."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from tests.servers.salesforce_objects import TEXTUAL, Field, Sobject
from tests.servers.salesforce_values import long_id
from tests.servers.soql import Compare, Condition, Not, Order, Path, Query, Value
from tests.servers.soql_tokens import Like, SoqlError, place

Row = Mapping[str, Any]
Get = Callable[[Row], Any]
Test = Callable[[Row], bool]
Lookup = Callable[[str | None], Row | None]  # any record by its id
_HELP = (
    " If you are attempting to use a custom {0}, be sure to append the '__c' after the {1} name."
    " Please reference your WSDL or the describe call for the appropriate names."
)
_NUMERIC = frozenset({"currency", "double", "percent", "int"})


class Runner:
    """Runs queries over ``rows(sobject)``; ``find`` gives a parent by id."""

    def __init__(
        self, objects: Mapping[str, Sobject], rows: Callable[[str], Iterable[Row]], find: Lookup
    ) -> None:
        self.objects, self.rows, self.find = objects, rows, find

    def run(self, query: Query) -> tuple[Sobject, list[Row]]:
        """The rows that a query selects, whole.

        Raises SoqlError: INVALID_TYPE, INVALID_FIELD, MALFORMED_QUERY, INVALID_QUERY_FILTER_OPERATOR.
        """
        sobject = self.objects.get(query.sobject.lower())
        if sobject is None:
            message = f"sObject type '{query.sobject}' is not supported." + _HELP.format("object", "entity")
            raise SoqlError("INVALID_TYPE", place(query.text, query.sobject_at) + message)
        for path in query.fields:
            self._resolve(query, sobject, path)
        test = self._test(query, sobject, query.where) if query.where else None
        found = [row for row in self.rows(sobject.name) if test is None or test(row)]
        for order in reversed(query.order):
            self._sort(query, sobject, order, found)
        end = None if query.limit is None else query.offset + query.limit
        return sobject, found[query.offset : end]

    def shape(self, query: Query, sobject: Sobject, row: Row, base: str) -> dict[str, Any]:
        """A row as the answer shows it: the fields asked for, parents as objects in it."""
        shown: dict[str, Any] = {"attributes": attributes(sobject.name, row["Id"], base)}
        for path in query.fields:
            self._place(shown, sobject, row, path.names, base)
        return shown

    def _place(
        self, shown: dict[str, Any], sobject: Sobject, row: Row, names: tuple[str, ...], base: str
    ) -> None:
        if len(names) == 1:
            known = sobject.get(names[0])
            assert known
            shown[known.name] = row.get(known.name)
            return
        link = sobject.relationships[names[0].lower()]
        assert link.relationship
        parent = self.find(row.get(link.name))
        if parent is None:
            shown[link.relationship] = None
            return
        above = self.objects[str(parent["_object"]).lower()]
        inner = shown.setdefault(
            link.relationship, {"attributes": attributes(above.name, parent["Id"], base)}
        )
        self._place(inner, above, parent, names[1:], base)

    def _resolve(self, query: Query, sobject: Sobject, path: Path) -> tuple[Field, Get]:
        """The field at the end of a path, and the function that reads it."""
        names = path.names
        if (
            len(names) > 1
            and names[0].lower() == sobject.name.lower()
            and names[0].lower() not in sobject.relationships
        ):
            names = names[1:]
        links: list[Field] = []
        for name in names[:-1]:
            link = sobject.relationships.get(name.lower())
            if link is None or link.refers_to[-1].lower() not in self.objects:
                message = f"Didn't understand relationship '{name}' in field path." + _HELP.format(
                    "relationship", "custom relationship"
                ).replace("__c", "__r")
                raise SoqlError("INVALID_FIELD", place(query.text, path.at) + message)
            links.append(link)
            sobject = self.objects[link.refers_to[-1].lower()]
        known = sobject.get(names[-1])
        if known is None:
            message = f"No such column '{names[-1]}' on entity '{sobject.name}'." + _HELP.format(
                "field", "custom field"
            )
            raise SoqlError("INVALID_FIELD", place(query.text, path.at) + message)
        return known, functools.partial(self._read, tuple(link.name for link in links), known.name)

    def _read(self, links: tuple[str, ...], name: str, row: Row) -> Any:
        for link in links:
            parent = self.find(row.get(link))
            if parent is None:
                return None
            row = parent
        return row.get(name)

    def _test(self, query: Query, sobject: Sobject, condition: Condition) -> Test:
        if isinstance(condition, Compare):
            return self._compare(query, sobject, condition)
        if isinstance(condition, Not):
            inner = self._test(query, sobject, condition.term)
            return lambda row: not inner(row)
        terms = [self._test(query, sobject, term) for term in condition.terms]
        together = all if condition.word == "AND" else any
        return lambda row: together(term(row) for term in terms)

    def _compare(self, query: Query, sobject: Sobject, compare: Compare) -> Test:
        known, read = self._resolve(query, sobject, compare.path)
        where = place(query.text, compare.path.at)
        if not known.filterable or known.type == "address":
            message = f"field '{known.name}' can not be filtered in a query call"
            raise SoqlError("INVALID_FIELD", where + message)
        wanted = [_operand(known, value, where) for value in compare.values]
        if compare.operator == "LIKE":
            return _like(known, wanted[0], read, where)
        fold = _fold(known)
        if compare.operator in ("=", "IN", "!=", "NOT IN"):
            among, positive = {fold(value) for value in wanted}, compare.operator in ("=", "IN")
            return lambda row: (fold(read(row)) in among) is positive
        return _ordering(compare.operator, wanted[0], read, fold, known, where)

    def _sort(self, query: Query, sobject: Sobject, order: Order, rows: list[Row]) -> None:
        known, read = self._resolve(query, sobject, order.path)
        if not known.sortable:
            message = f"field '{known.name}' can not be sorted in a query call"
            raise SoqlError("MALFORMED_QUERY", place(query.text, order.path.at) + message)
        fold = _fold(known)
        empty = [row for row in rows if read(row) is None]
        filled = [row for row in rows if read(row) is not None]
        filled.sort(key=lambda row: fold(read(row)), reverse=order.descending)
        rows[:] = filled + empty if order.nulls_last else empty + filled


def attributes(sobject: str, identifier: str, base: str) -> dict[str, str]:
    return {"type": sobject, "url": f"{base}/sobjects/{sobject}/{identifier}"}


def _fold(known: Field) -> Callable[[Any], Any]:
    """Text compares without regard to case, unless the field is case-sensitive; other forms of the same
    letters (NFKC) and white space stay different."""
    if known.type in TEXTUAL and not known.case_sensitive:
        return lambda value: value.lower() if isinstance(value, str) else value
    return lambda value: value


def _operand(known: Field, value: Value, where: str) -> Any:
    """Raises SoqlError for a literal that cannot be compared with the field."""
    if value.kind == "null":
        return None
    textual = known.type in TEXTUAL or known.type in ("id", "reference")
    expected = "string" if textual else "number" if known.type in _NUMERIC else known.type
    if value.kind != expected:
        quotes = "should be enclosed in quotes" if textual else "should not be enclosed in quotes"
        message = (
            f"value of filter criterion for field '{known.name}' must be of type {known.type} and {quotes}"
        )
        raise SoqlError("INVALID_FIELD", where + message)
    if known.type in ("id", "reference") and isinstance(value.value, str):
        identifier = long_id(value.value)
        if identifier is None:
            raise SoqlError("INVALID_QUERY_FILTER_OPERATOR", f"{where}invalid ID field: {value.value}")
        return identifier
    return value.value


def _like(known: Field, wanted: Any, read: Get, where: str) -> Test:
    if known.type not in TEXTUAL or not isinstance(wanted, Like):
        raise SoqlError("INVALID_QUERY_FILTER_OPERATOR", f"{where}invalid operator on {known.type} field")
    pattern: re.Pattern[str] = wanted.pattern

    def test(row: Row) -> bool:
        value = read(row)
        return isinstance(value, str) and pattern.fullmatch(value.lower()) is not None

    return test


def _ordering(
    operator: str, wanted: Any, read: Get, fold: Callable[[Any], Any], known: Field, where: str
) -> Test:
    if known.type in ("boolean", "id", "reference") or wanted is None:
        raise SoqlError("INVALID_QUERY_FILTER_OPERATOR", f"{where}invalid operator on {known.type} field")
    limit = fold(wanted)
    number = known.type in _NUMERIC

    def test(row: Row) -> bool:
        value = read(row)
        if value is None:
            return False
        value = Decimal(value) if number else fold(value)
        if operator == "<":
            return bool(value < limit)
        if operator == "<=":
            return bool(value <= limit)
        return bool(value > limit if operator == ">" else value >= limit)

    return test
