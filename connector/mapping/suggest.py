"""What may come next in an expression that is being typed: members at the cursor's path, functions. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connector.mapping.functions import catalogue
from connector.mapping.syntax import MAX_LENGTH
from connector.mapping.written import written


@dataclass(frozen=True, slots=True)
class Suggestion:
    """``text`` takes the place of the ``replaces`` characters before the cursor; ``meaning`` says more of a
    function."""

    text: str
    replaces: int
    meaning: str


# A path of members up to the cursor, each perhaps with brackets behind it, and the beginning of the next one.
_PATH = re.compile(r'((?:(?:\w+|"[^"]*")(?:\[[^\[\]]*\])*\.)*)(\w*)\Z')
_REACH = (
    300  # characters; to look for the beginning of a path in a longer text takes the square of its length
)
_STEP = re.compile(r'(\w+|"[^"]*")((?:\[[^\[\]]*\])*)')


def suggest(before: str, trees: Sequence[Any]) -> list[Suggestion]:
    """What may follow ``before`` (an expression up to the cursor). ``trees`` are what it is about: a tree of
    members as ``connector.mapping.places`` has them, an invitation, or several of these."""
    if len(before) > MAX_LENGTH:
        return []
    scan = _Scan.of(before)
    if scan.in_quotes:
        return []
    roots = _below(trees, scan.filtered)
    path, beginning = _at_end(before)
    names = dict.fromkeys(_names(_below(roots, [path])))
    listed = [
        Suggestion(_spelt(name), len(beginning), "") for name in sorted(names) if _begins(name, beginning)
    ]
    if path:
        return listed
    calls = [Suggestion(f"{f.name}(", len(beginning), f.signature) for f in catalogue()]
    return listed + [call for call in calls if _begins(call.text, beginning)]


def _spelt(name: str) -> str:
    return written({"type": "field", "value": name})


def _begins(name: str, beginning: str) -> bool:
    return name.casefold().startswith(beginning.casefold())


@dataclass(slots=True)
class _Scan:
    """Where in an expression the cursor stands: inside of which filters (``filtered`` are the paths of the
    lists that they choose from, outermost first)."""

    in_quotes: bool
    filtered: list[str]

    @classmethod
    def of(cls, before: str) -> _Scan:
        quote = ""
        opened: list[tuple[int, bool]] = []
        for at, character in enumerate(before):
            if quote:
                quote = "" if character == quote and before[at - 1] != "\\" else quote
            elif character in "'`":
                quote = character
            elif character == "[":
                opened.append((at, before[at + 1 : at + 2] == "?"))
            elif character == "]" and opened:
                opened.pop()
        paths = ["".join(_at_end(before[:at])) for at, is_filter in opened if is_filter]
        return cls(bool(quote), [f"{path}[]" for path in paths])


def _at_end(text: str) -> tuple[str, str]:
    """The path that ``text`` ends with, up to its last dot, and what follows that."""
    (path, last), *_ = _PATH.findall(text[-_REACH:])
    return path, last


def _below(trees: Iterable[Any], paths: Sequence[str]) -> list[Any]:
    """Where ``paths``, one after the other, lead from ``trees``."""
    found = list(trees)
    for name, brackets in (step for path in paths for step in _STEP.findall(path)):
        found = [
            tree[name.strip('"')] for tree in found if isinstance(tree, Mapping) and name.strip('"') in tree
        ]
        for _ in range(brackets.count("[")):
            found = [item for tree in found if isinstance(tree, list) for item in tree]
    return found


def _names(trees: Iterable[Any]) -> Iterator[str]:
    for tree in trees:
        if isinstance(tree, Mapping):
            yield from (str(name) for name in tree)
