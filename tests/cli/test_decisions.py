"""What is done with invitations on the command line: what is shown, asked, done and said."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connector.cli.desk import open_desk
from connector.config import load
from tests.cli.conftest import Answer, Cli
from tests.fetch.aws import environment
from tests.servers import partner_central_client as made
from tests.servers.partner_central import PartnerCentral
from tests.walks import ROOT

START = "StartEngagementByAcceptingInvitationTask"
FAR = "2999-01-01T00:00:00Z"
Run = Callable[..., Answer]


def deals(number: int) -> list[dict[str, Any]]:
    return [raw | {"ExpirationDate": FAR} for raw in made.deals(number)]


@pytest.fixture
def server() -> Iterator[PartnerCentral]:
    leads = [raw | {"ExpirationDate": FAR} for raw in made.leads(1)]
    with PartnerCentral([*deals(4), *leads]) as running:
        yield running


@pytest.fixture
def ids(server: PartnerCentral) -> list[str]:
    return list(server.invitations)


@pytest.fixture
def run(cli: Cli, server: PartnerCentral, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    for name, value in environment(tmp_path).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    configure(tmp_path, server)
    return lambda *words: cli("invitations", *words)


def configure(folder: Path, server: PartnerCentral, **settings: Any) -> None:
    source = {"type": "partner_central", "catalog": "Sandbox", "endpoint_url": server.url}
    quota = {"reads_per_second": 1000, "writes_per_second": 1000, **settings.pop("source", {})}
    config = {
        "source": source | quota,
        "crm": {"type": "sql", "url": "sqlite:///crm.db"},
        "mapping": str(ROOT / "mappings" / "sql.yaml"),
        "retry": {"base": 0.01},
        **settings,
    }
    (folder / "config.yaml").write_text(json.dumps(config), encoding="utf-8")


def statuses(server: PartnerCentral) -> list[str]:
    return [raw["Status"] for raw in server.invitations.values()]


def answer_(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Somebody sits at the terminal and types this."""
    stdin = io.StringIO(text)
    monkeypatch.setattr(stdin, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", stdin)


def test_accepting_says_what_came_of_it(run: Run, server: PartnerCentral, ids: list[str]) -> None:
    done = run("accept", ids[0], ids[4], "--yes")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0].split() == ["INVITATION", "OUTCOME", "MORE"]
    assert lines[1].split()[:5] == [
        ids[0],
        "accepted",
        "AWS",
        "opportunity",
        next(iter(server.opportunities)),
    ]
    assert lines[2].split() == [ids[4], "accepted"]
    assert lines[3] == "2 accepted"
    assert "crm-connector sync" in lines[4]
    assert statuses(server) == ["ACCEPTED", "PENDING", "PENDING", "PENDING", "ACCEPTED"]


def test_the_same_command_again_does_nothing_and_is_no_failure(
    run: Run, server: PartnerCentral, ids: list[str]
) -> None:
    run("accept", ids[0], "--yes")
    again = run("accept", ids[0], "--yes", "--output", "json")
    assert again.code == 0
    assert again.json["undone"][0]["settled"] and not again.json["decisions"]
    assert server.calls[START] == 1


def test_a_dry_run_writes_nothing_anywhere(
    run: Run, server: PartnerCentral, ids: list[str], tmp_path: Path
) -> None:
    before = sorted(path.name for path in tmp_path.iterdir())
    shown = run("accept", "--where", "Payload.OpportunityInvitation", "--dry-run")
    assert shown.code == 0
    assert len(shown.out.splitlines()) == 5
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert set(server.calls) == {"ListEngagementInvitations", "GetEngagementInvitation"}


def test_it_asks_before_it_begins(
    run: Run, server: PartnerCentral, ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_(monkeypatch, "n\n")
    assert run("accept", ids[0]).code == 130
    assert server.calls[START] == 0
    answer_(monkeypatch, "y\n")
    done = run("accept", ids[0])
    assert done.code == 0 and "Accept 1 invitation?" in done.err
    assert "would be" in done.out.lower()


def test_where_nobody_can_answer_it_needs_yes(run: Run, server: PartnerCentral, ids: list[str]) -> None:
    done = run("accept", ids[0])
    assert done.code == 2 and "--yes" in done.err
    assert server.calls[START] == 0


def test_ids_may_come_from_a_file(run: Run, server: PartnerCentral, ids: list[str], tmp_path: Path) -> None:
    file = tmp_path / "ids.txt"
    file.write_text(f"# ours\n{ids[0]}  Acme\n\n{ids[1]},x\n{ids[0]}\n", encoding="utf-8")
    done = run("reject", "--reason", "other", "--file", str(file), "--yes")
    assert done.code == 0
    assert statuses(server)[:3] == ["REJECTED", "REJECTED", "PENDING"]
    for nothing in ("# none\n", f"{ids[2]}, {ids[3]}\n"):
        file.write_text(nothing, encoding="utf-8")
        assert run("accept", "--file", str(file), "--yes").code == 2
    assert "another id after" in run("accept", "--file", str(file), "--yes").err
    assert statuses(server)[2:4] == ["PENDING", "PENDING"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("accept", "--yes"), "Say which"),
        (("accept", "--where", "Payload.OportunityInvitation"), "did you mean OpportunityInvitation?"),
        (("accept", "--where", "status == 'PENDING'"), "names 'status', which no invitation has"),
        (("accept", "--where", "Status ="), "--where is no good"),
        (("accept", "--where", "!(Payload.OportunityInvitation)"), "did you mean OpportunityInvitation?"),
        (("accept", "--where", "Id && !Payload.LeadInvitation"), "write !(a.b) for !a.b"),
        (("accept", "--where", "!Opportunity"), "names 'Opportunity', which no invitation has"),
        (("reject", "--reason", "too hard", "engi-1"), "Unable to support"),
        (("reject", "engi-1"), "--reason"),
        (("decide",), "the config has no rules"),
    ],
)
def test_what_makes_no_sense_is_said_before_anything_is_asked(
    run: Run, server: PartnerCentral, words: tuple[str, ...], said: str
) -> None:
    done = run(*words)
    assert done.code == 2 and said in done.err
    assert not server.calls


def test_what_cannot_be_done_is_named_and_the_rest_done(
    run: Run, server: PartnerCentral, ids: list[str]
) -> None:
    server.expire_invitation(ids[0])
    done = run("accept", *ids[:2], "engi-0000000000nix", "--yes", "--output", "json")
    assert done.code == 3
    assert [each["state"] for each in done.json["decisions"]] == ["done"]
    assert done.json["undone"][0]["obstacle"] == "it is EXPIRED, not PENDING"
    assert "there is no invitation" in done.json["undone"][1]["obstacle"]


def test_text_of_others_stays_text(run: Run, server: PartnerCentral, ids: list[str]) -> None:
    raw = server.invitations[ids[0]]
    raw["Payload"]["OpportunityInvitation"]["Project"]["Title"] = "\x1b[31mred\nline"
    shown = run("accept", ids[0], "--dry-run")
    assert "\x1b" not in shown.out
    assert "\\x1b[31mred\\nline" in shown.out


def test_a_failure_says_why_and_what_is_decided_can_be_looked_up(
    run: Run, server: PartnerCentral, ids: list[str]
) -> None:
    server.fail(ids[0], "ServiceQuotaExceeded")
    done = run("accept", *ids[:2], "--yes")
    assert done.code == 3
    assert "a quota of the partner account is used up" in done.out
    listed = run("decisions", "--output", "json")
    assert [(each["invitation"], each["state"]) for each in listed.json] == [
        (ids[1], "done"),
        (ids[0], "failed"),
    ]
    assert listed.json[0]["rule"] == "by id"
    assert run("decisions").out.count("\n") == 3


def test_what_aws_is_still_at_is_watched_later(run: Run, server: PartnerCentral, ids: list[str]) -> None:
    server.task_seconds = 1000
    done = run("accept", ids[0], "--yes", "--wait", "0")
    assert done.code == 3 and "invitations watch" in done.out
    server.finish_tasks()
    assert run("watch", ids[1]).out == "Nothing is under way.\n"
    watched = run("watch", server.invitations[ids[0]]["Arn"])
    assert watched.code == 0 and "1 accepted" in watched.out
    assert run("watch").out == "Nothing is under way.\n"
    assert server.calls[START] == 1


def test_a_lead_is_accepted_and_converted(run: Run, server: PartnerCentral, ids: list[str]) -> None:
    assert run("accept", ids[4], "--yes").code == 0
    done = run("convert", "--where", "Payload.LeadInvitation", "--yes", "--output", "json")
    assert done.code == 0
    assert done.json["decisions"][0]["opportunity"] in server.opportunities


# By the config's rules.


def company(server: PartnerCentral, identifier: str) -> str:
    return str(server.invitations[identifier]["Payload"]["OpportunityInvitation"]["Customer"]["CompanyName"])


def test_rules_take_what_they_say_and_name_themselves(
    run: Run, server: PartnerCentral, ids: list[str], tmp_path: Path
) -> None:
    accept = f"Id == '{ids[0]}'"
    reject = f"Id == '{ids[1]}'"
    configure(
        tmp_path, server, rules={"accept": accept, "reject": {"when": reject, "reason": "unable to support"}}
    )
    dry = run("decide", "--dry-run", "--output", "json")
    assert [(each["invitation"], each["action"], each["rule"]) for each in dry.json["proposals"]] == sorted(
        [
            (ids[0], "accept", f"rules.accept: {accept}"),
            (ids[1], "reject", f"rules.reject: {reject}"),
        ],
        key=lambda each: server.invitations[each[0]]["InvitationDate"],
    )
    assert set(statuses(server)) == {"PENDING"}
    assert run("decide").code == 0
    assert statuses(server) == ["ACCEPTED", "REJECTED", "PENDING", "PENDING", "PENDING"]
    assert server.invitations[ids[1]]["RejectionReason"] == "Unable to support"
    assert {each["rule"] for each in run("decisions", "--output", "json").json} == {
        f"rules.accept: {accept}",
        f"rules.reject: {reject}",
    }


def test_the_daily_ceiling_holds_over_runs(run: Run, server: PartnerCentral, tmp_path: Path) -> None:
    configure(tmp_path, server, rules={"accept": "Payload", "daily_ceiling": 2})
    first = run("decide", "--output", "json")
    assert first.code == 3
    assert len(first.json["decisions"]) == 2
    assert {each["obstacle"] for each in first.json["undone"]} == {
        "rules.daily_ceiling: 2 decisions in 24 hours"
    }
    second = run("decide", "--output", "json")
    assert second.json["decisions"] == []
    assert sorted(statuses(server)) == ["ACCEPTED"] * 2 + ["PENDING"] * 3


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"accept": "Payload.LeadInvitaton"}, "did you mean LeadInvitation?"),
        ({"accept": "(("}, "rules.accept is no good"),
        ({"reject": {"when": "Payload", "reason": "no"}}, "rules.reject.reason is no reason that AWS knows"),
        ({"reject": {"when": "Payload"}}, "rules.reject.reason is missing"),
        ({"daily_ceiling": 0}, "rules.daily_ceiling"),
    ],
)
def test_a_rule_that_is_wrong_is_found_when_the_config_is_read(
    run: Run, server: PartnerCentral, tmp_path: Path, rules: dict[str, Any], said: str
) -> None:
    configure(tmp_path, server, rules=rules)
    done = run("decide")
    assert done.code == 2 and said in done.err
    assert not server.calls


def test_the_writes_of_24_hours_are_counted_over_runs(
    run: Run, server: PartnerCentral, ids: list[str], tmp_path: Path
) -> None:
    configure(tmp_path, server, source={"writes_per_day": 1})
    assert run("accept", ids[0], "--yes").code == 0
    done = run("accept", ids[1], "--yes")
    assert done.code == 4 and "the quota of 1 writes in 24 hours is used up" in done.err
    assert server.calls[START] == 1


def test_files_cannot_be_decided_about(run: Run, server: PartnerCentral, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(
        json.dumps(
            {
                "source": {"type": "files", "path": "."},
                "crm": {"type": "sql", "url": "sqlite:///crm.db"},
                "mapping": str(ROOT / "mappings" / "sql.yaml"),
            }
        )
    )
    assert run("accept", "engi-1", "--yes").code == 2


# What expires.


def test_what_expires_soon_is_listed_and_alerts(run: Run, server: PartnerCentral, ids: list[str]) -> None:
    def within(days: float) -> str:
        return (datetime.now(UTC) + timedelta(days=days)).isoformat().replace("+00:00", "Z")

    for identifier, moment in zip(ids, (within(5), within(2.5), within(-1), None, within(9)), strict=True):
        server.invitations[identifier]["ExpirationDate"] = moment
    soon = run("expiring", "--output", "json")
    assert soon.code == 3
    assert [each["invitation"] for each in soon.json] == [ids[1], ids[0]]
    assert soon.json[0]["days_left"] == 2.5
    assert len(run("expiring", "--days", "10").out.splitlines()) == 4
    none = run("expiring", "--days", "1")
    assert (none.code, none.out) == (0, "No pending invitation expires within 1 days.\n")
    server.invitations[ids[1]]["Status"] = "ACCEPTED"
    assert [each["invitation"] for each in run("expiring", "--output", "json").json] == [ids[0]]


@pytest.mark.parametrize("days", ["inf", "99999999", "1e300"])
def test_all_that_expire_at_all_can_be_asked_for(run: Run, days: str) -> None:
    done = run("expiring", "--days", days, "--output", "json")
    assert done.code == 3 and len(done.json) == 5
    assert run("expiring", "--days", "nan").code == 2


def test_a_desk_needs_the_service(run: Run, tmp_path: Path) -> None:
    config = load(tmp_path / "config.yaml")
    with open_desk(config, rehearse=True) as desk:
        assert desk.journal.open() == []
