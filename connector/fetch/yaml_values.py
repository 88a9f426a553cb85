"""YAML -> plain values, each with its place. Safe by leaving out what no invitation needs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from connector.fetch.values import LARGEST, NOTHING, Document
from connector.yamlerrors import events

DEEPEST = 50  # levels of nesting; a real invitation has 6


_PLAIN = {"": None, "~": None, "null": None, "true": True, "false": False}
_COMMENT = re.compile(r"\s*(#.*)?")


def yaml_values(lines: Iterable[str]) -> Iterator[Document]:
    """The documents of a YAML stream, each parsed by itself: ``---`` at a line's start always parts two."""
    none = True
    for start, part in _parts(lines):
        for document in _part_values(part, start):
            none = False
            yield document
    if none:
        yield NOTHING


def _parts(lines: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
    """The lines of each document, with the number of the first. What is too large is cut just above that."""
    start, part, size = 1, list[str](), 0
    for number, line in enumerate(lines, 1):
        if line.startswith("---") and line[3:4] in ("", " ", "\t", "\r", "\n"):
            yield start, part
            start, part, size = number, [], 0
        if size <= LARGEST:
            part.append(line)
            size += len(line)
    yield start, part


def _part_values(part: list[str], start: int) -> Iterator[Document]:
    if all(line.startswith("%") or _COMMENT.fullmatch(line.rstrip()) for line in part):
        return
    text = "".join(part)
    if len(text) > LARGEST:
        yield Document(None, start, error=f"a YAML document of more than {LARGEST:,} characters")
        return
    try:
        parsed = events(text)
        for event in parsed:
            if isinstance(event, DocumentStartEvent):
                yield from _yaml_elements(parsed, start)
    except _Unwanted as error:
        yield Document(None, start + error.line, error.column + 1, error.reason)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line, mark.column) if mark else (0, 0)
        yield Document(None, start + line, column + 1, f"not YAML: {_explained(error.problem)}")
    except YAMLError:  # a character that YAML does not allow; the error's own text would quote it
        reason = "not YAML: it holds control characters, or escapes of what is no character"
        yield Document(None, start, error=reason)


def _explained(problem: str | None) -> str:
    if problem and "'\\t'" in problem:
        return "a tab where YAML wants spaces"
    return problem or "it does not parse"


class _Unwanted(Exception):
    """YAML that no invitation needs: an anchor, an alias, a tag, a duplicate key."""

    def __init__(self, event: Event, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line, self.column = event.start_mark.line, event.start_mark.column


def _yaml_elements(events: Iterator[Event], start: int) -> Iterator[Document]:
    event = next(events)
    if not isinstance(event, SequenceStartEvent):
        value = _yaml_value(events, event, 1)
        if value is not None:
            yield Document(value, start + event.start_mark.line, event.start_mark.column + 1)
        return
    while not isinstance(event := next(events), SequenceEndEvent):
        mark = event.start_mark
        yield Document(_yaml_value(events, event, 2), start + mark.line, mark.column + 1)


def _yaml_value(events: Iterator[Event], event: Event, depth: int) -> Any:
    """The value that begins with ``event``. All but null, true and false is text as it stands: the API has
    no numbers, a timestamp or the country NO is no other thing, and an amount keeps its 31 digits."""
    # An alias can make a few lines into gigabytes; no invitation has one.
    if isinstance(event, AliasEvent) or getattr(event, "anchor", None) is not None:
        raise _Unwanted(event, "YAML anchors and aliases are not read; write the value out")
    if getattr(event, "tag", None) is not None:
        raise _Unwanted(event, "YAML tags are not read; leave the tag out")
    if depth > DEEPEST:
        raise _Unwanted(event, f"nested more than {DEEPEST} levels deep")
    if isinstance(event, ScalarEvent):
        plain = event.style is None and event.value in _PLAIN
        return _PLAIN[event.value] if plain else event.value
    if isinstance(event, SequenceStartEvent):
        items = []
        while not isinstance(event := next(events), SequenceEndEvent):
            items.append(_yaml_value(events, event, depth + 1))
        return items
    members: dict[str, Any] = {}
    while not isinstance(event := next(events), MappingEndEvent):
        if not isinstance(event, ScalarEvent):
            raise _Unwanted(event, "a key that is no text")
        if event.value in members:
            raise _Unwanted(event, f"the key {event.value!r:.60} stands twice")
        members[event.value] = _yaml_value(events, next(events), depth + 1)
    return members
