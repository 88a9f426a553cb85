"""SOQL's tokens and literals."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime

MAX_STRING = 4_000  # characters of one string in WHERE


_TOKEN = re.compile(
    r"""\s*(?:
    (?P<string>'(?:[^'\\]|\\.)*')
  | (?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))
  | (?P<date>\d{4}-\d\d-\d\d)(?!\w)
  | (?P<number>[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)(?![\w.])
  | (?P<name>[A-Za-z]\w*(?:\.[A-Za-z]\w*)*)
  | (?P<sign><=|>=|!=|<>|[=<>(),])
  | (?P<end>$)
    )""",
    re.VERBOSE | re.DOTALL,
)
_PART = re.compile(r"\\u[0-9a-fA-F]{4}|\\.|[^\\]", re.DOTALL)  # one character of a literal, as written
_WILD = {"%": ".*", "_": "."}
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\"}


class SoqlError(Exception):
    """A refused query: ``code`` is Salesforce's errorCode."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    at: int  # offset in the query

    @property
    def word(self) -> str:
        return self.text.upper()


@dataclass(frozen=True)
class Like:
    """A LIKE pattern, as a regular expression for lower-case text."""

    pattern: re.Pattern[str]


def place(text: str, at: int) -> str:
    """How Salesforce shows where in a query something is wrong: an excerpt, a caret, row and column."""
    start = max(0, at - 32)
    excerpt = text[start : at + 60].replace("\n", " ")
    row, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
    return f"\n{excerpt}\n{' ' * (at - start)}^\nERROR at Row:{row}:Column:{column}\n"


def malformed(text: str, message: str, at: int) -> SoqlError:
    return SoqlError("MALFORMED_QUERY", f"{place(text, at)}{message}")


def tokens(text: str) -> list[Token]:
    """The query's tokens; the last one is of kind "end"."""
    found: list[Token] = []
    while not found or found[-1].kind != "end":
        start = found[-1].at + len(found[-1].text) if found else 0
        match = _TOKEN.match(text, start)
        if match is None or match.lastgroup is None:
            rest = text[start:].lstrip()
            what = "unclosed string" if rest.startswith("'") else "unexpected char"
            raise malformed(text, f"{what}: {rest[:1]!r}", len(text) - len(rest))
        found.append(Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup)))
    return found


def moment(text: str, token: Token) -> str:
    """A date or datetime, written as the org stores it."""
    try:
        if token.kind == "date":
            return date.fromisoformat(token.text).isoformat()
        when = datetime.fromisoformat(token.text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise malformed(text, f"Invalid date: {token.text}", token.at) from None
    return f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03}+0000"


def string(text: str, token: Token, *, like: bool) -> str | Like:
    """Decodes a literal. A LIKE pattern keeps apart ``%`` and ``\\%``, ``_`` and ``\\_``."""
    parts = [
        (match[0], _unescaped(text, token, match[0], like=like)) for match in _PART.finditer(token.text[1:-1])
    ]
    if len(parts) > MAX_STRING:
        message = f"maximum length of a string in a WHERE clause is {MAX_STRING} characters"
        raise malformed(text, message, token.at)
    if not like:
        return "".join(char for _, char in parts)
    pattern = "".join(_WILD.get(written) or re.escape(char.lower()) for written, char in parts)
    return Like(re.compile(pattern, re.DOTALL))


def _unescaped(text: str, token: Token, written: str, *, like: bool) -> str:
    letter = written[1:]
    if not letter:
        return written
    if like and letter in ("%", "_"):
        return letter
    if letter.lower() in _ESCAPES:
        return _ESCAPES[letter.lower()]
    if len(letter) == 5:
        return chr(int(letter[1:], 16))
    message = "Illegal character sequence in string literal."
    raise malformed(text, f"Invalid string literal {token.text}. {message}", token.at)
