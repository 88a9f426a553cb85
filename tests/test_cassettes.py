"""Every cassette says where it comes from, is played by a test, and holds nothing that is anybody's own."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from connector.crm.salesforce_values import long_id
from tests.recording.cassettes import FOLDER, KINDS, UnknownProvenance, names, no_network, read, replayed
from tests.recording.placeholders import ACCOUNTS, PREFIXES

PLAYING = list((Path(__file__).parent / "recording").glob("test_*.py"))
HEADERS = {
    *("content-type", "x-amz-target", "x-amzn-errortype", "sforce-auto-assign"),
    *("sforce-duplicate-rule-header", "sforce-limit-info", "retry-after"),
}
# Of vendors' documentation, or everybody's.
HOSTS = {
    "mydomainname.my.salesforce.com",
    "example.my.salesforce.com",
    "login.salesforce.com",
    "test.salesforce.com",
    "partnercentral-selling.us-east-1.api.aws",
    "127.0.0.1",
}
IDS = {"001D000000IRFmaIAH", "001D000000IomazIAB", "01gD0000002HU6KIAW"}
_HOST = re.compile(r"//([^/\s\"'?#]*)")
_DOMAIN = re.compile(
    r"\b((?:[\w-]+\.)+(?:com|net|org|io|de|eu|uk|co|aws|cloud|force|test|local|internal|invalid))\b"
)
_EMAIL = re.compile(r"[\w.+%-]+@([\w-]+(?:\.[\w-]+)*)")
_SALESFORCE_ID = re.compile(r"\b[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?\b")
_SECRETS = (
    re.compile(r"\beyJ[\w-]{10,}"),  # a JSON web token
    re.compile(r"\b00D\w{9,15}!"),  # a session of Salesforce
    re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}"),
    re.compile(r"(?i)\b(?:bearer|basic|aws4-hmac-sha256)\s+\S"),
    re.compile(r"-----BEGIN"),
    re.compile(r"(?i)(?:client_secret|password|security_token|assertion|refresh_token)\W{1,5}\w"),
    re.compile(r"\b(?=[A-Za-z]*\d)(?=\w*[A-Z])(?=\w*[a-z])[A-Za-z0-9]{25,}\b"),  # what only machines write
    re.compile(r"\b3MVG9"),  # a consumer key
)


def text(name: str) -> str:
    return (FOLDER / f"{name}.yaml").read_text("utf-8")


def said(name: str) -> str:
    """The requests and answers alone: a provenance names its page."""
    return text(name).partition("\ninteractions:")[2]


def strangers(words: str) -> Iterator[str]:
    """What in ``words`` may be somebody's."""
    for host in (*_HOST.findall(words), *_DOMAIN.findall(words), *_EMAIL.findall(words)):
        if host.lower() not in HOSTS and not re.fullmatch(r"(?:[\w-]+\.)*example\.(?:com|org)", host.lower()):
            yield host
    for pattern in _SECRETS:
        yield from pattern.findall(words)
    for account in re.findall(r"(?<![\w.-])\d{12}(?![\w.-])", words):
        if account not in ACCOUNTS:
            yield account
    for identifier in _SALESFORCE_ID.findall(words):
        known = identifier in IDS or identifier[3:10] == "EXAMPLE"
        if identifier.startswith(PREFIXES) and any(map(str.isdigit, identifier[3:])) and not known:
            yield identifier
    for identifier in re.findall(r"\beng(?:i)?-([0-9a-z]{13,14})\b", words):
        if not re.fullmatch(r"0123456789abcd?|abcdef\d+|0+\d|(?:example|recording)\d+", identifier):
            yield identifier
    for phone in re.findall(r"\+\d[\d ()-]{6,}\d", words):
        if not phone.startswith("+1 555 01"):
            yield phone


def test_there_are_cassettes_of_both_services() -> None:
    assert {name.partition("/")[0] for name in names()} == {"partner_central", "salesforce"}


@pytest.mark.parametrize("name", names())
def test_a_cassette_begins_with_its_provenance(name: str) -> None:
    assert text(name).startswith("provenance: ")
    kind = read(FOLDER / f"{name}.yaml")["provenance"].partition(": ")[0]
    assert kind in KINDS
    assert kind != "recorded by others", "what is others' is read where it lies"


@pytest.mark.parametrize("name", names())
def test_a_cassette_is_played_by_a_test(name: str) -> None:
    assert any(f'"{name}"' in path.read_text("utf-8") for path in PLAYING)


@pytest.mark.parametrize("name", names())
def test_a_cassette_holds_nothing_of_anybodys(name: str) -> None:
    assert list(strangers(said(name))) == []


@pytest.mark.parametrize("name", names())
def test_a_cassette_has_no_headers_but_those_that_matter(name: str) -> None:
    for interaction in read(FOLDER / f"{name}.yaml")["interactions"]:
        for half in interaction.values():
            assert {header.lower() for header in half["headers"]} <= HEADERS


@pytest.mark.parametrize(
    "planted",
    [
        "https://acme.my.salesforce.com/services",
        "see www.customer.de",
        "jane@customer.test",
        "Authorization: Bearer abc",
        "eyJhbGciOiJSUzI1NiJ9.e30.x",
        "00D5g0000004C92!AQabcdef",
        "AKIAIOSFODNN7ABCDEFG",
        "client_secret=abc",
        "210987654321",
        "0065g00000AbCdEAAV",
        "+49 89 1234567",
        "engi-4x7gk2mmq9z1a",
        "-----BEGIN PRIVATE KEY-----",
    ],
)
def test_the_scan_sees_what_it_is_for(planted: str) -> None:
    assert list(strangers(f'{{"a": "{planted}"}}'))


@pytest.mark.parametrize(
    ("provenance", "note"),
    [
        (None, "x"),
        ("", "x"),
        ("recorded live", ""),
        ("recorded live: last week", ""),
        ("recorded live: https://docs.example.com", ""),
        ("transcribed from vendor documentation: a page", "x"),
        ("transcribed from vendor documentation: https://docs.example.com", ""),
        ("recorded from our loopback server: somewhere", ""),
        ("from memory: 2026-01-01", "x"),
    ],
)
def test_a_cassette_without_a_good_provenance_is_not_played(
    provenance: str | None, note: str, tmp_path: Path
) -> None:
    data: dict[str, Any] = {"provenance": provenance, "note": note, "version": 1, "interactions": []}
    path = tmp_path / "cassette.yaml"
    path.write_text(
        yaml.safe_dump({name: value for name, value in data.items() if value is not None}, sort_keys=False)
    )
    with pytest.raises(UnknownProvenance):
        read(path)


def test_a_provenance_that_does_not_come_first_is_none(tmp_path: Path) -> None:
    path = tmp_path / "cassette.yaml"
    path.write_text("version: 1\nprovenance: 'recorded live: 2026-01-01'\ninteractions: []\n")
    with pytest.raises(UnknownProvenance):
        read(path)


@pytest.mark.parametrize(
    "reach",
    [
        lambda: socket.create_connection(("127.0.0.1", 9)),
        lambda: socket.getaddrinfo("example.com", 443),
        lambda: socket.socket().connect(("127.0.0.1", 9)),
    ],
)
def test_nothing_is_reached_while_a_cassette_plays(reach: Callable[[], object]) -> None:
    with no_network(), pytest.raises(AssertionError, match="network"):
        reach()


def test_an_answer_that_nobody_asked_for_is_a_failure() -> None:
    with pytest.raises(AssertionError, match="nobody asked"), replayed("partner_central/not_found"):
        pass


def test_placeholder_ids_are_ids() -> None:
    assert long_id("001EXAMPLE00001")[:15] == "001EXAMPLE00001"
