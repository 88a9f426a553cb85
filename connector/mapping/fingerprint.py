"""A mapping's fingerprint: the same for the same meaning, however the file is written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping as MappingType
from dataclasses import fields, is_dataclass
from decimal import Decimal
from typing import Any

from connector.mapping.functions import Rates
from connector.mapping.model import Expression

LANGUAGE = 1  # raised when the same file comes to mean something else
# What is optional decides for which CRMs a mapping is good, not what it makes of an invitation.
_NO_MEANING = {"position", "file", "fingerprint", "optional", "beside"}
_ORDERED = {"title", "narrow", "template"}


def fingerprint(mapping: object, rates: Rates) -> str:
    """32 hex digits over all that decides what a mapping makes of an invitation, the rates included."""
    canonical = json.dumps([LANGUAGE, _plain(rates), _plain(mapping)], sort_keys=True, ensure_ascii=True)
    return hashlib.blake2b(canonical.encode(), digest_size=16).hexdigest()


def _plain(value: Any, ordered: bool = False) -> Any:
    if isinstance(value, Expression):
        return {"jmespath": value.text.strip()}
    if is_dataclass(value):
        members = [member.name for member in fields(value) if member.name not in _NO_MEANING]
        return {name: _plain(getattr(value, name), name in _ORDERED) for name in members}
    if isinstance(value, MappingType):
        return _listed([[key, _plain(item)] for key, item in value.items()], ordered)
    if isinstance(value, (list, tuple)):
        return _listed([_plain(item) for item in value], ordered)
    return {"decimal": str(value)} if isinstance(value, Decimal) else value


def _listed(items: list[Any], ordered: bool) -> list[Any]:
    return items if ordered else sorted(items, key=lambda item: json.dumps(item, sort_keys=True))
