"""What a YAML parser stumbles over, all of it, in words for the person who wrote the file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import Event
from ruamel.yaml.scanner import Scanner, ScannerError

from connector.errors import Finding, Position

_QUOTE = "put the text in quotes"
_INDENT = "entries of one mapping or list start in the same column"

_SINGLE = "use single quotes, or write \\\\ for a backslash"
_ENTRY = f"{_INDENT}; {_QUOTE} if it continues a value"
_BRACKET = "close it; separate by commas, and put text that holds commas in quotes"
_COLON = f"{_QUOTE} if the ': ' belongs to it, and check the indentation"

# Part of ruamel's words -> (message, hint). The first that fits is taken.
_EXPLANATIONS: tuple[tuple[str, str, str], ...] = (
    ("cannot start any token", "text cannot begin with <character>", _QUOTE),
    ("mapping values are not allowed", "a ': ' where none can be", _COLON),
    ("sequence entries are not allowed", "a list item cannot start here", "put it on a line of its own"),
    ("while scanning a quoted scalar", "a quote is opened and never closed", "close it"),
    ("unknown escape character", "an unknown \\ escape in double quotes", _SINGLE),
    ("expected escape sequence", "an unfinished \\ escape in double quotes", _SINGLE),
    (
        "while parsing a flow sequence",
        "a [ is not closed with ]",
        _BRACKET,
    ),
    (
        "while parsing a flow mapping",
        "a { is not closed with }",
        _BRACKET,
    ),
    ("while parsing a block collection", "this does not belong to the list above", _INDENT),
    ("while parsing a block mapping", "this does not belong to the entries above", _ENTRY),
    ("could not find expected ':'", "a line without ':'", "write it as 'key: value'"),
    ("expected the node content", "a bracket or comma where a value is wanted", _QUOTE),
    ("undefined tag handle", "tags (!...) are not allowed", _QUOTE),
    ("while parsing a tag", "tags (!...) are not allowed", _QUOTE),
    ("while scanning a tag", "tags (!...) are not allowed", _QUOTE),
    ("while scanning a block scalar", "only +, - and an indentation may follow | or >", _QUOTE),
    ("while scanning an anchor", "an anchor (&) without a name", _QUOTE),
    ("while scanning an alias", "an alias (*) without a name", _QUOTE),
    ("expected '<document start>'", "something follows the document's end", "keep one document in a file"),
    ("directive", "a line that begins with %", _QUOTE),
)

# Where the mistake is reported at what was opened, since the parser notices only lines later.
_AT_THE_OPENING = ("unexpected end of stream", "while parsing a flow")


_BEYOND = re.compile(r"\\U(?!000|0010)[0-9a-fA-F]{8}")  # Unicode's last character


_LONGEST_TAG = 1_000  # characters; tags are refused, and ruamel takes the square of their length to read one


class _Scanner(Scanner):
    def scan_tag_uri(self, name: Any, start_mark: Any) -> Any:
        uri = super().scan_tag_uri(name, start_mark)
        if len(uri) > _LONGEST_TAG:
            raise ScannerError("while scanning a tag", start_mark, "too long", start_mark)
        return uri


def events(text: str) -> Iterator[Event]:
    """What ruamel's parser finds in ``text``. Raises YAMLError, and nothing else, when it is not YAML."""
    yaml = YAML(typ="safe", pure=True)
    yaml.Scanner = _Scanner
    try:
        yield from yaml.parse(text)
    except (ValueError, OverflowError, AssertionError):
        # An escape beyond Unicode, thousands of digits, a %YAML 1.3: it expects none of these.
        raise YAMLError from None


def explain(error: YAMLError, text: str, position: Callable[[int], Position]) -> Finding:
    """What ``error`` means. ``position`` turns an offset of ``text`` into a position."""
    source: Any = error
    mark = getattr(source, "problem_mark", None)
    words = f"{getattr(source, 'context', '')} {getattr(source, 'problem', '')}"
    if mark is None:
        beyond = _BEYOND.search(text)
        if beyond:
            return Finding("there is no character of this number", position(beyond.start()), _SINGLE)
        return Finding("this is not YAML 1.2", position(0))
    at = min(mark.index, len(text))
    if _tab_begins(text, at):
        return Finding("a tab: YAML indents with spaces only", position(at), "replace the tab by spaces")
    if any(part in words for part in _AT_THE_OPENING):
        at = getattr(getattr(source, "context_mark", None), "index", at)
    for part, message, hint in _EXPLANATIONS:
        if part in words:
            return Finding(message.replace("<character>", _shown(text, at)), position(at), hint)
    return Finding("this is not YAML", position(at), "check the indentation and the quotes around here")


def _tab_begins(text: str, at: int) -> bool:
    line = text.rfind("\n", 0, at) + 1
    blank = re.match(r"[ \t]*", text[line:])
    return blank is not None and "\t" in blank[0] and at <= line + len(blank[0])


def _shown(text: str, at: int) -> str:
    return text[at] if at < len(text) and text[at].isprintable() else "this character"
