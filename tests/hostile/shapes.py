"""Values of the service model's own shapes, and beyond: what AWS may send, and what nobody should."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tests.servers.invitations import HOSTILE_TITLES
from tests.servers.service_model import output_shape

Raw = dict[str, Any]

TEXTS = (
    *HOSTILE_TITLES,
    "",
    " \t\r\n ",
    "\0",
    "before\0after",
    "\ud800",
    "\udfff\ud83d",
    "\ud83d\ude80 in halves",
    "zero\u200bwidth\u200d\u2060\ufeff",
    "\u202egnp.exe\u202c \u2066x\u2069",
    "\x1b]8;;http://attacker.example\x07link\x1b]8;;\x07 \x9b31m",
    "=1+1",
    "+1",
    "-1",
    "@A1",
    "|calc",
    "'--",
    "%",
    "_%\\_",
    "\\'",
    "null",
    "None",
    "true",
    "NaN",
    "Infinity",
    "1e400",
    "#N/A",
    "{{ Id }}",
    "{0.__class__.__mro__}",
    "%(Id)s ${Id} $(id) `id`",
    "env:HOME",
    "file:/etc/passwd",
    "../../../../etc/passwd",
    "!!python/object/apply:os.system [id]",
    "__proto__",
    "a\u0301\u0323" * 40,
    "\ufdfa" * 60,  # NFKC makes eighteen characters of each
    "İıſßŉǰ",
    "\U0010ffff\ufffe\uffff",
    "x" * 5_000,
    "\r\n\r\nSet-Cookie: a=b",
    '","","=cmd',
    "</script><!--",
)
MOMENTS = (
    "2026-03-29T02:30:00+01:00",
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "0000-00-00T00:00:00Z",
    "-0044-03-15T00:00:00Z",
    "9999-12-31T23:59:59.999999999Z",
    "9999-12-31T23:59:59-14:00",
    "+12026-01-01T00:00:00Z",
    "2026-01-01T24:00:00Z",
    "2026-06-30T23:59:60Z",
    "2025-02-29",
    "2024-02-29T12:00:00Z",
    "2026-01-01 00:00",
    "20260101",
    "1767225600",
    "tomorrow",
)
NUMBERS = (0, -1, 1, 2**31, 2**53 + 1, -(2**63), 2**64, 10**30, 0.1, -0.0, 1e-320, 1.7976931348623157e308)

texts = st.sampled_from(TEXTS) | st.text(max_size=40) | st.text(st.characters(), max_size=12)
numbers = st.sampled_from(NUMBERS) | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | numbers | texts | st.sampled_from(MOMENTS)
anything: SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


def of(shape: Shape) -> SearchStrategy[Any]:
    """Values of a shape, mostly; one in some twenty is anything at all, or null."""
    usual = _usual(shape)
    return st.integers(0, 39).flatmap(
        lambda die: anything if die == 39 else st.none() if die == 38 else usual
    )


def _usual(shape: Shape) -> SearchStrategy[Any]:
    if isinstance(shape, StructureShape):
        return _structure(shape)
    if isinstance(shape, ListShape):
        least, most = shape.metadata.get("min", 0), shape.metadata.get("max", 4)
        return st.lists(of(shape.member), min_size=least, max_size=min(most, 4))
    if isinstance(shape, MapShape):
        return st.dictionaries(texts, of(shape.value), max_size=3)
    if isinstance(shape, StringShape):
        return _string(shape)
    return {
        "timestamp": st.sampled_from(MOMENTS[:1] * 8 + MOMENTS),
        "boolean": st.booleans(),
    }.get(shape.type_name, numbers)


def _structure(shape: StructureShape, without: tuple[str, ...] = ()) -> SearchStrategy[Raw]:
    members = {name: of(member) for name, member in shape.members.items() if name not in without}
    if shape.is_tagged_union:
        one = [st.fixed_dictionaries({name: value}) for name, value in members.items()]
        unknown = st.fixed_dictionaries({"SDK_UNKNOWN_MEMBER": st.fixed_dictionaries({"name": texts})})
        return st.one_of(*one, *one, unknown)
    required = {name: members.pop(name) for name in shape.required_members if name in members}
    known = st.fixed_dictionaries(required, optional=members)
    return st.integers(0, 19).flatmap(lambda die: known if die < 18 else known.flatmap(_spoilt))


def _spoilt(value: Raw) -> SearchStrategy[Raw]:
    """One member missing, or an unknown one there."""
    missing = [st.just({k: v for k, v in value.items() if k != name}) for name in value]
    added = st.dictionaries(texts, anything, min_size=1, max_size=2).map(lambda more: {**more, **value})
    return st.one_of(added, *missing)


def _string(shape: StringShape) -> SearchStrategy[str]:
    rules: Mapping[str, Any] = shape.metadata
    if shape.enum:
        return st.sampled_from(list(shape.enum)) | st.sampled_from(
            [*shape.enum[:3], "A_NEW_VALUE", "pending"]
        )
    pattern = str(rules.get("pattern", ""))
    if pattern and not pattern.startswith(("(?s).", "(?=", "[\\u")):
        return st.from_regex(pattern, fullmatch=True) | texts
    return st.text(min_size=rules.get("min", 0), max_size=60) | texts


@functools.cache
def _parts() -> tuple[SearchStrategy[Raw], SearchStrategy[Any]]:
    shape = output_shape("GetEngagementInvitation")
    return _structure(shape, without=("Id", "Payload")), of(shape.members["Payload"])


@st.composite
def invitations(draw: st.DrawFn) -> Raw:
    """An answer of GetEngagementInvitation, without an ``Id``, that is an invitation more often than not."""
    rest, payloads = _parts()
    raw, payload = draw(rest), draw(payloads)
    raw["Payload"] = payload
    if isinstance(payload, dict) and draw(st.integers(0, 9)):
        raw["PayloadType"] = next(iter(payload), "")
        raw["Status"] = draw(st.sampled_from(["PENDING", "ACCEPTED", "ACCEPTED", "REJECTED", "EXPIRED"]))
    return raw
