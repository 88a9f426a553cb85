"""A recording, from the walk to the file: scrubbed in memory, checked once more, and only then written."""

from __future__ import annotations

import logging
import re
import subprocess
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import connector
from connector import config
from connector.fetch.partner_central import ClientSettings
from tests.recording import allowed, walks
from tests.recording.cassettes import recorded, write
from tests.recording.interactions import Interaction
from tests.recording.scrub import LEFT_OUT, scrub

NOTE = (
    "Ids, names, texts, amounts, dates, hosts and secrets are placeholders;"
    " rows beyond the third are left out."
)


class Unsafe(Exception):
    """Something of the original would have reached the disk. Names no value."""


def record_salesforce(path: Path, config_file: Path, today: date) -> str:
    """Records the org that a config names; gives the provenance. Raises what config and adapter do."""
    few = config.Override(("crm", "scan_rows"), 0, "the recording")
    settings = config.load(config_file, overrides=[few])

    def walk() -> None:
        with settings.open_crm(read_only=True) as crm:
            walks.salesforce(crm)

    return _record(path, walk, allowed.salesforce(), "salesforce", today)


def record_partner_central(path: Path, settings: ClientSettings, today: date) -> str:
    """Records the invitations of one catalog; gives the provenance. Raises what the source does."""
    return _record(
        path,
        lambda: walks.partner_central(settings),
        allowed.partner_central(),
        "partner_central",
        today,
    )


def _record(path: Path, walk: Callable[[], object], rules: allowed.Allowed, server: str, today: date) -> str:
    # At INFO vcrpy logs whole requests and answers, tokens included.
    logging.getLogger("vcr").setLevel(logging.WARNING)
    sent = recorded(walk)
    clean = walks.shortened(scrub(sent, rules, walks.OURS))
    check(sent, clean, rules)
    provenance = _provenance(sent, server, today)
    write(path, provenance, NOTE, clean)
    return provenance


def check(sent: Sequence[Interaction], clean: Sequence[Interaction], rules: allowed.Allowed) -> None:
    """Looks at the result as a stranger to the scrubber would: no secret, address or sentence that was sent
    may be in it. Raises Unsafe."""
    text = "\n".join(
        f"{one.url} {one.request} {one.answer} {one.request_headers} {one.headers}" for one in clean
    )
    known = {
        *walks.OURS,
        *rules.hosts,
        rules.host,
        *(value for some in rules.values.values() for value in some),
    }
    for one in sent:
        telling = {*_secrets(one), *_addresses(one), *_sentences(one.answer)} - known
        if any(value in text and not value.endswith("@example.com") for value in telling):
            raise Unsafe(
                f"something of an answer to {one.method} was left in the recording; nothing was written"
            )
    if LEFT_OUT in text:
        raise Unsafe("an answer was not JSON (SOAP sign-in?); nothing was written")


def _secrets(one: Interaction) -> Iterator[str]:
    header = {name.lower(): value for name, value in one.request_headers.items()}.get("authorization", "")
    yield from re.findall(r"(?:Credential=|Signature=|Bearer )([^\s,/]+)", header)
    if "/oauth2/" in one.url:
        yield from (value for name, value in parse_qsl(one.request) if name != "grant_type")
        yield from re.findall(r'"(?:access_token|signature|id)"\s*:\s*"([^"]+)"', one.answer)


def _addresses(one: Interaction) -> Iterator[str]:
    yield from re.findall(r"[\w.+-]+@[\w-]+\.[\w.]+", one.answer)
    yield urlsplit(one.url).netloc


def _sentences(answer: str) -> Iterator[str]:
    """Texts of several words: nothing that an answer is built of has any."""
    yield from (text for text in re.findall(r'"([^"\\]{12,})"', answer) if re.search(r"\w \w", text))


def _provenance(sent: Sequence[Interaction], server: str, today: date) -> str:
    """By where the answers came from, whatever was asked for on the command line."""
    hosts = {urlsplit(one.url).hostname for one in sent}
    if not hosts & {"127.0.0.1", "localhost", "::1"}:
        return f"recorded live: {today.isoformat()}"
    return f"recorded from our loopback server: tests.servers.{server} at {_servers_version()}"


def _servers_version() -> str:
    """The commit of the loopback servers, marked when they are not as committed."""
    try:
        commit = _git("log", "-1", "--format=%h", "--abbrev=10", "--", "tests/servers")
        changed = _git("status", "--porcelain", "--", "tests/servers")
    except (OSError, subprocess.CalledProcessError):
        commit, changed = "", ""
    return f"{commit}{'-dirty' if changed else ''}" if commit else f"version {connector.__version__}"


def _git(*arguments: str) -> str:
    root = Path(__file__).parents[2]
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=True, cwd=root)
    return done.stdout.strip()
