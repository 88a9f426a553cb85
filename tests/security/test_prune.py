"""``ledger prune`` forgets what is old, and nothing by which a sync knows what it has done."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connector.cli.main import run
from connector.ledger import Ledger
from connector.match import Decision
from connector.rehearsal import Rehearsal
from tests.postgresql import postgresql, postgresql_url
from tests.promises.installation import ROOT, Installation
from tests.test_ledger import NOW, URL, created, in_review

__all__ = ["postgresql", "postgresql_url"]

LONG_AGO = NOW - timedelta(days=500)
STATUSES = {"engi-pending": "PENDING", "engi-expired": "EXPIRED", "engi-accepted": "ACCEPTED"}


def aged(folder: Path, days: int) -> None:
    """All that the ledger knows happened so many days earlier."""
    with contextlib.closing(sqlite3.connect(folder / "ledger.db")) as database, database:
        for table, column in (("runs", "started_at"), ("runs", "finished_at"), ("history", "at")):
            rows = database.execute(f"SELECT id, {column} FROM {table} WHERE {column} IS NOT NULL").fetchall()
            earlier = [
                ((datetime.fromisoformat(text) - timedelta(days=days)).isoformat(), id_) for id_, text in rows
            ]
            database.executemany(f"UPDATE {table} SET {column} = ? WHERE id = ?", earlier)


@pytest.fixture
def installed(tmp_path: Path) -> Installation:
    shutil.copytree(ROOT / "mappings" / "samples", tmp_path / "samples")
    return Installation(tmp_path, {"type": "files", "path": str(tmp_path / "samples")})


def in_process(installed: Installation, *words: str) -> int:
    return run(["--config", str(installed.folder / "config.yaml"), *words])


def counted(folder: Path, table: str) -> int:
    with contextlib.closing(sqlite3.connect(folder / "ledger.db")) as database:
        return int(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def answer(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_a_sync_after_it_makes_nothing_twice(
    installed: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        assert in_process(installed, "sync") in (0, 3)
    aged(installed.folder, 500)
    assert in_process(installed, "sync") in (0, 3)
    crm = installed.crm()
    capsys.readouterr()
    assert in_process(installed, "ledger", "prune", "--older-than", "400d", "--yes", "--output", "json") == 0
    gone = {name: each["gone"] for name, each in answer(capsys)["tables"].items()}
    assert gone["runs"] == 2 and gone["outcomes"] > 20 and gone["history"] > 20
    assert in_process(installed, "sync", "--output", "json") in (0, 3)
    again = answer(capsys)
    assert {"created", "updated"}.isdisjoint(name for name, n in again["counts"].items() if n)
    # As after a change of the mapping: every invitation is planned anew, by what the ledger has left.
    with contextlib.closing(sqlite3.connect(installed.folder / "ledger.db")) as database, database:
        database.execute("UPDATE invitations SET fingerprint = ''")
    assert in_process(installed, "sync", "--output", "json") in (0, 3)
    again = answer(capsys)
    assert {"created", "updated", "kept"}.isdisjoint(name for name, n in again["counts"].items() if n)
    assert installed.crm() == crm
    for words in (["runs", "list"], ["runs", "report"], ["review", "list"], ["doctor"], ["health"]):
        assert in_process(installed, *words) == 0, words


def test_a_dry_run_only_says_what_would_go(
    installed: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        assert in_process(installed, "sync") in (0, 3)
    aged(installed.folder, 500)
    before = (installed.folder / "ledger.db").read_bytes()
    capsys.readouterr()
    assert in_process(installed, "ledger", "prune", "--older-than", "57w", "--dry-run") == 0
    said = capsys.readouterr().out
    assert "would go" in said and "runs" in said
    assert (installed.folder / "ledger.db").read_bytes() == before


def test_nobody_to_ask_and_no_yes_changes_nothing(
    installed: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        assert in_process(installed, "sync") in (0, 3)
    aged(installed.folder, 500)
    assert in_process(installed, "ledger", "prune", "--older-than", "400d") == 2
    assert "--yes" in capsys.readouterr().err
    assert counted(installed.folder, "runs") == 2


@pytest.mark.parametrize("age", ["400", "0d", "d", "-1d", "1h", "99999y", "400 d"])
def test_an_age_that_is_none_is_refused(installed: Installation, age: str) -> None:
    assert in_process(installed, "ledger", "prune", f"--older-than={age}", "--yes") == 2


def test_nothing_old_is_nothing_to_do(installed: Installation, capsys: pytest.CaptureFixture[str]) -> None:
    assert in_process(installed, "sync") in (0, 3)
    assert in_process(installed, "ledger", "prune", "--older-than", "1d") == 0, "and nothing is asked"
    assert "0 rows" in capsys.readouterr().out


def recorded(ledger: Ledger) -> None:
    """A killed run and a good one long ago, with a review that was settled, and a good one now."""
    killed = ledger.start_run("sync", LONG_AGO)
    assert ledger.journal(killed, [created("engi-killed").plan]) is not None  # type: ignore[list-item]
    run_id = ledger.start_run("sync", LONG_AGO, complete=True)
    ledger.record(run_id, [created("engi-killed"), in_review("engi-review")], "f", None, LONG_AGO)
    ledger.decide(ledger.reviews()[0].id, Decision("link", "1"), LONG_AGO)
    ledger.finish_run(run_id, LONG_AGO, "done", {}, {}, {})
    late = ledger.start_run("sync", NOW, complete=True)
    ledger.record(late, [in_review("engi-open")], "f", None, NOW)
    ledger.finish_run(late, NOW, "done", {}, {}, {})


def remaining(ledger: Ledger) -> None:
    assert [each.id for each in ledger.runs()] == [3]
    assert ledger.intended() == {}
    assert ledger.decisions(["engi-review"]) == {("engi-review", "opportunity"): Decision("link", "1")}
    (settled,) = ledger.reviews(settled=True)
    assert (settled.title, settled.candidates) == ("", [])
    (open_review,) = ledger.reviews()
    assert open_review.title == "T" and len(open_review.candidates) == 2
    assert ledger.recorded("opportunities", ["engi-killed"]) == {"engi-killed": "opp-1"}
    assert set(ledger.seen(["engi-killed", "engi-review", "engi-open"])) == {
        "engi-killed", "engi-review", "engi-open",
    }  # fmt: skip


def test_decisions_and_keys_stay_and_people_go(tmp_path: Path) -> None:
    with Ledger.open(URL, tmp_path) as ledger, ledger.lock():
        recorded(ledger)
        with Rehearsal.open(URL, tmp_path) as rehearsal:
            told = rehearsal.prune(NOW - timedelta(days=400), rehearse=True)
        assert ledger.prune(NOW - timedelta(days=400)) == told
        assert told["runs"].gone == 2 and told["journal"].gone == 1 and told["reviews"].gone == 1
        remaining(ledger)
        assert not any(each.gone for each in ledger.prune(NOW - timedelta(days=400)).values())


def test_what_only_a_killed_run_knows_stays(tmp_path: Path) -> None:
    with Ledger.open(URL, tmp_path) as ledger, ledger.lock():
        killed = ledger.start_run("sync", LONG_AGO)
        ledger.journal(killed, [created().plan])  # type: ignore[list-item]
        ledger.prune(NOW)
        assert ledger.intended()
        assert len(ledger.runs()) == 1


@pytest.mark.parametrize(("complete", "failed"), [(False, 0), (True, 1)])
def test_what_killed_runs_intended_outlives_runs_that_did_not_write_all_of_it_again(
    tmp_path: Path, complete: bool, failed: int
) -> None:
    with Ledger.open(URL, tmp_path) as ledger, ledger.lock():
        killed = ledger.start_run("sync", LONG_AGO)
        ledger.journal(killed, [created().plan])  # type: ignore[list-item]
        later = ledger.start_run("sync", NOW, complete=complete)
        ledger.finish_run(later, NOW, "done", {"failed": failed}, {}, {})
        ledger.prune(NOW)
        assert ledger.intended()


def test_what_we_wrote_in_a_killed_run_is_no_edit_of_a_person_after_a_run_of_another_and_a_prune(
    installed: Installation,
) -> None:
    samples = installed.folder / "samples"
    for path in samples.glob("*.*"):
        if path.stem not in ("opportunity-pending", "expires-in-2037"):
            path.unlink()
    title = titling(samples / "opportunity-pending.json")
    assert in_process(installed, "sync") == 0
    title("As the killed run wrote it")
    killed = installed.start("sync", before=dying_before_it_records)
    assert killed.wait(60) != 0
    assert ("As the killed run wrote it",) in installed.sql("SELECT project_title FROM leads")
    aged(installed.folder, 500)
    other = json.loads((samples / "expires-in-2037.json").read_text(encoding="utf-8"))["Id"]
    assert in_process(installed, "sync", "--id", other) == 0
    assert in_process(installed, "ledger", "prune", "--older-than", "400d", "--yes") == 0
    title("As AWS has it now")
    assert in_process(installed, "sync") == 0
    assert ("As AWS has it now",) in installed.sql("SELECT project_title FROM leads")


def dying_before_it_records() -> None:
    def die(*_: object, **__: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    Ledger.record = die  # type: ignore[method-assign]


def titling(path: Path) -> Callable[[str], None]:
    """What gives the file's invitation another title."""

    def title(text: str) -> None:
        invitation = json.loads(path.read_text(encoding="utf-8"))
        invitation["Payload"]["OpportunityInvitation"]["Project"]["Title"] = text
        path.write_text(json.dumps(invitation), encoding="utf-8")

    return title


def test_the_last_good_run_stays(tmp_path: Path) -> None:
    with Ledger.open(URL, tmp_path) as ledger, ledger.lock():
        good = ledger.start_run("sync", LONG_AGO, complete=True)
        ledger.finish_run(good, LONG_AGO, "done", {}, {}, {})
        bad = ledger.start_run("sync", LONG_AGO)
        ledger.finish_run(bad, LONG_AGO, "stopped", {}, {}, {})
        of_some = ledger.start_run("sync", LONG_AGO)
        ledger.finish_run(of_some, LONG_AGO, "done", {}, {}, {})
        bad = ledger.start_run("sync", LONG_AGO)
        ledger.finish_run(bad, LONG_AGO, "stopped", {}, {}, {})
        ledger.prune(NOW)
        assert [each.id for each in ledger.runs()] == [bad, good]
        assert ledger.start_run("sync", NOW) == bad + 1, "an id is never given twice"


def test_facts_go_with_invitations_that_are_closed_for_long(tmp_path: Path) -> None:
    with Ledger.open(URL, tmp_path) as ledger, ledger.lock():
        ledger.finish_run(ledger.start_run("sync", NOW), NOW, "done", {}, {}, {})
    with contextlib.closing(sqlite3.connect(tmp_path / "ledger.db")) as database, database:
        for id_, status in STATUSES.items():
            dates = (LONG_AGO.isoformat(), NOW.isoformat())
            database.execute(
                "INSERT INTO facts VALUES (?, ?, 'LeadInvitation', ?, ?, '', '', NULL, '{}')",
                (id_, status, *dates),
            )
            row = (id_, status, "", "", "", "skipped", "", "{}", 1)
            database.execute("INSERT INTO invitations VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
            values = (id_, 1, LONG_AGO.isoformat(), status, "skipped", "[]")
            columns = "(invitation_id, run_id, at, status, outcome, steps)"
            database.execute(f"INSERT INTO history {columns} VALUES (?, ?, ?, ?, ?, ?)", values)
    with Ledger.open(URL, tmp_path) as ledger, ledger.lock():
        pruned = ledger.prune(NOW - timedelta(days=400))
    assert pruned["facts"] == (1, 2)
    assert pruned["history"] == (2, 1)
    assert counted(tmp_path, "invitations") == 3


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("ledger.db*"))


def test_the_file_shrinks(tmp_path: Path) -> None:
    with Ledger.open(URL, tmp_path) as ledger, ledger.lock():
        for _ in range(30):
            run_id = ledger.start_run("sync", LONG_AGO)
            outcome = created("engi-1")
            outcome.reason = "a long reason " * 500
            ledger.record(run_id, [outcome], "f", None, LONG_AGO)
            ledger.finish_run(run_id, LONG_AGO, "done", {}, {}, {})
        ledger.finish_run(ledger.start_run("sync", NOW), NOW, "done", {}, {}, {})
        before = size(tmp_path)
        ledger.prune(NOW - timedelta(days=400))
        assert size(tmp_path) < before / 2
    with contextlib.closing(sqlite3.connect(tmp_path / "ledger.db")) as database:
        assert database.execute("SELECT count(*) FROM outcomes").fetchone() == (0,)


@pytest.mark.postgresql
def test_on_postgresql_too(tmp_path: Path, postgresql_url: str) -> None:
    with Ledger.open(postgresql_url, tmp_path) as ledger, ledger.lock():
        recorded(ledger)
        ledger.prune(NOW - timedelta(days=400))
        remaining(ledger)
