"""The commands that run: what they print, write and exit with, on invitations in files and a real CRM."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shlex
import signal
import stat
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from connector.cli.selecting import Moment
from connector.errors import LockHeld
from connector.ledger import Ledger
from tests.cli.conftest import MAPPING, Answer, Cli, Home, accepted
from tests.hostile.test_plan_file import signed


def opportunities(home: Home) -> list[Any]:
    return home.sql("SELECT aws_invitation_id, name FROM opportunities ORDER BY 1")


def test_sync_says_what_happened_and_a_second_changes_nothing(cli: Cli, home: Home) -> None:
    home.put(accepted("engi-1"), accepted("engi-2", "Data lake"))
    first = cli("sync")
    assert (first.code, first.err) == (0, "")
    *table, calls = first.out.splitlines()
    assert [line.split(maxsplit=2) for line in table] == [
        ["OUTCOME", "INVITATIONS", "MEANING"],
        ["created", "2", "new records are in the CRM"],
        ["listed", "2"],
    ]
    assert calls.startswith("sql: create 3, find ")
    second = cli("sync", "--output", "json")
    assert second.json["counts"] == {"unchanged": 2}
    assert second.json["calls"]["sql"].get("write", 0) == 0
    assert len(opportunities(home)) == 2


def test_what_cannot_be_read_names_its_place_once(cli: Cli, home: Home) -> None:
    (home.folder / "inbox").mkdir(exist_ok=True)
    (home.folder / "inbox" / "cut.json").write_text('{"Id": "engi-', encoding="utf-8")
    (line,) = [line for line in cli("sync").out.splitlines() if "cut.json" in line]
    assert line.count("cut.json") == 1
    assert cli("runs", "show").out.count("cut.json") == 1


def test_each_reason_has_its_line(cli: Cli, home: Home) -> None:
    spend = [{"Amount": "10", "CurrencyCode": "XOF", "Frequency": "Monthly", "TargetCompany": "AWS"}]
    home.put(accepted(ExpectedCustomerSpend=spend))
    for arguments in (("sync",), ("runs", "show")):
        lines = [line for line in cli(*arguments).out.splitlines() if "no rate for XOF" in line]
        assert [line.count("XOF") for line in lines] == [1, 1]
        assert "engi-1" in lines[0]
        assert "engi-1" not in lines[1]


def test_what_to_type_next_has_the_config_that_was_given(cli: Cli, home: Home) -> None:
    home.put(accepted("engi-0", "Something else"))
    (home.folder / "config.yaml").rename(home.folder / "my config.yaml")
    given = ("--config", "my config.yaml")
    cli(*given, "sync")
    for record_id in ("hand-1", "hand-2"):
        home.sql(
            "INSERT INTO opportunities (id, name, stage, account_id)"
            " SELECT ?, 'Cloud migration', 'x', account_id FROM opportunities LIMIT 1",
            record_id,
        )
    home.put(accepted())
    typed = "crm-connector --config 'my config.yaml'"
    assert f"{typed} review list" in cli(*given, "sync").out
    assert f"{typed} review resolve 1 --link hand-1" in cli("review", "list", *given).out
    assert f"{typed} sync" in cli(*given, "review", "resolve", "1", "--skip").out
    assert f"{typed} apply 'a plan.json'" in cli(*given, "plan", "--out", "a plan.json").out
    assert f"{typed} review list" in cli(*given, "review", "resolve", "7", "--skip").err


def test_what_to_paste_holds_no_command_of_a_record_s_id(cli: Cli, home: Home) -> None:
    two_candidates(cli, home, "hand $(id)", "hand-'2")
    cli("sync")
    shown = cli("review", "list").out
    (line,) = [line for line in shown.splitlines() if "--link" in line]
    typed = shlex.split(line)
    assert typed[typed.index("--link") + 1] in ("hand $(id)", "hand-'2")


def test_a_plan_shows_a_rule_without_a_record_only_where_asked(cli: Cli, home: Home) -> None:
    home.put(accepted())
    assert "converted_lead" not in cli("plan").out
    assert "  . converted_lead" in cli("plan", "--verbose").out


def test_a_dry_run_writes_nothing_anywhere(cli: Cli, home: Home) -> None:
    home.put(accepted())
    answer = cli("sync", "--dry-run")
    assert answer.code == 0
    assert "Nothing was written." in answer.out
    assert home.files() == ["config.yaml", "inbox"]


def test_quiet_says_nothing_when_all_is_well(cli: Cli, home: Home) -> None:
    home.put(accepted())
    answer = cli("sync", "--quiet")
    assert (answer.code, answer.out, answer.err) == (0, "", "")


def test_filters_choose(cli: Cli, home: Home) -> None:
    old = {**accepted("engi-old"), "InvitationDate": "2020-01-01T00:00:00Z"}
    home.put(old, accepted("engi-new"), {**accepted("engi-pending"), "Status": "PENDING"})

    def listed(*arguments: str) -> int:
        count = cli("sync", "--dry-run", "--output", "json", *arguments).json["listed"]
        assert isinstance(count, int)
        return count

    assert listed() == 3
    assert listed("--status", "PENDING") == 1
    assert listed("--status", "PENDING", "--status", "ACCEPTED") == 3
    assert listed("--since", "2025-01-01") == 2
    assert listed("--until", "2025-01-01") == 1
    assert listed("--id", "engi-new", "--id", "engi-old") == 2
    assert listed("--limit", "1") == 1


def test_a_status_that_does_not_exist_is_said(cli: Cli, home: Home) -> None:
    home.put(accepted())
    assert "did you mean PENDING?" in cli("sync", "--status", "PENDNG").err


@pytest.mark.parametrize("when", ["yesterday", "2026-13-01", "", "99999999999d"])
def test_what_is_no_date_is_refused(cli: Cli, home: Home, when: str) -> None:
    answer = cli("sync", "--since", when)
    assert answer.code == 2
    assert "2026-01-31" in answer.err


@pytest.mark.parametrize("command", [("plan",), ("sync",), ("backfill", "--yes")])
def test_an_interval_with_nothing_in_it_is_refused(cli: Cli, home: Home, command: tuple[str, ...]) -> None:
    answer = cli(*command, "--since", "2026-02-01", "--until", "2026-01-01")
    assert answer.code == 2
    assert "--until is not later than --since" in answer.err


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-31", "2026-01-31T00:00:00+00:00"),
        ("2026-01-31T12:00", "2026-01-31T12:00:00+00:00"),
        ("2026-01-31T12:00Z", "2026-01-31T12:00:00+00:00"),
        ("2026-01-31T12:00+02:00", "2026-01-31T10:00:00+00:00"),
    ],
)
def test_dates_are_utc_unless_they_say_else(text: str, expected: str) -> None:
    assert Moment().convert(text, None, None).isoformat() == expected


def test_what_fails_is_3_and_the_rest_goes_through(cli: Cli, home: Home) -> None:
    home.put(accepted())
    (home.folder / "inbox" / "cut.json").write_text('{"Id": "engi-', encoding="utf-8")
    answer = cli("sync", "--output", "json")
    assert answer.code == 3
    assert answer.json["counts"] == {"created": 1, "failed": 1}
    (attention,) = answer.json["attention"]
    assert "cut.json" in attention["reason"] + attention["invitation"]
    assert cli("sync").code == 3
    shown = cli("runs", "show", "--output", "json").json
    assert [outcome["outcome"] for outcome in shown["outcomes"]] == ["failed"]


def test_another_run_is_5_with_what_to_do(cli: Cli, home: Home) -> None:
    home.put(accepted())
    with Ledger.open("sqlite:///ledger.db", home.folder) as ledger, ledger.lock():
        answer = cli("sync")
    assert (answer.code, answer.out) == (LockHeld.exit_code, "")
    assert "--wait" in answer.err


def test_a_limit_stops_before_the_write_and_force_passes(cli: Cli, home: Home) -> None:
    home.put(accepted())
    cli("sync")
    home.configure(limits={"max_updates": 0})
    home.put({**accepted(), "EngagementId": "eng-9"})
    stopped = cli("sync", "--output", "json")
    assert stopped.code == 3
    assert "limits.max_updates is 0" in stopped.json["error"]["message"]
    assert "--force" in stopped.err
    assert home.sql("SELECT aws_engagement_id FROM opportunities") == [(None,)]
    assert cli("sync", "--force").code == 0
    assert home.sql("SELECT aws_engagement_id FROM opportunities") == [("eng-9",)]


def test_ctrl_c_finishes_the_batch_and_exits_130(
    cli: Cli, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.configure(batch_size=1)
    home.put(*(accepted(f"engi-{number}", f"Project {number}") for number in range(5)))
    record = Ledger.record

    def interrupted(self: Ledger, *arguments: Any) -> None:
        record(self, *arguments)
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.01)

    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "record", interrupted)
        with contextlib.suppress(KeyboardInterrupt):
            answer = cli("sync")
    assert answer.code == 130
    assert "run again to go on" in answer.err
    assert len(opportunities(home)) < 5
    assert cli("sync").code == 0
    assert len(opportunities(home)) == 5


def test_two_contacts_that_are_one_record_are_one(cli: Cli, home: Home) -> None:
    def invitation(*titles: str, engagement: str = "eng-1") -> dict[str, Any]:
        raw = {**accepted(), "EngagementId": engagement}
        raw["Payload"]["OpportunityInvitation"]["SenderContacts"] = [
            {"Email": email, "LastName": "Doe", "BusinessTitle": title}
            for email, title in zip(("jo@x.example", "Jo@x.example"), titles, strict=True)
        ]
        return raw

    mapping = MAPPING.read_text(encoding="utf-8")
    for old, new in (
        ("{from: item.BusinessTitle, write: blank}", "item.BusinessTitle"),
        ("'/', [Id, lower(item.Email)]", "'/', [Id, item.Email]"),
    ):
        assert old in mapping
        mapping = mapping.replace(old, new)
    Path("mapping.yaml").write_text(mapping, encoding="utf-8")
    home.configure(mapping="mapping.yaml", limits={"max_updates": 2})
    home.put(invitation("A", "B"))
    assert cli("sync").code == 0
    home.put(invitation("A", "B", engagement="eng-2"))
    assert "contact" not in cli("plan").out
    home.put(invitation("C", "B", engagement="eng-3"))
    assert cli("sync").code == 0  # two updates: the opportunity's and the contact's
    assert home.sql("SELECT title FROM contacts") == [("C",)]
    assert home.sql("SELECT count(*), count(contact_id) FROM opportunity_contact_roles") == [(2, 2)]


def test_what_a_file_says_otherwise_a_second_time_is_not_dropped_in_silence(cli: Cli, home: Home) -> None:
    lines = [accepted(), accepted("engi-2"), accepted(), {**accepted(), "Status": "EXPIRED"}]
    text = "\n".join(map(json.dumps, lines))
    (home.folder / "inbox" / "log.ndjson").write_text(text, encoding="utf-8")
    done = cli("sync", "--output", "json")
    assert (done.code, done.json["counts"]) == (3, {"created": 2, "failed": 1})
    (told,) = (each for each in cli("runs", "show", "--output", "json").json["outcomes"] if each["reason"])
    assert told["invitation"] == "inbox/log.ndjson:4"
    assert "engi-1 once more" in told["reason"] and "EXPIRED" in told["reason"]


# plan and apply


def test_plan_shows_each_field_and_writes_nothing(cli: Cli, home: Home) -> None:
    home.put(accepted(title="Robert'); \x1b[31m\n[red]"))
    answer = cli("plan")
    assert answer.code == 0
    assert re.search(r"\+ name +\"Robert'\); \\x1b\[31m\\n\[red\]\"", answer.out)
    assert "\x1b" not in answer.out
    assert home.files() == ["config.yaml", "inbox"]


def test_plan_shows_a_creation_that_fails_as_a_creation(cli: Cli, home: Home) -> None:
    mapping = MAPPING.read_text(encoding="utf-8")
    stage = "stage: {value: Prospecting, write: create}"
    assert stage in mapping
    too_large = f"{stage}\n      seats: to_number('99999999999999999999')"
    Path("mapping.yaml").write_text(mapping.replace(stage, too_large), encoding="utf-8")
    crm = {"type": "sql", "url": "sqlite:///crm.db", "columns": {"opportunities": {"seats": "integer"}}}
    home.configure(mapping="mapping.yaml", crm=crm)
    home.put(accepted())
    out = cli("plan").out
    assert "  ! opportunity" in out
    assert re.search(r'\+ name +"Cloud migration"', out)
    assert "(empty) ->" not in out


def test_plan_shows_before_and_after_and_what_a_person_edited(cli: Cli, home: Home) -> None:
    home.put(accepted(title="Old"))
    cli("sync")
    home.sql("UPDATE opportunities SET name = 'Sales’ own name'")
    home.put(accepted(title="New"))
    out = cli("plan").out
    assert '~ project_title  "Old" -> "New"  (always)' in out
    assert '"Sales’ own name" stays' in out
    assert "1 to update" in out


def test_apply_does_exactly_what_the_plan_showed(cli: Cli, home: Home) -> None:
    home.put(accepted())
    planned = cli("plan", "--out", "plan.json")
    assert "crm-connector apply plan.json" in planned.out
    assert stat.S_IMODE(Path("plan.json").stat().st_mode) == 0o600
    assert home.files() == ["config.yaml", "inbox", "plan.json"]
    home.put(accepted("engi-2", "Came later"))
    assert cli("apply", "plan.json").code == 0
    assert opportunities(home) == [("engi-1", "Cloud migration")]


def test_limits_hold_for_apply_as_for_sync(cli: Cli, home: Home) -> None:
    home.configure(limits={"max_updates": 0})
    second = accepted("engi-2", "Data lake")
    second["Payload"]["OpportunityInvitation"]["Customer"]["Industry"] = "Retail"
    home.put(accepted(), second)  # the second writes to the account that the first creates
    cli("plan", "--out", "plan.json")
    assert "1 to update" in cli("plan").out
    assert cli("apply", "plan.json").code == 0
    assert len(opportunities(home)) == 2


def test_a_plan_of_an_earlier_version_is_applied(cli: Cli, home: Home) -> None:
    home.put(accepted())
    cli("plan", "--out", "plan.json")
    plan = json.loads(Path("plan.json").read_bytes())
    for change in plan["invitations"][0]["changes"]:
        del change["fresh"]
    Path("plan.json").write_bytes(signed(plan))
    assert cli("apply", "plan.json").code == 0
    assert opportunities(home) == [("engi-1", "Cloud migration")]


def test_what_a_person_wrote_where_it_does_not_fit_is_replaced_as_planned(cli: Cli, home: Home) -> None:
    mapping = MAPPING.read_text(encoding="utf-8")
    close_date = "close_date: deal.Project.TargetCompletionDate\n"
    assert close_date in mapping
    always = "close_date: {from: deal.Project.TargetCompletionDate, write: always}\n"
    Path("mapping.yaml").write_text(mapping.replace(close_date, always), encoding="utf-8")
    home.configure(mapping="mapping.yaml")
    home.put(accepted())
    cli("sync")
    home.sql("UPDATE opportunities SET close_date = 'soon'")
    home.put({**accepted(), "EngagementId": "eng-9"})
    assert '"soon" -> 2026-12-01' in cli("plan", "--out", "plan.json").out
    home.sql("UPDATE opportunities SET close_date = 'later'")
    assert "close_date has been edited since" in cli("apply", "plan.json").err
    home.sql("UPDATE opportunities SET close_date = 'soon'")
    assert cli("apply", "plan.json").code == 0
    assert home.sql("SELECT close_date FROM opportunities") == [("2026-12-01",)]


def test_apply_refuses_when_the_ground_has_moved(cli: Cli, home: Home) -> None:
    home.put(accepted())
    cli("plan", "--out", "plan.json")
    cli("sync")
    answer = cli("apply", "plan.json")
    assert answer.code == 2
    assert "the CRM has changed since the plan was made" in answer.err


def test_apply_refuses_what_is_no_plan(cli: Cli, home: Home) -> None:
    for content in ("", "{}", "[1]", '{"format": 1}'):
        Path("plan.json").write_text(content, encoding="utf-8")
        answer = cli("apply", "plan.json")
        assert (answer.code, answer.out) == (2, "")
        assert "plan" in answer.err
        assert "bug" not in answer.err


def test_apply_refuses_an_edited_plan(cli: Cli, home: Home) -> None:
    home.put(accepted())
    cli("plan", "--out", "plan.json")
    plan = Path("plan.json")
    plan.write_text(
        plan.read_text(encoding="utf-8").replace("Cloud migration", "Free money"), encoding="utf-8"
    )
    assert cli("apply", "plan.json").code == 2
    assert not (home.folder / "crm.db").exists() or opportunities(home) == []


def test_apply_refuses_a_plan_of_another_mapping(cli: Cli, home: Home) -> None:
    home.put(accepted())
    cli("plan", "--out", "plan.json")
    home.configure(currency={"rates": {"EUR": "2"}})
    answer = cli("apply", "plan.json")
    assert answer.code == 2
    assert "the mapping has changed" in answer.err


def test_applying_a_plan_of_nothing_says_so(cli: Cli, home: Home) -> None:
    assert cli("plan", "--out", "plan.json").code == 0
    answer = cli("apply", "plan.json")
    assert answer.code == 0
    assert "the plan has none" in answer.out


# backfill


def test_a_backfill_says_what_it_will_take_and_asks(cli: Cli, home: Home) -> None:
    home.put(accepted())
    answer = cli("backfill", "--since", "2020-01-01")
    assert answer.code == 2
    assert "1 invitation, 1 of them to be fetched" in answer.err
    assert "--yes" in answer.err
    assert cli("backfill", "--since", "2020-01-01", "--yes").code == 0
    assert len(opportunities(home)) == 1
    assert cli("runs", "list", "--output", "json").json[0]["command"] == "backfill"


def test_a_backfill_of_standard_input_reads_it_once(
    cli: Cli, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.configure(source={"type": "files", "path": "-"})

    def piped(*words: str) -> Answer:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps(accepted()).encode())))
        return cli("backfill", *words)

    asked = piped()
    assert asked.code == 2 and "--yes" in asked.err and "standard input" in asked.err
    done = piped("--yes", "--output", "json")
    assert (done.code, done.json["counts"]) == (0, {"created": 1})
    assert "cannot be counted beforehand" in done.err
    assert "cannot be counted" not in piped("--yes", "--quiet").err


# runs


def test_runs_are_listed_and_shown(cli: Cli, home: Home) -> None:
    assert "crm-connector sync" in cli("runs", "list").out
    assert cli("runs", "show").code == 2
    home.put(accepted())
    cli("sync")
    cli("sync")
    listed = cli("runs", "list", "--output", "json").json
    assert [(run["run"], run["state"], run["counts"]) for run in listed] == [
        (2, "done", {"unchanged": 1}),
        (1, "done", {"created": 1}),
    ]
    assert cli("runs", "show", "1", "--output", "json").json["outcomes"][0]["invitation"] == "engi-1"
    assert "engi-1" in cli("runs", "show", "1").out
    assert cli("runs", "show", "99").code == 2


# review


def two_candidates(cli: Cli, home: Home, *ids: str) -> None:
    home.put(accepted("engi-0", "Something else"))
    cli("sync")
    for record_id in ids or ("hand-1", "hand-2"):
        home.sql(
            "INSERT INTO opportunities (id, name, stage, account_id)"
            " SELECT ?, 'cloud  MIGRATION', 'x', account_id FROM opportunities LIMIT 1",
            record_id,
        )
    home.put(accepted())


def test_two_candidates_go_to_review_and_a_link_settles_it_for_good(cli: Cli, home: Home) -> None:
    two_candidates(cli, home)
    assert cli("sync").code == 3
    (review,) = cli("review", "list", "--output", "json").json
    assert {candidate["id"] for candidate in review["candidates"]} == {"hand-1", "hand-2"}
    shown = cli("review", "list").out
    assert "hand-1" in shown
    assert f"review resolve {review['review']}" in shown
    assert cli("review", "resolve", str(review["review"]), "--link", "hand-2").code == 0
    assert cli("sync").code == 0
    home.sql("UPDATE opportunities SET name = 'renamed' WHERE id = 'hand-2'")
    assert cli("sync").code == 0
    assert ("engi-1",) in home.sql("SELECT aws_invitation_id FROM opportunities WHERE id = 'hand-2'")
    assert cli("review", "list", "--output", "json").json == []
    assert cli("review", "list", "--settled", "--output", "json").json[0]["action"] == "link"


@pytest.mark.parametrize("choice", [("--link", "hand-1"), ("--create",), ("--skip",)])
def test_what_a_sync_has_done_is_not_decided_again(cli: Cli, home: Home, choice: tuple[str, ...]) -> None:
    two_candidates(cli, home)
    cli("sync")
    assert cli("review", "resolve", "1", "--skip").code == 0
    assert cli("review", "resolve", "1", "--link", "hand-2").code == 0  # nothing was done yet
    cli("sync")
    settled = cli("review", "list", "--settled").out, cli("invitations", "show", "engi-1").out
    refused = cli("review", "resolve", "1", *choice)
    assert refused.code == 2
    assert "engi-1 has opportunities hand-2" in refused.err
    assert (cli("review", "list", "--settled").out, cli("invitations", "show", "engi-1").out) == settled
    home.sql("DELETE FROM opportunity_contact_roles")
    home.sql("DELETE FROM opportunities WHERE id = 'hand-2'")
    assert cli("review", "resolve", "1", *choice).code == 0


def test_what_was_left_out_may_be_decided_later(cli: Cli, home: Home) -> None:
    two_candidates(cli, home)
    cli("sync")
    cli("review", "resolve", "1", "--skip")
    cli("sync")
    assert cli("review", "resolve", "1", "--link", "hand-2").code == 0
    cli("sync")
    assert ("engi-1",) in home.sql("SELECT aws_invitation_id FROM opportunities WHERE id = 'hand-2'")


@pytest.mark.parametrize(("choice", "count"), [("--create", 4), ("--skip", 3)])
def test_a_review_can_end_without_a_link(cli: Cli, home: Home, choice: str, count: int) -> None:
    two_candidates(cli, home)
    cli("sync")
    assert cli("review", "resolve", "1", choice).code == 0
    cli("sync")
    assert home.sql("SELECT count(*) FROM opportunities") == [(count,)]


def test_a_title_with_what_no_database_keeps_finds_its_record(cli: Cli, home: Home) -> None:
    home.put(accepted("engi-0", "Something else"))
    cli("sync")
    home.sql("INSERT INTO opportunities (id, name, stage) VALUES ('hand-1', 'Nul title', 'x')")
    home.put(accepted("engi-1", "Nul\0 title"))
    cli("sync")
    assert ("engi-1",) in home.sql("SELECT aws_invitation_id FROM opportunities WHERE id = 'hand-1'")
    assert len(opportunities(home)) == 2


def test_a_record_that_is_not_there_is_refused(cli: Cli, home: Home) -> None:
    two_candidates(cli, home)
    cli("sync")
    answer = cli("review", "resolve", "1", "--link", "hand-3")
    assert answer.code == 2
    assert "hand-1" in answer.err
    assert cli("review", "list", "--output", "json").json != []


@pytest.mark.parametrize("choices", [(), ("--create", "--skip"), ("--link", "x", "--create")])
def test_a_review_takes_one_decision(cli: Cli, home: Home, choices: tuple[str, ...]) -> None:
    assert cli("review", "resolve", "1", *choices).code == 2


def test_a_review_that_does_not_exist_is_named(cli: Cli, home: Home) -> None:
    answer = cli("review", "resolve", "7", "--create")
    assert answer.code == 2
    assert "there is no review 7" in answer.err


def test_runs_go_on_in_other_threads_than_the_main_one(cli: Cli, home: Home) -> None:
    home.put(accepted())
    codes: list[int] = []
    thread = threading.Thread(target=lambda: codes.append(cli("sync").code))
    thread.start()
    thread.join()
    assert codes == [0]


def test_a_plan_is_json_too(cli: Cli, home: Home) -> None:
    home.put(accepted())
    answer = cli("plan", "--output", "json").json
    assert answer["counts"] == {"created": 1}
    assert {change["action"] for change in answer["plans"][0]["changes"]} >= {"create"}
    json.dumps(answer)


@pytest.mark.parametrize(
    "command",
    [
        "runs show {}",
        "runs list --limit {}",
        "review resolve {} --skip",
        "sync --limit {}",
        "plan --limit {}",
    ],
)
def test_a_number_that_no_ledger_holds_is_a_mistake_of_whoever_typed_it(cli: Cli, command: str) -> None:
    answer = cli(*command.format(10**23).split())
    assert answer.code == 2
    assert "is not in the range" in answer.err
