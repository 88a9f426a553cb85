"""Parser events -> the nodes of a document, by YAML 1.2's core schema, within bounds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, cast

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

from connector.errors import Finding, Position
from connector.yamlnodes import Entry, Node, height

MAX_VALUES = 50_000  # after aliases are unfolded
MAX_DEPTH = 50
MAX_DIGITS = 100
MAX_FINDINGS = 100

_NULL = {"", "~", "null", "Null", "NULL"}
_BOOLEAN = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_DECIMAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,6})?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
CONTROL = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_PROPERTIES = re.compile(r"(?:(?:[&!]\S*|#.*)\s+)*")
_TEXT_TAG = "tag:yaml.org,2002:str"


_TOO_DEEP = f"nested more than {MAX_DEPTH} deep"


class _Refused(Exception):
    """What makes the rest of the file not worth reading."""


@dataclass
class Builder:
    """Parser events -> nodes, collecting what is wrong."""

    text: str
    at: Callable[[int], Position]  # the place of a character
    findings: list[Finding] = field(default_factory=list)
    anchors: dict[str, tuple[Node, int]] = field(default_factory=dict)
    count: int = 0

    def report(self, offset: int, message: str, hint: str | None = None) -> None:
        self.findings.append(Finding(message, self.at(offset), hint))
        if len(self.findings) >= MAX_FINDINGS:
            raise _Refused

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
        # Long texts count for more: an alias repeats them too.
        self._count(event, 1 + len(getattr(event, "value", "")) // 100)
        if depth > MAX_DEPTH:
            self._refuse(event, _TOO_DEEP)
        if isinstance(event, AliasEvent):
            return self._alias(event, depth)
        node = self._value(cast(NodeEvent, event), events, depth)
        if anchor := getattr(event, "anchor", None):
            self.anchors[anchor] = (node, self.count - before)
        return node

    def _value(self, event: NodeEvent, events: Iterator[Event], depth: int) -> Node:
        if isinstance(event, ScalarEvent):
            return self._scalar(event)
        if isinstance(event, CollectionStartEvent) and event.tag is not None:
            self._report_tag(event.start_mark.index, str(event.tag))
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
                first = self.at(entries[key.content].at)
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
            raw = self.text[key.start : key.end]
            self.report(at, f"the key {raw:.40} is not text", f'put it in quotes: "{raw:.40}"')
        return False

    def _alias(self, event: AliasEvent, depth: int) -> Node:
        if event.anchor not in self.anchors:
            hint = "text that begins with * needs quotes"
            self.report(event.start_mark.index, f"there is no anchor &{event.anchor:.40} before this", hint)
            return Node(None, event.start_mark.index, event.end_mark.index)
        node, size = self.anchors[event.anchor]
        self._count(event, size)
        if depth + height(node) > MAX_DEPTH:
            self._refuse(event, _TOO_DEEP)
        return replace(node, start=event.start_mark.index, end=event.end_mark.index, style="*")

    def _count(self, event: Event, size: int) -> None:
        self.count += size
        if self.count > MAX_VALUES:
            self._refuse(event, f"the file unfolds to more than {MAX_VALUES:,} values")

    def _refuse(self, event: Event, message: str, hint: str | None = None) -> None:
        self.report(event.start_mark.index, message, hint)
        raise _Refused

    def _scalar(self, event: ScalarEvent) -> Node:
        start, end = self._behind_anchor(event), event.end_mark.index
        tag = None if event.tag is None else str(event.tag)
        content: Any = event.value
        if tag is not None and tag != _TEXT_TAG:
            shown = tag.replace("tag:yaml.org,2002:", "!!")
            self.report(
                start, f"the tag {shown:.40} is not allowed", "delete it; quotes make text of a value"
            )
        elif tag is None and event.style is None:
            content = self._resolve(event.value, start)
        elif bad := CONTROL.search(content):
            # Escapes can bring in what the file itself may not hold.
            self.report(start, f"the text holds a control character (U+{ord(bad[0]):04X})", "delete it")
        return Node(content, start, end, event.style)

    def _behind_anchor(self, event: ScalarEvent) -> int:
        """Where a scalar's own text starts: to the parser, its anchor and tag are part of it."""
        start = event.start_mark.index
        before = _PROPERTIES.match(self.text, start, event.end_mark.index)
        return before.end() if before and (event.anchor or event.tag == _TEXT_TAG) else start

    def _report_tag(self, offset: int, tag: str) -> None:
        shown = tag.replace("tag:yaml.org,2002:", "!!")
        self.report(offset, f"the tag {shown:.40} is not allowed", "delete it; quotes make text of a value")

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
