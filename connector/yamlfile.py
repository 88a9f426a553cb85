"""YAML 1.2 for files that people write: safe, strict, and every value remembers its line and column.

The values are those of YAML's core schema and nothing else: text, integers, decimals, booleans, null, lists
and mappings. ``NO`` and ``2025-01-31`` stay text; ``1.10`` is ``Decimal("1.10")``, exact, because most
fractions here are money. Refused, with the place and in plain words: duplicate keys, keys that are no text,
tags, merges (``<<``), several documents, ``.inf`` and ``.nan``, and files that are too large or unfold to too
much (a few aliases can stand for billions of values).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from ruamel.yaml.error import YAMLError

from connector.errors import ConfigurationError, Finding, Position
from connector.yamlbuild import CONTROL, Builder
from connector.yamlerrors import events, explain
from connector.yamlnodes import Node, Places, is_empty, renamed

MAX_CHARACTERS = 1_000_000
_LINE_END = re.compile(r"\r\n|\r|\n")

KeyPath = Sequence[str | int]


@dataclass(frozen=True)
class Document:
    """A parsed file. ``value`` is plain: dict, list, str, int, Decimal, bool or None (an empty file)."""

    file: str
    text: str
    root: Node
    value: Any = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", self.root.plain())

    def position(self, path: KeyPath = (), key: bool = False) -> Position:
        """Where the value at ``path`` starts (or its key), or else the nearest value that encloses it."""
        node, at = self.root, self.root.start
        for index, part in enumerate(path):
            child = node.child(part)
            if child is None:
                break
            at = child.start
            # An empty value has no place of its own; its key has.
            if isinstance(part, str) and (is_empty(child) or (key and index == len(path) - 1)):
                at = node.content[part].at
            node = child
        return self.at(at)

    def locate(self, path: KeyPath, offset: int) -> Position:
        """Where the character ``offset`` of the text at ``path`` stands in the file."""
        node: Node | None = self.root
        for part in path:
            node = node.child(part) if node else None
        if node is None or not isinstance(node.content, str):
            return self.position(path)
        if node.start not in self._places:
            self._places[node.start] = Places(self.text, node)
        return self.at(self._places[node.start].offset(offset))

    def at(self, offset: int) -> Position:
        """The position of a character of the file."""
        line = bisect_right(self._lines, offset)
        return Position(self.file, line, offset - self._lines[line - 1] + 1)

    @cached_property
    def _places(self) -> dict[int, Places]:
        return {}

    @cached_property
    def _lines(self) -> list[int]:
        """Where each line begins."""
        return [0, *(end.end() for end in _LINE_END.finditer(self.text))]

    def rename(self, path: KeyPath, name: str) -> Document:
        """The same document with the key at ``path`` spelt ``name``; positions stay."""
        return replace(self, root=renamed(self.root, list(path), name))


def with_line_ends_of(before: str, text: str) -> str:
    """``text`` with the line ends of the file that held ``before``: CRLF where it has any."""
    text = text.replace("\r\n", "\n")
    return text.replace("\n", "\r\n") if "\r\n" in before else text


def read(path: Path) -> Document:
    """The document in ``path``. Raises ConfigurationError, as ``parse`` does, or when it cannot be read."""
    file = str(path)
    try:
        with path.open("rb") as stream:
            data = stream.read(4 * MAX_CHARACTERS + 1)
    except FileNotFoundError:
        raise ConfigurationError(f"{file}: there is no such file") from None
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be read: {error.strerror}") from None
    if len(data) > 4 * MAX_CHARACTERS:
        raise _refusal(Finding(_TOO_LARGE, Position(file, 1, 1)))
    return parse(_decoded(data, file), file)


def parse(text: str, file: str) -> Document:
    """The one document in ``text``. Raises ConfigurationError with what is wrong, and where."""
    text = text.removeprefix("\ufeff")
    at = Document(file, text, Node(None, 0, 0)).at
    if len(text) > MAX_CHARACTERS:
        raise _refusal(Finding(_TOO_LARGE, Position(file, 1, 1)))
    if bad := CONTROL.search(text):
        message, hint = f"a control character (U+{ord(bad[0]):04X})", "delete it"
        raise _refusal(Finding(message, at(bad.start()), hint))
    builder = Builder(text, at)
    try:
        root = builder.build(events(text))
    except YAMLError as error:
        findings = [*builder.findings, explain(error, text, at)]
    else:
        findings = builder.findings
    if findings:
        raise ConfigurationError(f"{file} is not valid", findings)
    return Document(file, text, root)


_TOO_LARGE = "the file is larger than 1 MB"


def _refusal(finding: Finding) -> ConfigurationError:
    file = finding.position.file if finding.position else "the file"
    return ConfigurationError(f"{file} is not valid", [finding])


def _decoded(data: bytes, file: str) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        message, at = "the file is UTF-16", Position(file, 1, 1)
        raise _refusal(Finding(message, at, "save it as UTF-8"))
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8").removeprefix("\ufeff")
        at = Document(file, before, Node(None, 0, 0)).at(len(before))
        raise _refusal(Finding("a byte that is not UTF-8", at, "save the file as UTF-8")) from None
