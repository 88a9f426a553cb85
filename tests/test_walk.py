"""What a run promises, in one process: kills at every call, services that go away, bugs of our own."""

from __future__ import annotations

import contextlib
import copy
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import connector.stages
from connector.apply import Kind, Outcome
from connector.crm.sql import Settings, SqlCrm
from connector.errors import AccessDenied, NotFoundError, ServiceError, TransientError
from connector.fetch import Listed, Selection
from connector.invitation import Invitation, digest, parse
from connector.ledger import Ledger
from connector.limits import Limits
from connector.records import Write, WriteResult
from connector.retry import RetryPolicy
from connector.stages import VANISHED
from connector.sync import sync
from connector.walk import Report, Walk
from tests.servers.partner_central import make_invitations
from tests.servers.partner_central_client import deals
from tests.walks import example_mapping, rows

TABLES = ("accounts", "contacts", "leads", "opportunities", "opportunity_contact_roles")
MAPPING = example_mapping()


class Killed(BaseException):
    """A SIGKILL, as far as one process can play it: nothing catches it."""


class Service:
    """A source that lists ``invitations`` and may break off its listing after so many."""

    catalog = "Sandbox"
    concurrency = 1

    def __init__(self, invitations: Sequence[Mapping[str, Any]], breaks_after: int | None = None) -> None:
        self.invitations = invitations
        self.breaks_after = breaks_after

    def list(self, selection: Selection) -> Iterator[Listed]:
        for number, raw in enumerate(self.invitations):
            if number == self.breaks_after:
                raise TransientError("gone", service="partnercentral-selling")
            yield Listed(raw["Id"], digest(raw), raw["Status"], invitation=parse(raw))

    def get(self, listed: Listed) -> Invitation:
        assert listed.invitation is not None
        return listed.invitation

    def calls(self) -> Mapping[str, int]:
        return {}

    def close(self) -> None:
        return


class Trouble:
    """Calls that are counted, and the one at which ``error`` strikes: before it does its work, or after."""

    def __init__(self, at: int, error: BaseException, *, after: bool = False, lasting: bool = False) -> None:
        self.at, self.error, self.after, self.lasting = at, error, after, lasting
        self.count = 0

    def around(self, function: Any) -> Any:
        def call(*args: Any) -> Any:
            self.count += 1
            strikes = self.count >= self.at if self.lasting else self.count == self.at
            if strikes and not self.after:
                raise self.error
            result = function(*args)
            if strikes:
                raise self.error
            return result

        return call


def run(
    folder: Path, source: Service, trouble: Trouble | None = None, *, command: str = "sync", **settings: Any
) -> tuple[Report, list[Outcome]]:
    outcomes: list[Outcome] = []
    with (
        SqlCrm.open(Settings(url="sqlite:///crm.db"), folder) as crm,
        Ledger.open("sqlite:///ledger.db", folder) as ledger,
    ):
        if trouble is not None:
            crm.write = trouble.around(crm.write)  # type: ignore[method-assign]
            ledger.journal = trouble.around(ledger.journal)  # type: ignore[method-assign]
            ledger.record = trouble.around(ledger.record)  # type: ignore[method-assign]
        walk = Walk(
            source,
            crm,
            ledger,
            MAPPING,
            limits=Limits(None, None),
            policy=RetryPolicy(attempts=2, base=0.0),
            batch_size=7,
            watch=outcomes.append,
            **settings,
        )
        return sync(walk, Selection(), command=command), outcomes


def crm(folder: Path) -> dict[str, list[dict[str, Any]]]:
    return {table: rows(folder, table) for table in TABLES}


@pytest.fixture(scope="module")
def invitations() -> list[dict[str, Any]]:
    return make_invitations(30, seed=11)


@pytest.fixture(scope="module")
def undisturbed(invitations: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("undisturbed")
    run(folder, Service(invitations))
    return crm(folder)


def test_killed_at_any_call_and_started_again_no_record_is_doubled_or_missing(
    invitations: list[dict[str, Any]], undisturbed: Any, tmp_path: Path
) -> None:
    calls = Trouble(10**9, Killed())
    run(tmp_path, Service(invitations), calls)
    assert calls.count > 20
    for at in range(1, calls.count + 1):
        for after in (False, True):
            folder = tmp_path / f"{at}-{after}"
            folder.mkdir()
            with pytest.raises(Killed):
                run(folder, Service(invitations), Trouble(at, Killed(), after=after))
            report, _ = run(folder, Service(invitations))
            assert report.listed == len(invitations)
            assert crm(folder) == undisturbed, f"killed {'after' if after else 'before'} call {at}"
            again, _ = run(folder, Service(invitations))
            assert dict(again.counts) == {Kind.UNCHANGED: len(invitations)}
            assert "write" not in again.calls["sql"]


def test_what_a_killed_run_wrote_is_ours_even_when_the_invitation_has_changed_since(tmp_path: Path) -> None:
    (raw,) = [
        i for i in make_invitations(40) if i["PayloadType"] == "LeadInvitation" and i["Status"] == "PENDING"
    ][:1]
    first, second, third = (copy.deepcopy(raw) for _ in range(3))
    for version, industry in ((first, "Retail"), (second, "Mining"), (third, "Travel")):
        version["Payload"]["LeadInvitation"]["Customer"]["Industry"] = industry
    run(tmp_path, Service([first]))
    with pytest.raises(Killed):  # the CRM has the second version, the ledger still the first
        run(tmp_path, Service([second]), Trouble(2, Killed(), after=True))
    assert rows(tmp_path, "leads")[0]["industry"] == "Mining"
    report, _ = run(tmp_path, Service([third]))
    assert dict(report.counts) == {Kind.UPDATED: 1}
    assert rows(tmp_path, "leads")[0]["industry"] == "Travel"


def test_a_lost_ledger_costs_speed_only(
    invitations: list[dict[str, Any]], undisturbed: Any, tmp_path: Path
) -> None:
    run(tmp_path, Service(invitations))
    (tmp_path / "ledger.db").unlink()
    report, _ = run(tmp_path, Service(invitations))
    assert crm(tmp_path) == undisturbed
    assert set(report.counts) <= {Kind.UNCHANGED, Kind.SKIPPED}


@pytest.mark.parametrize("at", [1, 3, 9])
def test_a_crm_that_goes_away_ends_the_run_and_the_next_one_finishes_it(
    at: int, invitations: list[dict[str, Any]], undisturbed: Any, tmp_path: Path
) -> None:
    gone = TransientError("the CRM is gone", service="crm")
    report, outcomes = run(tmp_path, Service(invitations), Trouble(at, gone, lasting=True))
    assert report.error is not None and report.error.exit_code == 4
    assert sum(report.counts.values()) == len(outcomes) == len({o.invitation_id for o in outcomes})
    run(tmp_path, Service(invitations))
    assert crm(tmp_path) == undisturbed


def test_a_listing_that_breaks_off_is_settled_as_far_as_it_came(
    invitations: list[dict[str, Any]], undisturbed: Any, tmp_path: Path
) -> None:
    report, outcomes = run(tmp_path, Service(invitations, breaks_after=17))
    assert [o.invitation_id for o in outcomes] == [raw["Id"] for raw in invitations[:17]]
    assert report.error is not None and report.error.exit_code == 4
    assert report.counts[Kind.FAILED] == 0
    run(tmp_path, Service(invitations))
    assert crm(tmp_path) == undisturbed


def unavailable(source: Service, ids: Sequence[str], error: ServiceError | None = None) -> Service:
    """``source``, which never gives the invitations of these ``ids``."""
    get = source.get

    def got(listed: Listed) -> Invitation:
        if listed.id in ids:
            raise error or TransientError("cannot answer", service="partnercentral-selling")
        return get(listed)

    source.get = got  # type: ignore[method-assign]
    return source


def test_invitations_that_aws_never_gives_keep_nobody_from_the_others(
    invitations: list[dict[str, Any]], undisturbed: Any, tmp_path: Path
) -> None:
    ids = [raw["Id"] for raw in invitations[::2]]
    report, outcomes = run(tmp_path, unavailable(Service(invitations), ids))
    assert report.error is None
    assert [o.invitation_id for o in outcomes if o.kind is Kind.FAILED] == ids
    run(tmp_path, Service(invitations))
    assert crm(tmp_path) == undisturbed


def test_a_service_that_gives_none_any_more_is_asked_no_longer(
    invitations: list[dict[str, Any]], undisturbed: Any, tmp_path: Path
) -> None:
    ids = [raw["Id"] for raw in invitations[10:]]
    source = Service(invitations)
    gone = Trouble(11, TransientError("gone", service="partnercentral-selling"), lasting=True)
    source.get = gone.around(source.get)  # type: ignore[method-assign]
    report, outcomes = run(tmp_path, source)
    assert report.error is not None and report.error.exit_code == 4
    assert gone.count == 10 + 5 + 2  # and one given before, and the last
    assert [o.invitation_id for o in outcomes if o.kind is Kind.FAILED] == ids
    assert sum(o.reason.startswith("not done") for o in outcomes) == 15  # after five in a row
    run(tmp_path, Service(invitations))
    assert crm(tmp_path) == undisturbed


def in_crm(folder: Path, statement: str, *values: str) -> None:
    with contextlib.closing(sqlite3.connect(folder / "crm.db")) as connection, connection:
        connection.execute(statement, values)


@pytest.mark.parametrize(
    ("command", "minutes", "is_asked"),
    [("sync", 59, False), ("sync", 60, True), ("sync", -1, True), ("plan", 60, True), ("backfill", 0, True)],
)
def test_a_review_is_looked_at_again_after_an_hour_and_by_every_backfill(
    command: str, minutes: int, is_asked: bool, tmp_path: Path
) -> None:
    raw = deals(1)[0] | {"Status": "ACCEPTED"}
    title = raw["Payload"]["OpportunityInvitation"]["Project"]["Title"]
    now = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    run(tmp_path, Service([]))
    for _ in range(2):
        in_crm(tmp_path, "INSERT INTO opportunities (name, stage) VALUES (?, 'Q')", title)
    report, _ = run(tmp_path, Service([raw]), clock=lambda: now)
    assert report.counts == {Kind.REVIEW: 1}

    in_crm(tmp_path, "DELETE FROM opportunities WHERE id = (SELECT max(id) FROM opportunities)")
    source = Service([raw])
    gets = Trouble(10**9, Killed())
    source.get = gets.around(source.get)  # type: ignore[method-assign]
    later = now + timedelta(minutes=minutes)
    report, (outcome,) = run(tmp_path, source, command=command, clock=lambda: later)
    assert gets.count == is_asked
    assert outcome.kind is (Kind.CREATED if is_asked else Kind.REVIEW)
    assert len(rows(tmp_path, "opportunities")) == 1
    assert report.needs_attention is not is_asked


def test_a_review_that_stays_is_looked_at_once_an_hour(tmp_path: Path) -> None:
    raw = deals(1)[0] | {"Status": "ACCEPTED"}
    title = raw["Payload"]["OpportunityInvitation"]["Project"]["Title"]
    run(tmp_path, Service([]))
    for _ in range(2):
        in_crm(tmp_path, "INSERT INTO opportunities (name, stage) VALUES (?, 'Q')", title)
    source = Service([raw])
    gets = Trouble(10**9, Killed())
    source.get = gets.around(source.get)  # type: ignore[method-assign]
    for minutes in range(0, 180, 10):
        now = datetime(2026, 3, 1, 12, 0, tzinfo=UTC) + timedelta(minutes=minutes)
        report, _ = run(tmp_path, source, clock=lambda now=now: now)
        assert report.counts == {Kind.REVIEW: 1}
    assert gets.count == 3


DENIED = AccessDenied("not yours", service="partnercentral-selling", code="AccessDeniedException")


@pytest.mark.parametrize("error", [None, DENIED])
def test_many_that_are_never_given_one_after_the_other_starve_nobody_in_no_run(
    error: ServiceError | None, invitations: list[dict[str, Any]], undisturbed: Any, tmp_path: Path
) -> None:
    ids = [raw["Id"] for raw in invitations[:17]]
    for _ in range(3):
        report, outcomes = run(tmp_path, unavailable(Service(invitations), ids, error))
        assert report.error is None
        assert [o.invitation_id for o in outcomes if o.kind is Kind.FAILED] == ids
    assert report.counts[Kind.UNCHANGED] == 13
    run(tmp_path, Service(invitations))
    assert crm(tmp_path) == undisturbed


@pytest.mark.parametrize(("error", "code"), [(None, 4), (DENIED, 2)])
def test_what_was_given_once_and_now_is_not_tells_of_the_service_or_the_credentials(
    error: ServiceError | None, code: int, invitations: list[dict[str, Any]], tmp_path: Path
) -> None:
    run(tmp_path, Service(invitations[6:]))
    ids = [raw["Id"] for raw in invitations]
    report, _ = run(tmp_path, unavailable(Service(invitations), ids, error))
    assert report.error is not None and report.error.exit_code == code
    assert report.counts == {Kind.FAILED: 6, Kind.UNCHANGED: 24}


def test_what_cannot_be_known_of_denials_is_not_said(
    invitations: list[dict[str, Any]], tmp_path: Path
) -> None:
    run(tmp_path, Service(invitations[6:]))
    denied = unavailable(Service(invitations), [raw["Id"] for raw in invitations[:6]], DENIED)
    report, _ = run(tmp_path, unavailable(denied, [raw["Id"] for raw in invitations[6:]]))
    assert report.error is None
    assert report.counts == {Kind.FAILED: 6, Kind.UNCHANGED: 24}


def test_one_that_was_given_before_and_is_not_any_more_starves_nobody_either(
    invitations: list[dict[str, Any]], tmp_path: Path
) -> None:
    run(tmp_path, Service(invitations[:1]))
    ids = [raw["Id"] for raw in invitations[:7]]
    report, _ = run(tmp_path, unavailable(Service(invitations), ids))
    assert (report.error, report.counts[Kind.FAILED], report.counts[Kind.UNCHANGED]) == (None, 6, 1)


def test_one_that_vanishes_after_the_listing_leaves_nothing_to_do_until_it_is_given(
    invitations: list[dict[str, Any]], undisturbed: Any, tmp_path: Path
) -> None:
    gone = NotFoundError("not there", service="partnercentral-selling", hint="look for it")
    unlucky = invitations[3]["Id"]
    report, outcomes = run(tmp_path, unavailable(Service(invitations), [unlucky], gone))
    assert (report.error, report.counts[Kind.FAILED], report.listed) == (None, 0, len(invitations))
    assert [o.kind for o in outcomes if o.reason == VANISHED] == [Kind.SKIPPED]
    run(tmp_path, Service(invitations))
    assert crm(tmp_path) == undisturbed


@pytest.mark.parametrize("stage", ["map_invitation", "plan_invitation"])
def test_a_bug_that_one_invitation_brings_to_light_costs_that_one(
    stage: str,
    invitations: list[dict[str, Any]],
    undisturbed: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    unlucky, real = invitations[9]["Id"], getattr(connector.stages, stage)

    def faulty(subject: Any, *args: Any) -> Any:
        if unlucky in (subject, getattr(subject, "id", None)):
            raise KeyError("a customer's value")
        return real(subject, *args)

    monkeypatch.setattr(connector.stages, stage, faulty)
    report, outcomes = run(tmp_path, Service(invitations))
    (failed,) = [outcome for outcome in outcomes if outcome.kind is Kind.FAILED]
    assert failed.invitation_id == unlucky
    assert "KeyError" in failed.reason and "customer" not in failed.reason
    assert report.listed == len(invitations)
    monkeypatch.undo()
    run(tmp_path, Service(invitations))
    assert crm(tmp_path) == undisturbed


def test_a_record_that_the_crm_refuses_fails_alone_and_is_tried_again(
    invitations: list[dict[str, Any]], undisturbed: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlucky = next(raw["Id"] for raw in invitations if raw["Status"] == "PENDING")
    write = SqlCrm.write

    def refuse(self: SqlCrm, writes: Sequence[Write]) -> list[WriteResult]:
        wanted = [w for w in writes if w.key != unlucky]
        results = iter(write(self, wanted))
        refused = WriteResult(error="too long for the field", field="description")
        return [refused if w.key == unlucky else next(results) for w in writes]

    monkeypatch.setattr(SqlCrm, "write", refuse)
    report, outcomes = run(tmp_path, Service(invitations))
    (failed,) = [outcome for outcome in outcomes if outcome.kind is Kind.FAILED]
    assert failed.invitation_id == unlucky
    assert "description" in failed.reason
    assert report.needs_attention
    monkeypatch.undo()
    again, outcomes = run(tmp_path, Service(invitations))
    assert [o.invitation_id for o in outcomes if o.kind is Kind.CREATED] == [unlucky]
    assert again.counts[Kind.FAILED] == 0
    assert crm(tmp_path) == undisturbed
