"""What still works and will not for ever: the one list of it. Pure.

Whatever is to go from a mapping or a config stands here for at least one minor version before it goes.
``doctor``, ``mapping check`` and ``config check`` show it with its place, and a run says it once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

KeyPath = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Deprecation:
    """``path`` leads to the key in the file, ``*`` standing for any. ``since`` is the version that began to
    tell of it, ``gone`` the one from which on it is an error (or, in words, when a service ends it), and
    ``instead`` what to write. ``applies`` looks at the value and at what the key stands in."""

    path: KeyPath
    since: str
    gone: str
    instead: str
    applies: Callable[[Any, Any], bool] = lambda _value, _owner: True

    def message(self, path: KeyPath) -> str:
        return f"{'.'.join(path)} is deprecated since {self.since} and gone in {self.gone}"


MAPPING: tuple[Deprecation, ...] = ()

CONFIG: tuple[Deprecation, ...] = (
    Deprecation(
        ("crm", "auth", "flow"),
        "0.1.0",
        "Salesforce's Summer '27, which has no SOAP login",
        "use flow jwt or client_credentials, or give flow password a client_id",
        lambda flow, auth: flow == "password" and not auth.get("client_id"),
    ),
)


def found(values: Any, deprecations: tuple[Deprecation, ...]) -> Iterator[tuple[KeyPath, Deprecation]]:
    """What of ``deprecations`` is in a file's ``values``, and where."""
    for deprecation in deprecations:
        for path in _paths(values, deprecation.path, deprecation.applies):
            yield path, deprecation


def _paths(values: Any, pattern: KeyPath, applies: Callable[[Any, Any], bool]) -> Iterator[KeyPath]:
    if not isinstance(values, dict):
        return
    name, *rest = pattern
    for key in values if name == "*" else [name] if name in values else []:
        if rest:
            yield from ((key, *path) for path in _paths(values[key], tuple(rest), applies))
        elif applies(values[key], values):
            yield (key,)
