"""The shape of a mapping file: every mistake found at once, and mended where it is plain what was meant.

A misspelt key is reported and then read as the key that was meant; a value of the wrong kind is reported and
left out. So the rest of the file can still be checked in the same go.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from connector.errors import Finding
from connector.mapping import upgrade
from connector.mapping.nearest import did_you_mean, nearest
from connector.mapping.shape import FieldShape, MappingShape, MatchShape, RecordShape
from connector.yamlfile import Document

MISSING = "(missing)"  # stands where a rule lacks its object or key; such a rule is not used
_ROUNDS = 10

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Validated:
    """A file's shape (None where nothing of it can be used), the document with misspelt keys mended, what is
    wrong, and which paths were left out for it."""

    shape: MappingShape | None
    document: Document
    findings: list[Finding]
    left_out: frozenset[KeyPath] = frozenset()


def validated(document: Document) -> Validated:
    """The shape of ``document``."""
    if not isinstance(document.value, dict):
        message = "the file is empty" if document.value is None else "a mapping file begins with 'version: 1'"
        return Validated(
            None, document, [Finding(message, document.position(), "see mappings/ for examples")]
        )
    if wrong := upgrade.wrong_version(document):
        return Validated(None, document, [wrong])
    mender = _Mender(document)
    mender.respell()
    return Validated(mender.shape(), mender.document, mender.findings, frozenset(mender.left_out))


_LEVELS: tuple[tuple[tuple[str, ...], type[BaseModel]], ...] = (
    ((), MappingShape),
    (("records", "*"), RecordShape),
    (("records", "*", "match"), MatchShape),
    (("records", "*", "fields", "*"), FieldShape),
)


def _matching(value: Any, pattern: tuple[str, ...], path: KeyPath = ()) -> list[KeyPath]:
    """The paths of the mappings in ``value`` that ``pattern`` names; ``*`` is any key."""
    if not isinstance(value, dict):
        return []
    if not pattern:
        return [path]
    keys = list(value) if pattern[0] == "*" else [key for key in value if key == pattern[0]]
    return [found for key in keys for found in _matching(value[key], pattern[1:], (*path, key))]


_SPLIT = re.compile(r"[()'\"`\[\]]")
_QUOTED = "inside { } an expression with a comma in it needs quotes"


class _Mender:
    """A document on its way to a shape."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.values: dict[str, Any] = {}
        self.findings: list[Finding] = []
        self.left_out: set[KeyPath] = set()

    def respell(self) -> None:
        """Misspelt keys become what they were meant to be; those that mean nothing are left out."""
        for pattern, model in _LEVELS:
            for path in _matching(self.document.value, pattern):
                self._respell_at(path, [field.alias or name for name, field in model.model_fields.items()])
        self.values = self.document.root.plain()
        for path in self.left_out:
            _remove(self.values, path)

    def _respell_at(self, path: KeyPath, known: list[str]) -> None:
        for key in _get(self.document.value, path):
            if key in known:
                continue
            free = [name for name in known if name not in _get(self.document.value, path)]
            is_split = bool(_SPLIT.search(key))
            meant = None if is_split else nearest(key, free)
            position = self.document.position((*path, key), key=True)
            hint = _QUOTED if is_split else did_you_mean(key, free) or f"one of {', '.join(known)}"
            self.findings.append(Finding(f"unknown key '{key:.40}'", position, hint))
            if meant:
                self.document = self.document.rename((*path, key), meant)
            else:
                self.left_out.add((*path, key))

    def shape(self) -> MappingShape | None:
        """The shape, without what does not fit it."""
        for _ in range(_ROUNDS):
            try:
                return MappingShape.model_validate(self.values)
            except ValidationError as error:
                for details in error.errors(include_url=False):
                    self._mend(details)
        return None

    def _mend(self, details: ErrorDetails) -> None:
        path = tuple(part for part in details["loc"] if part != "[key]")
        is_missing = details["type"] == "missing"
        emptied = details["type"] == "too_short" and any(out[: len(path)] == path for out in self.left_out)
        if emptied:
            _remove(self.values, path)
        elif not is_missing:
            position = self.document.position(path, key=details["loc"][-1] == "[key]")
            message, hint = _explain(details, str(path[-1]) if path else "")
            self.findings.append(Finding(message, position, hint))
            _remove(self.values, path)
        else:
            if path not in self.left_out:
                self.findings.append(_missing(self.document, path))
            filler = copy.deepcopy(_FILLERS.get(str(path[-1]), MISSING))
            _owner(self.values, path).setdefault(str(path[-1]), filler)
        self.left_out.add(path)


_FILLERS: dict[str, Any] = {
    "version": upgrade.VERSION,
    "object": MISSING,
    "key": {MISSING: "Id"},
    "fields": {},
}
_FILLERS["records"] = {MISSING: {"object": MISSING, "key": {MISSING: "Id"}, "fields": {}}}


def _missing(document: Document, path: KeyPath) -> Finding:
    owner = f"the rule {path[1]}" if len(path) > 1 else "the mapping"
    hint = _WHY.get(str(path[-1]))
    return Finding(f"{owner} has no '{path[-1]}'", document.position(path[:-1], key=True), hint)


_WHY = {
    "version": "begin the file with version: 1",
    "name": "say what it is called in reports",
    "crm": "say for which kind of CRM it is: config's crm.type",
    "records": "say which records an invitation becomes",
    "object": "name the CRM's object or table",
    "key": "name the field by which the record is found again, as in key: {aws_invitation_id: Id}",
    "fields": "say what its fields hold",
}


def _explain(details: ErrorDetails, name: str) -> tuple[str, str | None]:
    kind, given = details["type"], details["input"]
    if given is None:
        return f"'{name}' is empty", "give it a value, or delete the line"
    if kind == "literal_error":
        return _not_one_of(name, given, details.get("ctx", {}))
    if kind == "string_type":
        return _not_text(name, given)
    if kind == "scalar":
        return f"{name} wants one plain value, not {_kind(given)}", None
    message, hint = _MESSAGES.get(kind, ("'{name}' is not what is wanted here", None))
    return message.format(name=name, kind=_kind(given)), hint


_MESSAGES: Mapping[str, tuple[str, str | None]] = {
    "bool_type": ("{name} wants true or false, not {kind}", None),
    "dict_type": ("'{name}' wants entries (name: value), not {kind}", None),
    "field": ("the field {name} wants an expression, not {kind}", "a fixed value is written {value: 5}"),
    "length": ("{name} wants a whole number above 0", None),
    "model_type": ("'{name}' wants entries (name: value), not {kind}", None),
    "string_too_short": ("'{name}' is empty", "give it a value, or delete the line"),
    "too_long": ("'{name}' wants exactly one field, not {kind}", "choose the one that is unique in the CRM"),
    "too_short": ("'{name}' is empty", "give it an entry, or delete the line"),
}


def _not_one_of(name: str, given: Any, context: Mapping[str, Any]) -> tuple[str, str | None]:
    if name == "version":
        if given == str(upgrade.VERSION):
            return f"version {given} is text here", f"write it without quotes: version: {given}"
        return (
            f"version {str(given).lower():.20} is not known",
            f"this connector reads version {upgrade.VERSION}",
        )
    words = re.findall(r"'([^']*)'", str(context.get("expected", "")))
    return f"{name} cannot be {given!s:.40}", did_you_mean(str(given), words)


def _not_text(name: str, given: Any) -> tuple[str, str | None]:
    if isinstance(given, (dict, list)):
        return f"'{name}' wants text, not {_kind(given)}", "text that begins with { or [ needs quotes"
    return f"'{name}' wants text, not {_kind(given)}", "put it in quotes"


def _kind(value: Any) -> str:
    if isinstance(value, dict):
        return f"{len(value)} entries" if len(value) != 1 else "an entry"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return "true or false"
    return "text" if isinstance(value, str) else "a number"


def _get(value: Any, path: KeyPath) -> Any:
    for part in path:
        value = value[part]
    return value


def _remove(values: Any, path: KeyPath) -> None:
    if path:
        _owner(values, path).pop(str(path[-1]), None)


def _owner(values: Any, path: KeyPath) -> dict[str, Any]:
    """What holds the value at ``path``; an empty one where an earlier mistake has taken it away."""
    for part in path[:-1]:
        values = values.get(part) if isinstance(values, dict) else None
    return values if isinstance(values, dict) else {}
