"""The values of a YAML file, and where each of their characters stands in it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Entry:
    """One ``key: value`` of a mapping; ``at`` is where its key starts."""

    at: int
    node: Node


@dataclass(frozen=True, slots=True)
class Node:
    """A value of the file. ``content`` is what it holds: a scalar, a list of nodes, or entries by key.
    ``start`` and ``end`` are character offsets; ``style`` is a scalar's quote, None where it is plain."""

    content: Any
    start: int
    end: int
    style: str | None = None

    def plain(self) -> Any:
        """The value, as plain Python."""
        if isinstance(self.content, dict):
            return {key: entry.node.plain() for key, entry in self.content.items()}
        if isinstance(self.content, list):
            return [node.plain() for node in self.content]
        return self.content

    def child(self, part: str | int) -> Node | None:
        if isinstance(self.content, dict) and isinstance(part, str):
            entry = self.content.get(part)
            return entry.node if entry else None
        if isinstance(self.content, list) and isinstance(part, int) and 0 <= part < len(self.content):
            return self.content[part]  # type: ignore[no-any-return]
        return None


def height(node: Node) -> int:
    """How many values lie one within another below a node."""
    content = node.content
    if isinstance(content, dict):
        return 1 + max((height(entry.node) for entry in content.values()), default=0)
    return 1 + max(map(height, content), default=0) if isinstance(content, list) else 0


def is_empty(node: Node) -> bool:
    """Whether a value is left out: it has no place of its own."""
    return node.content is None and node.start == node.end


def renamed(node: Node, path: list[str | int], name: str) -> Node:
    """A copy of ``node`` in which the key at ``path`` is called ``name``."""
    part, *rest = path
    content = node.content.copy()
    if rest:
        child = content[part]
        edited = renamed(child.node if isinstance(child, Entry) else child, rest, name)
        content[part] = replace(child, node=edited) if isinstance(child, Entry) else edited
    else:
        content = {name if key == part else key: entry for key, entry in content.items()}
    return replace(node, content=content)


_ESCAPES = {"x": 2, "u": 4, "U": 8}


class Places:
    """Where the characters of a scalar stand in the file.

    Folding changes white space only, so the characters that are not white space stand in the same order in
    the file and in the value: they are counted off against each other, once for all that is asked.
    """

    def __init__(self, text: str, node: Node) -> None:
        self._start = node.start
        dark = (not character.isspace() for character in node.content)
        self._before = [0, *itertools.accumulate(dark)]
        self._at = [at for at, character in _characters(text, node) if not character.isspace()]

    def offset(self, of: int) -> int:
        """Where character ``of`` of the value stands; for white space, what follows it."""
        wanted = self._before[min(of, len(self._before) - 1)]
        if wanted < len(self._at):
            return self._at[wanted]
        return self._at[-1] + 1 if self._at else self._start


def _characters(text: str, node: Node) -> Iterator[tuple[int, str]]:
    """The characters of a scalar as they stand in the file: offset, and what each gives."""
    at, end = node.start, node.end
    if node.style == "*":
        return
    if node.style in ("|", ">"):
        at = text.find("\n", at) + 1
    elif node.style:
        at, end = at + 1, end - 1
    while at < end:
        length, character = 1, text[at]
        if node.style == "'" and text.startswith("''", at):
            length = 2
        elif node.style == '"' and character == "\\":
            length = 2 + _ESCAPES.get(text[at + 1], 0)
            escape = text[at + 1]
            character = " " if escape in "ntrNLP_ \t\n\r" else "x"
        yield at, character
        at += length
