"""What others wrote stays text on a real terminal: no title steers it, on any screen."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.promises import forked
from tests.servers.partner_central import PartnerCentral

ROOT = Path(__file__).parents[2]
TITLE = (
    "Ti\x1b[31mtle\x1b]0;owned\x07 \x9b2J \x08\x08 \u202egnp.exe\u202c \u2066x \u2028"
    " [red]markup[/red]\r\n{{ Id }}"
)
# What we and Rich write to a terminal: styles, and the progress bar's moves.
OURS = re.compile(r"\x1b\[[0-9;]*m|\x1b\[\?25[lh]|\x1b\[[12]?[AK]")
STEERING = re.compile("[\x00-\x08\x0b-\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[tuple[Path, dict[str, str]]]:
    """A folder with a config and the hostile invitation, in a file and at a service."""
    shutil.copytree(ROOT / "mappings", tmp_path / "mappings")
    text = (ROOT / "config.example.yaml").read_text(encoding="utf-8")
    (tmp_path / "config.yaml").write_text(text.replace("path: mappings/samples", "path: inbox"), "utf-8")
    (tmp_path / "inbox").mkdir()
    raw = json.loads((ROOT / "mappings/samples/hostile-title.json").read_text(encoding="utf-8"))
    deal: dict[str, Any] = raw["Payload"]["OpportunityInvitation"]
    deal["Project"].update(Title=TITLE, BusinessProblem=TITLE)
    deal["Customer"]["CompanyName"] = TITLE
    raw["EngagementTitle"] = raw["InvitationMessage"] = TITLE
    (tmp_path / "inbox" / "one.json").write_text(json.dumps(raw), encoding="utf-8")
    (tmp_path / "inbox" / "\x1b[31mtle.json").write_text("{", encoding="utf-8")
    with PartnerCentral([raw]) as server:
        environ = {name: value for name, value in os.environ.items() if name[:4] not in ("AWS_", "CRM_")}
        yield (
            tmp_path,
            {
                **environ,
                "PYTHONPATH": str(ROOT),
                "TERM": "xterm-256color",
                "AWS_ENDPOINT_URL": server.url,
                "AWS_ACCESS_KEY_ID": "test",
                "AWS_SECRET_ACCESS_KEY": "test",
            },
        )


def on_a_terminal(arguments: str, home: tuple[Path, dict[str, str]]) -> str:
    """What a command writes to a terminal, standard output and error together."""
    folder, environ = home
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "connector", *arguments.split()]
    with subprocess.Popen(
        command, cwd=folder, env=environ, stdin=theirs, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        written = b""
        while part := _read(ours):
            written += part
        os.close(ours)
        assert process.wait(60) in (0, 3), written
    return written.decode("utf-8")


def sync(home: tuple[Path, dict[str, str]]) -> None:
    folder, environ = home
    assert forked.run(["sync", "--quiet"], folder=folder, environ=environ).code in (0, 3)


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux's word for the end
        return b""


SCREENS = [
    "sync --dry-run",
    "sync --verbose",
    "sync --debug --log-format json",
    "sync --output json",
    "plan --verbose",
    "plan --output json",
    "mapping preview --file inbox/one.json",
    "mapping preview --file inbox/one.json --output json",
    "mapping explain opportunity.name --file inbox/one.json",
    "mapping diff mappings/sql.yaml mappings/salesforce.yaml --on inbox/one.json",
    "query Payload --file inbox/one.json",
    "mapping test --samples inbox",
    "runs show",
    "runs show --output json",
    "review list",
    "review list --output json",
    *(
        f"invitations {command} --catalog Sandbox --output {output}"
        for command in ("list", "get --identifier engi-d1hostiletit0")
        for output in ("json", "yaml", "text", "table")
    ),
]


@pytest.mark.parametrize("screen", SCREENS)
def test_no_title_steers_the_terminal(screen: str, home: tuple[Path, dict[str, str]]) -> None:
    if screen.split()[0] in ("runs", "review"):
        two_of_the_title(home)
        sync(home)
    written = on_a_terminal(screen, home)
    assert "markup" in written or "tle" in written
    assert "\x1b[31mtle" not in written
    assert STEERING.findall(OURS.sub("", written)) == []


def two_of_the_title(home: tuple[Path, dict[str, str]]) -> None:
    """Two opportunities that sales opened by hand, with the hostile title: it goes to review."""
    inbox = home[0] / "inbox"
    hidden = [(path, path.rename(home[0] / f"{number}.kept")) for number, path in enumerate(inbox.iterdir())]
    shutil.copy(ROOT / "mappings/samples/no-spend.json", inbox / "first.json")
    sync(home)
    for path, kept in hidden:
        kept.rename(path)
    connection = sqlite3.connect(home[0] / "crm.db")
    with connection:
        for number in (1, 2):
            connection.execute(
                "INSERT INTO opportunities (id, name, stage) VALUES (?, ?, 'x')", (f"O{number}", TITLE)
            )
    connection.close()
