"""A mapping file of an earlier version of the format -> one of this version. Pure.

When the format changes so that files written for it have to, ``VERSION`` goes up by one and ``CONVERTERS``
gets the change: a file is converted step by step from whatever version it is of.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.representer import RoundTripRepresenter
from ruamel.yaml.resolver import VersionedResolver

from connector.errors import ConfigurationError, Finding
from connector.yamlfile import Document, with_line_ends_of

VERSION = 1  # of the format, that this program reads

# From version n to n + 1: changes the file's values in place, which know their comments and keep them.
CONVERTERS: Mapping[int, Callable[[dict[str, Any]], None]] = {}


_HEAD = re.compile(r"(?:[ \t]*(?:#.*)?\n|%.*\n)*---[ \t]*(?:#.*)?\n")


def wrong_version(document: Document) -> Finding | None:
    """What to do about a file of another version; None where it is of ours, or its version is none that there
    ever was, which is a mistake like others."""
    given = _version(document)
    if given is None or given == VERSION:
        return None
    at = document.position(("version",))
    if given > VERSION:
        message = f"version {given!s:.20} is not known: this crm-connector knows version {VERSION}"
        return Finding(message, at, "upgrade crm-connector")
    if _steps(given) is None:
        return None
    hint = f"`crm-connector mapping upgrade {document.file} --write` brings it up to date"
    return Finding(f"this is version {given} of the format, and version {VERSION} is wanted", at, hint)


def upgraded(document: Document) -> str:
    """The file's text in this version of the format, with its comments, order and quotes; the very same where
    it is of this version. Raises ConfigurationError for a version that cannot be converted."""
    given = _version(document)
    if given == VERSION:
        return document.text
    steps = _steps(given) if given is not None else None
    if steps is None:
        raise ConfigurationError(f"{document.file} cannot be upgraded", [_not_upgradable(document)])
    before = document.text.replace("\r\n", "\n")
    head = _HEAD.match(before)
    begin = head.end() if head else 0  # ruamel leaves out what stands before ---
    yaml = _round_trip(before)
    tree = yaml.load(before[begin:])
    for convert in steps:
        convert(tree)
    tree["version"] = VERSION
    stream = io.StringIO()
    yaml.dump(tree, stream)
    return with_line_ends_of(document.text, before[:begin] + stream.getvalue())


def rename(entries: Any, old: str, new: str) -> None:
    """For converters: call the key ``old`` of some entries ``new``, at its place and with its comments."""
    if old in entries:
        place, comments = list(entries).index(old), entries.ca.items.pop(old, None)
        entries.insert(place, new, entries.pop(old))
        if comments:
            entries.ca.items[new] = comments


def _version(document: Document) -> int | None:
    given = document.value.get("version") if isinstance(document.value, dict) else None
    return given if isinstance(given, int) and not isinstance(given, bool) else None


def _steps(given: int) -> list[Callable[[dict[str, Any]], None]] | None:
    """What makes a file of version ``given`` one of ours; None where there is no way."""
    if not min(CONVERTERS, default=VERSION) <= given < VERSION:
        return None
    return [CONVERTERS[version] for version in range(given, VERSION)]


def _not_upgradable(document: Document) -> Finding:
    first = min(CONVERTERS, default=VERSION)
    known = f"version {first}" if first == VERSION else f"versions {first} to {VERSION}"
    unknown = Finding(f"its version is none that is known: {known}", document.position(("version",)))
    return wrong_version(document) or unknown


class _Representer(RoundTripRepresenter):
    """Writes null as such, where ruamel leaves it out."""


_Representer.add_representer(
    type(None), lambda self, _: self.represent_scalar("tag:yaml.org,2002:null", "null")
)


class _Resolver(VersionedResolver):
    """YAML 1.2's core schema, as ``yamlfile`` has it: a date is text, and stays as it is written."""

    def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
        tag = super().resolve(kind, value, implicit)
        return self.DEFAULT_SCALAR_TAG if "timestamp" in str(tag) else tag


def _round_trip(text: str) -> YAML:
    yaml = YAML()
    yaml.Representer = _Representer
    yaml.Resolver = _Resolver
    yaml.preserve_quotes = True
    yaml.width = len(text) + 1  # no line is to be broken
    return yaml
