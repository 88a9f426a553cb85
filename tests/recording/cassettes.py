"""Cassette files: vcrpy's format behind a line that says where the answers come from, played back offline.

``provenance`` is one of ``KINDS`` and what stands behind it; a ``note`` says what is not the source's own.
"""

from __future__ import annotations

import csv
import io
import json
import re
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn
from unittest.mock import patch
from urllib.parse import parse_qsl

import vcr
import yaml
from vcr.cassette import Cassette
from vcr.persisters.filesystem import CassetteNotFoundError

from tests.recording.interactions import Interaction

FOLDER = Path(__file__).parents[1] / "cassettes"
KINDS = {
    "recorded live": re.compile(r"\d{4}-\d{2}-\d{2}"),
    # The page prints the answer; only what it leaves open ("...") is closed.
    "transcribed from vendor documentation": re.compile(r"https://\S+"),
    # The page gives members, codes and meaning, but prints no such answer: the values are made up.
    "written after vendor documentation": re.compile(r"https://\S+"),
    "recorded from our loopback server": re.compile(
        r"tests\.servers\.\w+ at (?:[0-9a-f]{7,40}(?:-dirty)?|version \S+)"
    ),
    # Read in place where it lies, and never part of the project.
    "recorded by others": re.compile(r"\S+"),
}
_DOCUMENTED = [kind for kind in KINDS if kind.endswith("documentation")]


class UnknownProvenance(Exception):
    """A cassette does not say where its answers come from."""


def names() -> list[str]:
    return sorted(path.relative_to(FOLDER).with_suffix("").as_posix() for path in FOLDER.rglob("*.yaml"))


def read(path: Path) -> dict[str, Any]:
    """A cassette as data. Raises UnknownProvenance unless it begins with a good one."""
    text = path.read_text(encoding="utf-8")
    data: dict[str, Any] = yaml.load(text, yaml.CSafeLoader)
    kind, _, source = str(data.get("provenance")).partition(": ")
    if not text.startswith("provenance: ") or kind not in KINDS or not KINDS[kind].fullmatch(source):
        raise UnknownProvenance(path.name)
    if kind in _DOCUMENTED and not data.get("note"):
        raise UnknownProvenance(f"{path.name}: no note of what is not the page's own")
    return data


def write(path: Path, provenance: str, note: str, interactions: Sequence[Interaction]) -> None:
    data = {
        "provenance": provenance,
        **({"note": note} if note else {}),
        "version": 1,
        "interactions": [_as_vcr(one) for one in interactions],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.dump(data, Dumper=_Dumper, sort_keys=False, width=1000), encoding="utf-8")
    read(path)


def _as_vcr(one: Interaction) -> dict[str, Any]:
    return {
        "request": {
            "method": one.method,
            "uri": one.url,
            "headers": {name: [value] for name, value in one.request_headers.items()},
            "body": one.request or None,
        },
        "response": {
            "status": {"code": one.status, "message": ""},
            "headers": {name: [value] for name, value in one.headers.items()},
            "body": {"string": one.answer},
        },
    }


class _Dumper(yaml.SafeDumper):
    """Bodies as blocks, to be read."""


def _block(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _block)

# -- playing back


@contextmanager
def replayed(name: str) -> Iterator[Cassette]:
    """Answers come from cassette ``name`` and nowhere else; all of them must have been asked for."""
    path = FOLDER / f"{name}.yaml"
    with played(path) as cassette:
        yield cassette


@contextmanager
def played(path: Path) -> Iterator[Cassette]:
    read(path)
    with no_network(), _player().use_cassette(str(path), record_mode="none") as cassette:
        yield cassette
        left = [request.uri for at, request in enumerate(cassette.requests) if not cassette.play_counts[at]]
        assert not left, f"nobody asked for {left}"


def _player() -> vcr.VCR:
    player = vcr.VCR(match_on=("method", "scheme", "host", "port", "path", "query", "asked"))
    player.register_matcher("asked", _same_asked)
    return player


def _same_asked(sent: Any, stored: Any) -> None:
    """What the cassette has of a request's headers and body, the request must have."""
    headers = {name.lower(): value for name, value in sent.headers.items()}
    for name, value in stored.headers.items():
        assert _text(headers.get(name.lower())) == value, name
    csv_sent = "text/csv" in (stored.headers.get("content-type") or "")
    read = _rows if csv_sent else _readable
    assert read(sent.body, stored.body) == read(stored.body, stored.body), "body"


def _rows(body: Any, _stored: Any) -> list[list[str]]:
    """A CSV file says the same with and without quotes."""
    return list(csv.reader(io.StringIO(_text(body), newline="")))


def _readable(body: Any, stored: Any) -> Any:
    if not body:
        return None
    text = _text(body)
    if (stored or b"").startswith(b"grant_type="):
        return dict(parse_qsl(text)).get("grant_type")  # the rest of it are secrets
    try:
        return json.loads(text)
    except ValueError:
        return text


@contextmanager
def no_network() -> Iterator[None]:
    def refuse(*address: Any, **_: Any) -> NoReturn:
        raise AssertionError("a test of recorded answers reached for the network")

    with (
        patch.object(socket.socket, "connect", refuse),
        patch.object(socket.socket, "connect_ex", refuse),
        patch.object(socket, "getaddrinfo", refuse),
    ):
        yield


# -- recording


def recorded(walk: Callable[[], object]) -> list[Interaction]:
    """What went over the wire during ``walk``, as it was: in memory, and nowhere else."""
    kept: list[Interaction] = []

    class InMemory:
        @staticmethod
        def load_cassette(*_: Any, **__: Any) -> NoReturn:
            raise CassetteNotFoundError

        @staticmethod
        def save_cassette(_path: Any, cassette: Mapping[str, Any], **_: Any) -> None:
            pairs = zip(cassette["requests"], cassette["responses"], strict=True)
            kept.extend(_as_sent(*pair) for pair in pairs)

    recorder = vcr.VCR(decode_compressed_response=True)
    recorder.register_persister(InMemory)
    with recorder.use_cassette("in memory", record_mode="all", record_on_exception=False):
        walk()
    return kept


def _as_sent(request: Any, response: Mapping[str, Any]) -> Interaction:
    return Interaction(
        request.method,
        request.uri,
        response["status"]["code"],
        response["body"]["string"].decode("utf-8", "replace"),
        _text(request.body or ""),
        {name: _text(value) for name, value in request.headers.items()},
        {name: values[0] for name, values in response["headers"].items() if values},
    )


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
