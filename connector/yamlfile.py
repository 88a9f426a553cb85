"""YAML 1.2 for files that people write: safe, strict, and every value remembers its line and column.

The values are those of YAML's core schema and nothing else: text, integers, decimals, booleans, null, lists
and mappings. ``NO`` and ``2025-01-31`` stay text; ``1.10`` is ``Decimal("1.10")``, exact, because most
fractions here are money. Refused, with the place and in plain words: duplicate keys, keys that are no text,
tags, merges (``<<``), several documents, ``.inf`` and ``.nan``, and files that are too large or unfold to too
much (a few aliases can stand for billions of values).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from connector.errors import ConfigurationError, Finding, Position
from connector.yamlerrors import explain

MAX_CHARACTERS = 1_000_000
MAX_VALUES = 50_000  # after aliases are unfolded
MAX_DEPTH = 50
MAX_DIGITS = 100

KeyPath = Sequence[str | int]

_NULL = {"", "~", "null", "Null", "NULL"}
_BOOLEAN = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_DECIMAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,6})?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_CONTROL = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_TEXT_TAGS = {"!", "tag:yaml.org,2002:str"}


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


def _is_empty(node: Node) -> bool:
    return node.content is None and node.start == node.end


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
            wants_key = key and index == len(path) - 1
            # An empty value has no place of its own; its key has.
            at = (
                node.content[part].at
                if isinstance(part, str) and (wants_key or _is_empty(child))
                else child.start
            )
            node = child
        return self.at(at)

    def locate(self, path: KeyPath, offset: int) -> Position:
        """Where the character ``offset`` of the text at ``path`` stands in the file."""
        node: Node | None = self.root
        for part in path:
            node = node.child(part) if node else None
        if node is None or not isinstance(node.content, str):
            return self.position(path)
        return self.at(_source_offset(self.text, node, offset))

    def at(self, offset: int) -> Position:
        """The position of a character of the file."""
        before = self.text[:offset].replace("\r\n", "\r")
        line_start = max(before.rfind("\n"), before.rfind("\r")) + 1
        line = before.count("\n") + before.count("\r") + 1
        return Position(self.file, line, len(before) - line_start + 1)

    def rename(self, path: KeyPath, name: str) -> Document:
        """The same document with the key at ``path`` spelt ``name``; positions stay."""
        return replace(self, root=_renamed(self.root, list(path), name))


def read(path: Path) -> Document:
    """The document in ``path``. Raises ConfigurationError, as ``parse`` does, or when it cannot be read."""
    file = str(path)
    try:
        if path.stat().st_size > 4 * MAX_CHARACTERS:
            raise _refusal(Finding(_TOO_LARGE, Position(file, 1, 1)))
        data = path.read_bytes()
    except FileNotFoundError:
        raise ConfigurationError(f"{file}: there is no such file") from None
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be read: {error.strerror}") from None
    return parse(_decoded(data, file), file)


def parse(text: str, file: str) -> Document:
    """The one document in ``text``. Raises ConfigurationError with what is wrong, and where."""
    text = text.removeprefix("\ufeff")
    builder = _Builder(Document(file, text, Node(None, 0, 0)))
    if len(text) > MAX_CHARACTERS:
        raise _refusal(Finding(_TOO_LARGE, Position(file, 1, 1)))
    if bad := _CONTROL.search(text):
        raise _refusal(builder.finding(bad.start(), f"a control character (U+{ord(bad[0]):04X})", _RETYPE))
    yaml = YAML(typ="safe", pure=True)
    try:
        root = builder.build(yaml.parse(text))
    except YAMLError as error:
        findings = [*builder.findings, explain(error, text, builder.document.at)]
    else:
        findings = builder.findings
    if findings:
        raise ConfigurationError(f"{file} is not valid", findings)
    return Document(file, text, root)


_TOO_LARGE = "the file is larger than 1 MB"
_RETYPE = "delete it, or write it as an escape in double quotes"


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


class _Refused(Exception):
    """What makes the rest of the file not worth reading."""


@dataclass
class _Builder:
    """Parser events -> nodes, collecting what is wrong."""

    document: Document
    findings: list[Finding] = field(default_factory=list)
    anchors: dict[str, tuple[Node, int]] = field(default_factory=dict)
    count: int = 0

    def finding(self, offset: int, message: str, hint: str | None = None) -> Finding:
        return Finding(message, self.document.at(offset), hint)

    def report(self, offset: int, message: str, hint: str | None = None) -> None:
        self.findings.append(self.finding(offset, message, hint))

    def build(self, events: Iterator[Event]) -> Node:
        """The root; an empty file gives null."""
        root: Node | None = None
        try:
            for event in events:
                if isinstance(event, DocumentStartEvent):
                    self._document_start(event, root)
                elif isinstance(event, (ScalarEvent, AliasEvent, MappingStartEvent, SequenceStartEvent)):
                    root = self._node(event, events, 1)
                elif isinstance(event, StreamEndEvent):
                    break
        except _Refused:
            pass
        return root or Node(None, 0, 0)

    def _document_start(self, event: DocumentStartEvent, root: Node | None) -> None:
        if root is not None:
            self._refuse(event, "a second document starts here", "keep one document in a file")
        if event.tags or (event.version and tuple(event.version) != (1, 2)):
            self._refuse(event, "only '%YAML 1.2' may stand before the document", "delete the % line")

    def _node(self, event: Event, events: Iterator[Event], depth: int) -> Node:
        before = self.count
        self._count(event, 1)
        if depth > MAX_DEPTH:
            self._refuse(event, f"nested more than {MAX_DEPTH} deep")
        if isinstance(event, AliasEvent):
            return self._alias(event)
        node = self._value(cast(NodeEvent, event), events, depth)
        if anchor := getattr(event, "anchor", None):
            self.anchors[anchor] = (node, self.count - before)
        return node

    def _value(self, event: NodeEvent, events: Iterator[Event], depth: int) -> Node:
        if isinstance(event, ScalarEvent):
            return self._scalar(event)
        if isinstance(event, CollectionStartEvent) and event.tag is not None:
            self.report(event.start_mark.index, f"the tag {event.tag!s:.40} is not allowed", "delete it")
        if isinstance(event, SequenceStartEvent):
            return self._sequence(event, events, depth)
        return self._mapping(event, events, depth)

    def _sequence(self, event: Event, events: Iterator[Event], depth: int) -> Node:
        items: list[Node] = []
        for item in events:
            if isinstance(item, SequenceEndEvent):
                break
            items.append(self._node(item, events, depth + 1))
        return Node(items, event.start_mark.index, event.end_mark.index)

    def _mapping(self, event: Event, events: Iterator[Event], depth: int) -> Node:
        entries: dict[str, Entry] = {}
        for item in events:
            if isinstance(item, MappingEndEvent):
                break
            key, at = self._node(item, events, depth + 1), item.start_mark.index
            value = self._node(next(events), events, depth + 1)
            if not self._is_text_key(key, at):
                continue
            if key.content in entries:
                first = self.document.at(entries[key.content].at)
                self.report(at, f"the key {key.content!r:.60} is here twice", f"first in line {first.line}")
                continue
            entries[key.content] = Entry(at, value)
        return Node(entries, event.start_mark.index, event.end_mark.index)

    def _is_text_key(self, key: Node, at: int) -> bool:
        if key.content == "<<" and key.style is None:
            self.report(at, "'<<' merges are not part of YAML 1.2", "write the entries out")
        elif isinstance(key.content, str):
            return True
        elif isinstance(key.content, (dict, list)):
            self.report(
                at, "a key must be text, not a list or a mapping", "text that begins with { needs quotes"
            )
        elif key.content is None:
            self.report(at, "a key is empty or null", 'put it in quotes if it is meant as text: "null"')
        else:
            raw = self.document.text[key.start : key.end]
            self.report(at, f"the key {raw:.40} is not text", f'put it in quotes: "{raw:.40}"')
        return False

    def _alias(self, event: AliasEvent) -> Node:
        if event.anchor not in self.anchors:
            hint = "text that begins with * needs quotes"
            self.report(event.start_mark.index, f"there is no anchor &{event.anchor:.40} before this", hint)
            return Node(None, event.start_mark.index, event.end_mark.index)
        node, size = self.anchors[event.anchor]
        self._count(event, size)
        return replace(node, start=event.start_mark.index, end=event.end_mark.index, style="*")

    def _count(self, event: Event, size: int) -> None:
        self.count += size
        if self.count > MAX_VALUES:
            self._refuse(event, f"the file unfolds to more than {MAX_VALUES:,} values")

    def _refuse(self, event: Event, message: str, hint: str | None = None) -> None:
        self.report(event.start_mark.index, message, hint)
        raise _Refused

    def _scalar(self, event: ScalarEvent) -> Node:
        start, end = event.start_mark.index, event.end_mark.index
        tag = None if event.tag is None else str(event.tag)
        content: Any = event.value
        if tag is not None and tag not in _TEXT_TAGS:
            self.report(start, f"the tag {tag:.40} is not allowed", "delete it; quotes make text of a value")
        elif tag is None and event.style is None:
            content = self._resolve(event.value, start)
        elif bad := _CONTROL.search(content):
            # Escapes can bring in what the file itself may not hold.
            self.report(start, f"the text holds a control character (U+{ord(bad[0]):04X})", "delete it")
        return Node(content, start, end, event.style)

    def _resolve(self, text: str, at: int) -> Any:
        """A plain scalar by the core schema."""
        if text in _NULL:
            return None
        if text in _BOOLEAN:
            return _BOOLEAN[text]
        number: int | Decimal
        if _INTEGER.fullmatch(text) and len(text) <= MAX_DIGITS:
            number = int(text, 0 if text.startswith(("0x", "0o")) else 10)
        elif _DECIMAL.fullmatch(text) and len(text) <= MAX_DIGITS:
            number = Decimal(text)
        elif _INTEGER.fullmatch(text) or _DECIMAL.fullmatch(text) or _NOT_FINITE.fullmatch(text):
            self.report(
                at, f"{text:.20} is not a number that can be used here", "put it in quotes to mean text"
            )
            return None
        else:
            return text
        if abs(Decimal(number).adjusted()) > MAX_DIGITS:
            self.report(at, f"the number {text:.20} is too large or too small")
        return number


def _renamed(node: Node, path: list[str | int], name: str) -> Node:
    """A copy of ``node`` in which the key at ``path`` is called ``name``."""
    part, *rest = path
    content = node.content.copy()
    if rest:
        child = content[part]
        edited = _renamed(child.node if isinstance(child, Entry) else child, rest, name)
        content[part] = replace(child, node=edited) if isinstance(child, Entry) else edited
    else:
        content = {name if key == part else key: entry for key, entry in content.items()}
    return replace(node, content=content)


_ESCAPES = {"x": 2, "u": 4, "U": 8}


def _source_offset(text: str, node: Node, offset: int) -> int:
    """Where character ``offset`` of a scalar stands in the file.

    Folding changes white space only, so the characters that are not white space stand in the same order in
    the file and in the value: they are counted off against each other.
    """
    wanted = sum(1 for character in node.content[:offset] if not character.isspace())
    last = node.start
    for at, character in _characters(text, node):
        if character.isspace() or not character:
            continue
        if wanted == 0:
            return at
        wanted -= 1
        last = at + 1
    return last


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
