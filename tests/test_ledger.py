"""What has been done is remembered, and a kill between the CRM and the ledger is recognised afterwards."""

from __future__ import annotations

import multiprocessing
import sqlite3
import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connector.apply import Kind, Outcome
from connector.changes import Action, Change, Plan
from connector.database import connect
from connector.errors import ConfigurationError, LockHeld, UsageError
from connector.ledger import Ledger
from connector.locks import hold_lock
from connector.match import Decision
from connector.records import Record
from connector.rehearsal import Rehearsal
from tests.postgresql import postgresql, postgresql_url

__all__ = ["postgresql", "postgresql_url"]

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
URL = "sqlite:///ledger.db"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open(URL, tmp_path) as ledger:
        yield ledger


def created(id: str = "engi-1", *, name: str = "A") -> Outcome:
    change = Change("opportunity", "opportunities", "key", id, Action.CREATE, "opp-1", ours={"name": name})
    plan = Plan(id, [change], "digest", "summary", "ACCEPTED", "Title")
    entry = ("opportunities", id)
    links = {"opportunity": ("opportunities", "opp-1")}
    return Outcome(
        id, Kind.CREATED, links=links, ours={entry: ("opp-1", {"name": name})}, created={entry}, plan=plan
    )


def in_review(id: str = "engi-2") -> Outcome:
    candidates = (Record("opportunities", "1", {"name": "T"}), Record("opportunities", "2", {"name": "t"}))
    change = Change(
        "opportunity",
        "opportunities",
        "key",
        id,
        Action.REVIEW,
        reason="2 have it",
        candidates=candidates,
        asks=True,
    )
    return Outcome(id, Kind.REVIEW, "2 have it", plan=Plan(id, [change], "d", "s", "ACCEPTED", "T"))


def test_what_was_recorded_is_seen(ledger: Ledger) -> None:
    run = ledger.start_run("sync", NOW)
    ledger.record(run, [created()], "fingerprint", None)
    seen = ledger.seen(["engi-1", "engi-none"])
    assert list(seen) == ["engi-1"]
    assert seen["engi-1"].outcome is Kind.CREATED
    assert seen["engi-1"].links == {"opportunity": ("opportunities", "opp-1")}
    written = ledger.written([("opportunities", "engi-1"), ("opportunities", "other")])
    assert written[("opportunities", "engi-1")].fields == {"name": "A"}
    assert written[("opportunities", "engi-1")].created_run == run
    assert ledger.known_records() == 1


def test_what_is_missed_another_time_is_awaited_as_long_again(ledger: Ledger) -> None:
    def known_since(since: datetime | None) -> datetime | None:
        outcome = created()
        assert outcome.plan is not None
        outcome.plan.since, outcome.plan.awaits = since, ("the engagement",) if since else ()
        ledger.record(1, [outcome], "f", None)
        return ledger.engaged()["engi-1"].since

    assert known_since(NOW) == NOW
    assert known_since(None) is None
    later = NOW + timedelta(days=30)
    assert known_since(later) == later


def test_a_later_write_does_not_make_a_record_a_creation_of_its_run(ledger: Ledger) -> None:
    ledger.record(1, [created()], "f", None)
    again = created(name="B")
    again.created = set()
    ledger.record(2, [again], "f", None)
    written = ledger.written([("opportunities", "engi-1")])[("opportunities", "engi-1")]
    assert (written.fields, written.created_run) == ({"name": "B"}, 1)


def test_what_was_written_stays_known_where_a_run_has_no_value_for_it(ledger: Ledger) -> None:
    entry = ("opportunities", "engi-1")
    ledger.record(1, [created()], "f", None)
    other = replace(created(), ours={entry: ("opp-1", {"stage": "New"})}, created=set())
    ledger.record(2, [other], "f", None)
    assert ledger.written([entry])[entry].fields == {"name": "A", "stage": "New"}


def test_nothing_of_it_is_known_of_another_record_under_the_same_key(ledger: Ledger) -> None:
    entry = ("opportunities", "engi-1")
    ledger.record(1, [created()], "f", None)
    other = replace(created(), ours={entry: ("opp-2", {"stage": "New"})}, created=set())
    ledger.record(2, [other], "f", None)
    known = ledger.written([entry])[entry]
    assert (known.fields, known.record_id) == ({"stage": "New"}, "opp-2")


def test_an_intention_outlives_a_kill_and_goes_when_it_is_recorded(ledger: Ledger, tmp_path: Path) -> None:
    run = ledger.start_run("sync", NOW)
    outcome = created()
    assert outcome.plan is not None
    entry = ledger.journal(run, [outcome.plan])
    with Ledger.open(URL, tmp_path) as after_the_kill:
        assert after_the_kill.intended() == {("opportunities", "engi-1"): [{"name": "A"}]}
    ledger.record(run, [outcome], "f", entry)
    assert ledger.intended() == {}


def test_intentions_of_killed_runs_go_once_a_run_has_planned_everything_anew(ledger: Ledger) -> None:
    killed = ledger.start_run("sync", NOW)
    outcome = created()
    assert outcome.plan is not None
    ledger.journal(killed, [outcome.plan])
    stopped = ledger.start_run("sync", NOW)
    ledger.finish_run(stopped, NOW, "stopped", {}, {}, {}, whole=True)
    assert ledger.intended()
    of_one = ledger.start_run("sync", NOW)
    ledger.finish_run(of_one, NOW, "done", {}, {}, {}, whole=False)
    assert ledger.intended()
    done = ledger.start_run("sync", NOW)
    ledger.finish_run(
        done, NOW, "done", {"created": 1}, {"sql": {"write": 2}}, {"sql": {"40001": 3}}, whole=True
    )
    assert not ledger.intended()
    assert [run.state for run in ledger.runs()] == ["done", "done", "stopped", "killed"]
    assert ledger.runs()[0].counts == {"created": 1}


def test_a_review_is_open_until_it_is_decided_and_then_makes_the_invitation_due(ledger: Ledger) -> None:
    ledger.record(1, [in_review()], "f", None)
    ledger.record(2, [in_review()], "f", None)
    (review,) = ledger.reviews()
    assert [candidate["id"] for candidate in review.candidates] == ["1", "2"]
    ledger.decide(review.id, Decision("link", "2"))
    assert ledger.reviews() == []
    assert ledger.decisions(["engi-2"]) == {("engi-2", "opportunity"): Decision("link", "2")}
    assert ledger.seen(["engi-2"])["engi-2"].summary_digest == ""
    with pytest.raises(UsageError):
        ledger.decide(99, Decision("skip"))


def test_a_review_that_settled_itself_is_closed(ledger: Ledger) -> None:
    ledger.record(1, [in_review("engi-1")], "f", None)
    ledger.record(2, [created("engi-1")], "f", None)
    assert ledger.reviews() == []


def test_reads_are_those_of_the_last_24_hours(ledger: Ledger) -> None:
    minute = int(NOW.timestamp()) // 60
    ledger.save_reads({minute: 5, minute - 25 * 60: 7})
    ledger.save_reads({minute: 6})
    assert ledger.reads(NOW) == {minute: 6}
    assert ledger.reads(NOW + timedelta(days=2)) == {}


def test_the_second_of_two_runs_says_so_and_leaves(tmp_path: Path) -> None:
    with Ledger.open(URL, tmp_path) as first, Ledger.open(URL, tmp_path) as second, first.lock():
        with pytest.raises(LockHeld), second.lock():
            pass
        with Rehearsal.open(URL, tmp_path) as dry, dry.lock():
            pass
    with Ledger.open(URL, tmp_path) as third, third.lock():
        pass


@pytest.mark.parametrize("name", ["link.db", "folder/ledger.db", "folder/../there/ledger.db"])
def test_another_name_of_a_ledger_has_the_same_lock(tmp_path: Path, name: str) -> None:
    there = tmp_path / "there"
    there.mkdir()
    (tmp_path / "link.db").symlink_to(there / "ledger.db")
    (tmp_path / "folder").symlink_to(there)
    with (
        Ledger.open(URL, there) as first,
        Ledger.open(f"sqlite:///{name}", tmp_path) as second,
        first.lock(),
        pytest.raises(LockHeld),
        second.lock(),
    ):
        pass


@pytest.mark.postgresql
def test_another_name_of_a_schema_has_the_same_lock(
    tmp_path: Path,
    postgresql_url: str,
) -> None:
    def taken(one: str, other: str) -> bool:
        with Ledger.open(one, tmp_path) as first, Ledger.open(other, tmp_path) as second, first.lock():
            try:
                with second.lock():
                    return False
            except LockHeld:
                return True

    acme = f"{postgresql_url}?schema=acme"
    assert taken(postgresql_url, f"{postgresql_url}?schema=public")
    assert taken(acme, f"{postgresql_url}?options=-csearch_path%3Dacme,public")
    assert not taken(postgresql_url, acme)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("sqlite+foo:///s3cret.db", "no driver foo"),
        ("sqlite+aiosqlite:///s3cret.db", "no driver aiosqlite"),
        ("postgresql+foo://me:s3cret@db/x", "no driver foo"),
        ("postgresql+psycopg2://me:s3cret@db/x", "no driver psycopg2"),
        ("sqlite:///ledger.db?timeout=s3cret", "takes no parameters"),
        ("sqlite:///ledger.db?s3cret=1", "takes no parameters"),
    ],
)
@pytest.mark.parametrize("kind", [Ledger, Rehearsal])
@pytest.mark.filterwarnings("error")
def test_an_address_with_what_we_do_not_take_says_so(
    tmp_path: Path, kind: type[Ledger], url: str, words: str
) -> None:
    with pytest.raises(ConfigurationError, match=words) as caught:
        kind.open(url, tmp_path)
    assert "s3cret" not in f"{caught.value} {caught.value.hint}"


def _hold(folder: str, held: object, end: object) -> None:
    with hold_lock(connect(URL, Path(folder), what="ledger"), 0):
        held.set()  # type: ignore[attr-defined]
        end.wait()  # type: ignore[attr-defined]


def test_a_lock_that_is_no_file_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "ledger.db.lock").mkdir()
    with (
        Ledger.open(URL, tmp_path) as ledger,
        pytest.raises(ConfigurationError, match=r"lock .* cannot be taken"),
        ledger.lock(),
    ):
        pass


def test_a_killed_run_holds_no_lock(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    held, end = context.Event(), context.Event()
    process = context.Process(target=_hold, args=(str(tmp_path), held, end))
    process.start()
    try:
        assert held.wait(20)
        with Ledger.open(URL, tmp_path) as ledger:
            with pytest.raises(LockHeld), ledger.lock():
                pass
            process.kill()
            process.join()
            with ledger.lock(wait=5):
                pass
    finally:
        process.kill()


def test_a_ledger_is_its_owner_s_alone_and_of_no_newer_version(tmp_path: Path) -> None:
    Ledger.open(URL, tmp_path).close()
    path = tmp_path / "ledger.db"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE about SET value = '999'")
    connection.close()
    with pytest.raises(UsageError, match="newer"):
        Ledger.open(URL, tmp_path)


@pytest.mark.parametrize("url", ["no url", "mysql://host/db", "sqlite:///nowhere/ledger.db"])
def test_a_bad_url_is_a_clear_error(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigurationError, match="ledger"):
        Ledger.open(url, tmp_path)


def test_a_rehearsal_writes_nothing_and_remembers_what_it_would_have_written(tmp_path: Path) -> None:
    with Rehearsal.open(URL, tmp_path) as dry:
        dry.record(dry.start_run("plan", NOW), [created()], "f", dry.journal(0, []))
        dry.save_reads({1: 1})
        assert dry.written([("opportunities", "engi-1")])[("opportunities", "engi-1")].fields == {"name": "A"}
    assert list(tmp_path.iterdir()) == []

    with Ledger.open(URL, tmp_path) as ledger:
        ledger.record(1, [created()], "f", None)
    before = (tmp_path / "ledger.db").read_bytes()
    with Rehearsal.open(URL, tmp_path) as dry:
        assert "engi-1" in dry.seen(["engi-1"])
        dry.record(0, [created("engi-2")], "f", None)
    assert (tmp_path / "ledger.db").read_bytes() == before


def _open(folder: str, both: object, errors: object) -> None:
    for number in range(10):
        both.wait(20)  # type: ignore[attr-defined]
        try:
            Ledger.open(f"sqlite:///{number}.db", Path(folder)).close()
        except Exception as error:
            errors.put(f"{error} {error.__cause__}")  # type: ignore[attr-defined]


def test_two_runs_may_make_the_ledger_at_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    both, errors = context.Barrier(2), context.SimpleQueue()
    runs = [context.Process(target=_open, args=(str(tmp_path), both, errors)) for _ in range(2)]
    for run in runs:
        run.start()
    for run in runs:
        run.join(60)
        assert run.exitcode == 0
    assert [errors.get() for _ in iter(errors.empty, True)] == []
    errors.close()
