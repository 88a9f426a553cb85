"""What may come next in a mapping file that is being written: keys, options, fields of the CRM, members of
the invitation, functions. Pure: the file's text and a cursor in, suggestions out; it need not be YAML yet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connector.mapping.schema import json_schema
from connector.mapping.suggest import Suggestion, suggest
from connector.records import ObjectMeta

_LINE = re.compile(r"^(?P<indent>\s*)(?P<key>[\w.]+)\s*:(?:\s+|$)(?P<value>.*)$")
_PAIR = re.compile(r"\s*(?P<key>\w+)\s*:\s+(?P<value>.*)$")
_VALUES = {
    "write": ("always", "keep", "create", "blank"),
    "none": ("create", "skip", "review"),
    "many": ("review", "newest"),
    "required": ("true", "false"),
    "optional": ("true", "false"),
}
_TEXTS = ("name", "crm", "version", "value", "max_length")  # hold no expression


@dataclass(frozen=True, slots=True)
class Known:
    """What there is to complete from: the tree of an invitation's members (as ``connector.mapping.places``
    has them), and the CRM's objects."""

    members: Mapping[str, Any]
    objects: Mapping[str, ObjectMeta] = field(default_factory=dict)


def complete(text: str, offset: int, known: Known) -> list[Suggestion]:
    """What may follow at ``offset``, a count of characters from the beginning of ``text``."""
    before = text[:offset]
    lines = before.split("\n")
    path = _path(lines)
    found = _LINE.match(lines[-1])
    if found is None:
        return _keys(text, path, lines[-1].strip(), known)
    key, value = found["key"], found["value"]
    option = _option(value)
    if option is not None:
        return _values(text, [*path, key], option["key"], option["value"], known)
    if value.startswith("{"):
        return _begun(_options([*path, key]), value[1:].rpartition(",")[2].strip())
    return _values(text, path, key, value, known)


def _option(value: str) -> re.Match[str] | None:
    """The last ``key: value`` inside of a ``{`` that is still open."""
    inside = value[max(value.rfind("{"), value.rfind("}"), 0) :]
    starts = [at for at, character in enumerate(inside) if character in "{,"]
    pairs = (_PAIR.match(inside, at + 1) for at in reversed(starts))
    return next((pair for pair in pairs if pair), None)


def _path(lines: Sequence[str]) -> list[str]:
    """The keys above the last line, the outermost first, by their indentation."""
    path: list[str] = []
    depth = len(lines[-1]) - len(lines[-1].lstrip())
    for line in reversed(lines[:-1]):
        found = _LINE.match(line)
        if found and len(found["indent"]) < depth:
            depth = len(found["indent"])
            path.insert(0, found["key"])
    return path


def _keys(text: str, path: list[str], begun: str, known: Known) -> list[Suggestion]:
    in_fields = len(path) == 3 and path[0] == "records" and path[2] in ("fields", "key")
    in_title = len(path) == 4 and path[2] == "match"
    if in_fields or in_title:
        meta = known.objects.get(_object(text, path[1]))
        named = {name: f"{f.type} {f.label}".strip() for name, f in meta.fields.items()} if meta else {}
        return _begun(named, begun)
    return _begun(_options(path), begun)


def _options(path: Sequence[str]) -> dict[str, str]:
    """The keys that the language has at ``path``, each with what it means."""
    schema = json_schema()
    shapes = schema["$defs"]
    match len(path), path[:1]:
        case 0, _:
            shape = schema
        case 2, ["records"]:
            shape = shapes["RecordShape"]
        case 3, ["records"] if path[2] == "match":
            shape = shapes["MatchShape"]
        case 4, ["records"] if path[2] == "fields":
            shape = shapes["FieldShape"]
        case _:
            return {}
    return {name: str(about.get("description") or "") for name, about in shape["properties"].items()}


def _values(text: str, path: list[str], key: str, value: str, known: Known) -> list[Suggestion]:
    begun = value.lstrip("\"'")
    if key in _VALUES:
        return _begun(dict.fromkeys(_VALUES[key], ""), begun)
    if key == "ref":
        return _begun(dict.fromkeys(_rules(text), "rule"), begun)
    if key == "object":
        return _begun({name: meta.label for name, meta in known.objects.items()}, begun)
    if key in _TEXTS and path[:1] != ["let"] and len(path) != 3:
        return []
    names = dict.fromkeys(_names(text)) if path[:1] != [] or key == "let" else {}
    return suggest(begun, [known.members, dict.fromkeys(names), {"item": None, "index": None}])


def _begun(named: Mapping[str, str], begun: str) -> list[Suggestion]:
    return [
        Suggestion(name, len(begun), meaning)
        for name, meaning in named.items()
        if name.casefold().startswith(begun.casefold())
    ]


def _object(text: str, rule: str) -> str:
    """The object that a rule names, as far as its own lines say it yet."""
    depth = None
    for found in filter(None, map(_LINE.match, text.split("\n"))):
        indent = len(found["indent"])
        if depth is not None and indent <= depth:
            break
        if depth is None and indent and found["key"] == rule:
            depth = indent
        elif depth is not None and found["key"] == "object":
            return found["value"].partition(" ")[0].strip("\"'")
    return ""


def _rules(text: str) -> Iterator[str]:
    yield from _below(text, "records")


def _names(text: str) -> Iterator[str]:
    yield from _below(text, "let")


def _below(text: str, section: str) -> Iterable[str]:
    """The keys directly below a key of the first level."""
    found = re.search(rf"^{section}:[^\n]*\n((?:[ #].*\n|\s*\n)*)", text + "\n", flags=re.MULTILINE)
    if not found:
        return []
    indents = re.findall(r"^( +)[\w.]+:", found[1], flags=re.MULTILINE)
    return re.findall(rf"^{indents[0]}([\w.]+):", found[1], flags=re.MULTILINE) if indents else []
