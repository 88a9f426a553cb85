"""SOQL's grammar, as much of it as the loopback Salesforce knows; all else is refused.

query      = SELECT (COUNT "(" ")" | path {"," path}) FROM name [WHERE condition]
             [ORDER BY order {"," order}] [LIMIT integer] [OFFSET integer]
condition  = term {AND term} | term {OR term}          (both in one level need parentheses)
term       = [NOT] ("(" condition ")" | comparison)
comparison = path (= | != | <> | < | <= | > | >= | LIKE) value | path [NOT] IN "(" value {"," value} ")"
order      = path [ASC | DESC] [NULLS (FIRST | LAST)]
value      = string | number | date | datetime | TRUE | FALSE | NULL
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.servers.soql_tokens import SoqlError, Token, malformed, moment, string, tokens

MAX_QUERY = 100_000  # characters
_RESERVED = frozenset(
    (
        *("AND", "ASC", "DESC", "FROM", "IN", "LIKE", "LIMIT", "NOT", "NULL", "NULLS", "OFFSET", "OR"),
        *("ORDER", "SELECT", "WHERE"),
    )
)


@dataclass(frozen=True)
class Value:
    """``kind``: string, number, date, datetime, boolean or null."""

    kind: str
    value: Any
    text: str = ""


@dataclass(frozen=True)
class Path:
    names: tuple[str, ...]
    at: int


@dataclass(frozen=True)
class Compare:
    path: Path
    operator: str  # = != < <= > >= LIKE IN "NOT IN"
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Not:
    term: Condition


@dataclass(frozen=True)
class Junction:
    word: str  # AND, OR
    terms: tuple[Condition, ...]


Condition = Compare | Not | Junction


@dataclass(frozen=True)
class Order:
    path: Path
    descending: bool
    nulls_last: bool


@dataclass(frozen=True)
class Query:
    text: str
    fields: tuple[Path, ...]  # empty: COUNT()
    sobject: str
    sobject_at: int
    where: Condition | None
    order: tuple[Order, ...]
    limit: int | None
    offset: int


def parse(text: str) -> Query:
    """Raises SoqlError (MALFORMED_QUERY) for what the grammar does not have."""
    if len(text) > MAX_QUERY:
        raise SoqlError("QUERY_TOO_COMPLICATED", "SOQL statements cannot be longer than 100000 characters.")
    return _Parser(text).query()


class _Parser:
    def __init__(self, text: str) -> None:
        self.text, self.tokens, self.index = text, tokens(text), 0

    @property
    def token(self) -> Token:
        return self.tokens[self.index]

    def fail(self, message: str, token: Token | None = None) -> SoqlError:
        return malformed(self.text, message, (token or self.token).at)

    def unexpected(self) -> SoqlError:
        return self.fail(f"unexpected token: '{self.token.text or '<EOF>'}'")

    def next(self) -> Token:
        token = self.token
        self.index += 1
        return token

    def accept(self, *words: str) -> bool:
        if self.token.kind in ("name", "sign") and self.token.word in words:
            self.index += 1
            return True
        return False

    def expect(self, word: str) -> None:
        if not self.accept(word):
            raise self.unexpected()

    def query(self) -> Query:
        self.expect("SELECT")
        fields = self.fields()
        self.expect("FROM")
        sobject = self.token
        if sobject.kind != "name" or "." in sobject.text:
            raise self.unexpected()
        self.next()
        where = self.condition() if self.accept("WHERE") else None
        order = self.order() if self.accept("ORDER") else ()
        limit = self.integer() if self.accept("LIMIT") else None
        offset = self.integer() if self.accept("OFFSET") else 0
        if self.token.kind != "end":
            raise self.unexpected()
        if offset > 2000:
            raise SoqlError("NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000")
        return Query(self.text, fields, sobject.text, sobject.at, where, order, limit, offset)

    def fields(self) -> tuple[Path, ...]:
        if self.token.word == "COUNT" and self.tokens[self.index + 1].text == "(":
            self.index += 2
            self.expect(")")
            return ()
        found = [self.path()]
        while self.accept(","):
            found.append(self.path())
        names = [tuple(name.lower() for name in path.names) for path in found]
        for path, name in zip(found, names, strict=True):
            if names.count(name) > 1:
                raise SoqlError("INVALID_FIELD", f"duplicate field selected: {'.'.join(path.names)}")
        return tuple(found)

    def path(self) -> Path:
        token = self.token
        if token.kind != "name" or token.word in _RESERVED:
            raise self.unexpected()
        self.next()
        return Path(tuple(token.text.split(".")), token.at)

    def condition(self) -> Condition:
        terms, word = [self.term()], ""
        while self.token.word in ("AND", "OR") and self.token.kind == "name":
            if word and self.token.word != word:
                raise self.unexpected()
            word = self.next().word
            terms.append(self.term())
        return Junction(word, tuple(terms)) if word else terms[0]

    def term(self) -> Condition:
        if self.accept("NOT"):
            return Not(self.term())
        if self.accept("("):
            inner = self.condition()
            self.expect(")")
            return inner
        return self.comparison()

    def comparison(self) -> Compare:
        path = self.path()
        if self.accept("NOT"):
            self.expect("IN")
            return Compare(path, "NOT IN", self.values())
        if self.accept("IN"):
            return Compare(path, "IN", self.values())
        operator = self.token.word
        if not self.accept("=", "!=", "<>", "<", "<=", ">", ">=", "LIKE"):
            raise self.unexpected()
        value = self.value(like=operator == "LIKE")
        return Compare(path, "!=" if operator == "<>" else operator, (value,))

    def values(self) -> tuple[Value, ...]:
        self.expect("(")
        found = [self.value()]
        while self.accept(","):
            found.append(self.value())
        self.expect(")")
        return tuple(found)

    def value(self, *, like: bool = False) -> Value:
        token = self.next()
        if token.kind == "string":
            return Value("string", string(self.text, token, like=like), token.text)
        if token.kind == "number":
            return Value("number", Decimal(token.text), token.text)
        if token.kind in ("date", "datetime"):
            return Value(token.kind, moment(self.text, token), token.text)
        if token.kind == "name" and token.word in ("TRUE", "FALSE"):
            return Value("boolean", token.word == "TRUE", token.text)
        if token.kind == "name" and token.word == "NULL":
            return Value("null", None, token.text)
        self.index -= 1
        raise self.unexpected()

    def order(self) -> tuple[Order, ...]:
        self.expect("BY")
        found = [self.one_order()]
        while self.accept(","):
            found.append(self.one_order())
        return tuple(found)

    def one_order(self) -> Order:
        path, descending = self.path(), False
        if self.accept("DESC"):
            descending = True
        else:
            self.accept("ASC")
        nulls_last = descending
        if self.accept("NULLS"):
            nulls_last = self.token.word == "LAST"
            if not self.accept("FIRST", "LAST"):
                raise self.unexpected()
        return Order(path, descending, nulls_last)

    def integer(self) -> int:
        token = self.next()
        if token.kind != "number" or not token.text.isdecimal():
            self.index -= 1
            raise self.unexpected()
        return int(token.text)
