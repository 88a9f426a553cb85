"""Log lines: one event each, in UTC, without secrets, whoever wrote the text."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator

import pytest

from connector.cli.logs import configure
from connector.cli.options import Options
from connector.secrets import remember


@pytest.fixture(autouse=True)
def levels() -> Iterator[None]:
    """Set the loggers back."""
    yield
    configure(Options())


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().err.splitlines()


def test_a_title_cannot_forge_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure(Options())
    logging.getLogger("connector.map").warning("title %s", "x\n2026-01-01T00:00:00.000Z error forged\x1b[2J")
    (line,) = lines(capsys)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z warning title x\\n2026.*\\x1b\[2J", line)


def test_json_lines_carry_what_the_record_does(capsys: pytest.CaptureFixture[str]) -> None:
    configure(Options(log_format="json"))
    logging.getLogger("connector.retry").info("waiting", extra={"seconds": 1.5, "service": "crm"})
    (line,) = map(json.loads, lines(capsys))
    assert line["message"] == "waiting"
    assert (line["level"], line["logger"], line["seconds"]) == ("info", "connector.retry", 1.5)
    assert line["time"].endswith("Z")


def test_an_extra_cannot_take_the_place_of_the_message(capsys: pytest.CaptureFixture[str]) -> None:
    configure(Options(log_format="json"))
    logging.getLogger("connector").error("what happened", extra={"level": "debug", "time": "never"})
    (line,) = map(json.loads, lines(capsys))
    assert (line["level"], line["message"]) == ("error", "what happened")


def test_secrets_are_masked(capsys: pytest.CaptureFixture[str]) -> None:
    remember("open-sesame")
    configure(Options())
    logging.getLogger("connector").error("%s at %s", "open-sesame", "postgresql://me:pa55@db/x")
    assert not re.search("open-sesame|pa55", "".join(lines(capsys)))


@pytest.mark.parametrize("name", ["botocore", "boto3", "urllib3", "sqlalchemy.engine", "botocore.auth"])
def test_debug_never_lets_others_print_credentials_and_bodies(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(Options(debug=True, verbose=True))
    logging.getLogger(name).debug("Authorization: secret")
    logging.getLogger(name).info("body")
    assert lines(capsys) == []


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        (Options(), ["warning"]),
        (Options(verbose=True), ["info", "warning"]),
        (Options(debug=True), ["debug", "info", "warning"]),
        (Options(quiet=True), []),
    ],
)
def test_how_much_is_said(options: Options, shown: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    configure(options)
    for level in ("debug", "info", "warning"):
        getattr(logging.getLogger("connector.plan"), level)("x")
    assert [line.split()[1] for line in lines(capsys)] == shown


def test_waits_are_said_unasked_but_not_when_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    configure(Options())
    logging.getLogger("connector.retry").info("waiting 2 s")
    assert len(lines(capsys)) == 1
    configure(Options(quiet=True))
    logging.getLogger("connector.retry").info("waiting 2 s")
    assert lines(capsys) == []
