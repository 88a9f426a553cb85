"""Invitations as lines of a file: well written, written in other ways, and damaged."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from connector.invitation import DEEPEST
from tests.hostile.shapes import TEXTS, Raw, invitations

Spoil = Callable[[str], str]
_ODD_IDS = [text for text in TEXTS if len(text) < 200]


@dataclass(frozen=True)
class Line:
    """``content`` is a line of NDJSON; ``raw`` is what JSON makes of it, None where it is no invitation that
    can be read: then an outcome has to say why."""

    content: bytes
    raw: Raw | None


def _whole(text: str) -> str:
    return text


def _with(value: str, name: str = "Unknown") -> Spoil:
    return lambda text: f'{{"{name}":{value},{text[1:]}'


def _twice(text: str) -> str:
    """The later of two members of one name counts."""
    return f'{{"Id":"engi-other","Status":"EXPIRED","Payload":null,{text[1:]}'


# How lines are written; the first six are JSON.
WAYS: dict[str, Spoil] = {
    "plain": _whole,
    "spaced": lambda text: f" \t{text} ",
    "twice": _twice,
    "deep": _with("[" * (DEEPEST - 1) + "]" * (DEEPEST - 1)),
    "wide": _with("[" + "[]," * 300 + "{}]"),
    "escaped": lambda text: text.replace('"Status"', '"\\u0053tatus"').replace('"Id"', '"\\u0049d"'),
    "too deep": _with("[" * (DEEPEST + 1) + "]" * (DEEPEST + 1)),
    "far too deep": _with('{"a":' * 990 + "1" + "}" * 990),
    "bottomless": _with("[" * 100_000),
    "not a number": _with("NaN"),
    "infinite": _with("-Infinity"),
    "too large": _with("1e400"),
    "many digits": _with("9" * 5_000),
    "cut": lambda text: text[: len(text) // 2],
    "open": lambda text: text[:-1],
    "control": _with('"\x00\x1b"'),
    "bytes": _with('"\udcff\udcc0\udc80"'),
    "single quotes": lambda text: text.replace('"', "'"),
    "glued": lambda text: text + text,
    "comma": lambda text: text[:-1] + ",}",
}
_USUAL = ["plain"] * 60
NO_JSON = frozenset(list(WAYS)[6:])


def line(raw: Raw, way: str, number: int) -> Line:
    """``raw`` under an Id of its own, written in one of ``WAYS``."""
    odd = _ODD_IDS[number % len(_ODD_IDS)] if number % 10 == 9 else "engi-"
    raw = {**raw, "Id": f"{odd}{number:013d}"}
    content = WAYS[way](json.dumps(raw)).encode("utf-8", "surrogateescape")
    return Line(content, None if way in NO_JSON else json.loads(content))


def lines(count: int, start: int, first: int = 0) -> Iterator[Line]:
    """``count`` lines and one of megabytes, numbered from ``first``; hypothesis makes them from the seed
    ``start``."""
    made: list[Line] = []

    @seed(start)
    @settings(
        max_examples=count,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(invitations(), st.sampled_from(_USUAL + list(WAYS)))
    def collect(raw: Raw, way: str) -> None:
        made.append(line(raw, way, first + len(made)))

    while len(made) < count:  # hypothesis makes no example twice, and may leave it at fewer
        collect()
    yield from made[:count]
    yield line({"Status": "ACCEPTED", "Payload": _large()}, "plain", first + count)


def _large() -> Any:
    """A payload of some megabytes."""
    text = "Ein großes Projekt 🚀 " * 20_000
    customer = {"CompanyName": text, "WebsiteUrl": text, "CountryCode": text, "Industry": text}
    project = {"Title": "a" + "\u0301\u0323" * 50_000, "BusinessProblem": text, "ExpectedCustomerSpend": []}
    return {"OpportunityInvitation": {"Customer": customer, "Project": project}}
