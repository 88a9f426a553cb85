"""The checkup: each thing that can be wrong is named, with what to do, and stops no other check."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from connector.cli.checks import Checkup
from connector.cli.options import Options
from connector.doctor import Check, Line, State, examine, exit_code, ok
from connector.errors import ExitCode, TransientError
from connector.fetch import identity
from tests.promises.installation import ROOT, Done, Installation
from tests.promises.test_life import enriched_mapping
from tests.servers.invitations import make_invitations
from tests.servers.partner_central import PartnerCentral
from tests.servers.salesforce import Salesforce


@pytest.fixture
def aws() -> Iterator[PartnerCentral]:
    with PartnerCentral(make_invitations(5, seed=1)) as server:
        yield server


@pytest.fixture
def sound(tmp_path: Path, aws: PartnerCentral) -> Installation:
    return Installation.against(tmp_path, aws.url)


def checked(installed: Installation, code: int = 0) -> dict[str, list[Any]]:
    """The lines by their check."""
    done = installed.run("doctor", "--output", "json")
    assert done.code == code, done.out + done.err
    assert "Traceback" not in done.err
    found: dict[str, list[Any]] = {}
    for line in done.answer["checks"]:
        assert line["state"] in ("ok", "skipped") or line["remedy"], line
        found.setdefault(line["check"], []).append(line)
    return found


def states(lines: dict[str, list[Any]]) -> dict[str, set[str]]:
    return {check: {line["state"] for line in found} for check, found in lines.items()}


def test_where_all_is_well_it_says_so_and_leaves_nothing(sound: Installation, aws: PartnerCentral) -> None:
    before = sorted(sound.folder.iterdir())
    assert set().union(*states(checked(sound)).values()) == {"ok"}
    assert sorted(sound.folder.iterdir()) == before
    assert not [name for name in aws.calls if not name.startswith(("List", "Get"))]
    text = sound.run("doctor")
    assert text.code == 0
    assert "fail" not in text.out


def test_the_permissions_that_the_mapping_needs_are_tried(tmp_path: Path, aws: PartnerCentral) -> None:
    installed = Installation.against(tmp_path, aws.url, mapping=enriched_mapping(tmp_path))
    lines = checked(installed)
    assert "GetAwsOpportunitySummary" in str(lines["AWS"])
    assert {"GetEngagement", "GetOpportunity", "ListOpportunities"} <= set(aws.calls)


def test_a_permission_that_is_missing_is_named(tmp_path: Path, aws: PartnerCentral) -> None:
    aws.denied_operations.add("GetOpportunity")
    installed = Installation.against(tmp_path, aws.url, mapping=enriched_mapping(tmp_path))
    lines = checked(installed, code=2)
    (failed,) = [line for line in lines["AWS"] if line["state"] == "fail"]
    assert "partnercentral:GetOpportunity" in failed["remedy"]
    assert states(lines)["CRM"] == {"ok"}


def test_what_writes_is_not_tried_but_named(tmp_path: Path, aws: PartnerCentral) -> None:
    installed = Installation.against(tmp_path, aws.url, rules={"accept": "Payload"})
    (warned,) = [line for line in checked(installed)["AWS"] if line["state"] == "warn"]
    assert "partnercentral:RejectEngagementInvitation" in warned["remedy"]


def test_a_broken_config_is_told_whole_and_the_rest_is_skipped(sound: Installation) -> None:
    (sound.folder / "config.yaml").write_text("source: {type: filez}\nnonsense: 1\n", encoding="utf-8")
    lines = checked(sound, code=2)
    assert len(lines["config"]) > 2
    assert states(lines)["CRM"] == states(lines)["ledger"] == {"skipped"}


def test_a_missing_secret_a_broken_mapping_and_a_dead_service_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "mapping.yaml").write_text("version: 1\nname: x\ncrm: sql\nrecrods: {}\n", encoding="utf-8")
    installed = Installation.against(
        tmp_path,
        "http://127.0.0.1:9",
        mapping="mapping.yaml",
        crm={"type": "sql", "url": "env:NOT_SET_ANYWHERE"},
    )
    found = states(checked(installed, code=2))
    assert found["secrets"] == found["mapping"] == {"fail"}
    assert found["invitations"] == {"skipped"}
    assert found["disk"] == {"ok"}


def test_a_dead_service_may_pass_and_is_not_waited_for_long(tmp_path: Path) -> None:
    began = time.monotonic()
    found = states(checked(Installation.against(tmp_path, "http://127.0.0.1:9"), code=4))
    assert time.monotonic() - began < 30
    assert found["invitations"] == {"fail"}
    assert found["AWS"] == {"skipped"}
    assert found["CRM"] == {"ok"}


def test_a_mapping_for_another_crm_is_told(tmp_path: Path, aws: PartnerCentral) -> None:
    installed = Installation.against(tmp_path, aws.url, mapping=str(ROOT / "mappings" / "salesforce.yaml"))
    lines = checked(installed, code=2)
    assert "fail" in states(lines)["mapping"]
    assert "salesforce.yaml:24:6: the mapping is for a CRM of type salesforce" in str(lines["mapping"])


def test_the_fields_of_an_org_are_compared(tmp_path: Path, aws: PartnerCentral) -> None:
    with Salesforce(custom_fields=False) as org:
        mapping = str(ROOT / "mappings" / "salesforce.yaml")
        installed = Installation.against(tmp_path, aws.url, crm=org.settings("token"), mapping=mapping)
        lines = checked(installed)
        assert "warn" in states(lines)["fields"]
        assert "AWS_Invitation_Id__c" in str(lines["fields"])
        assert not [name for name in org.calls if name.startswith(("collections", "bulk"))]


def test_a_wrong_password_fails_the_crm_alone(tmp_path: Path, aws: PartnerCentral) -> None:
    with Salesforce() as org:
        settings = org.settings("client_credentials")
        settings["auth"]["client_secret"] = "wrong-secret-of-mine"
        installed = Installation.against(
            tmp_path, aws.url, crm=settings, mapping=str(ROOT / "mappings" / "salesforce.yaml")
        )
        lines = checked(installed, code=2)
    assert states(lines)["CRM"] == {"fail"}
    assert states(lines)["fields"] == {"skipped"}
    assert "wrong-secret-of-mine" not in str(lines)


def test_a_run_at_work_is_seen_and_one_that_failed_is_told(sound: Installation) -> None:
    assert sound.run("sync", "--quiet").code in (0, 3)
    with FileLock(str(sound.folder / "ledger.db.lock")):
        assert "at work" in str(checked(sound)["ledger"])
    assert "free" in str(checked(sound)["ledger"])


def test_a_ledger_that_cannot_be_written_is_told(
    sound: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        os, "access", lambda *_: False
    )  # root may write anywhere, but for a disk that is read-only
    failed = [line for line in in_process(sound) if line.state is State.FAIL]
    assert [line.check for line in failed] == ["ledger"]


def in_process(installed: Installation) -> list[Line]:
    return list(examine(Checkup(Options(config=installed.folder / "config.yaml")).checks()))


@pytest.mark.parametrize(("seconds", "state"), [(0, State.OK), (-100, State.WARN), (3600, State.FAIL)])
def test_the_clock_is_compared_with_aws(
    sound: Installation, monkeypatch: pytest.MonkeyPatch, seconds: int, state: State
) -> None:
    moment = datetime.now(UTC) - timedelta(seconds=seconds)
    monkeypatch.setattr(identity, "time_at", lambda *_: moment)
    (clock,) = [line for line in in_process(sound) if line.check == "clock"]
    assert clock.state is state


def test_ctrl_c_ends_it(tmp_path: Path, aws: PartnerCentral) -> None:
    with PartnerCentral(make_invitations(5, seed=1), latency=30.0) as slow:
        process = Installation.against(tmp_path, slow.url).start("doctor")
        while not slow.requests:
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(2)
        out, err = process.communicate(timeout=120)
    assert process.returncode == 130, out + err
    assert "Traceback" not in err


# -- the examination itself


def test_a_bug_in_one_check_stops_no_other() -> None:
    def broken() -> Iterator[Line]:
        yield ok("broken", "so far")
        raise RuntimeError("customer data")

    lines = list(examine([Check("broken", broken), Check("after", lambda: [ok("after", "fine")])]))
    assert [line.state for line in lines] == [State.OK, State.FAIL, State.OK]
    assert "customer data" not in str(lines)
    assert exit_code(lines) is ExitCode.BUG


def test_what_somebody_has_to_mend_comes_before_what_may_pass() -> None:
    def away() -> Iterator[Line]:
        raise TransientError("gone", service="x")

    passing = list(examine([Check("away", away)]))
    assert exit_code(passing) is ExitCode.UNAVAILABLE
    assert exit_code([*passing, Line("c", State.FAIL, "", "", ExitCode.USAGE)]) is ExitCode.USAGE


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_are_told_how_to_complete(tmp_path: Path, shell: str) -> None:
    installed = Installation(tmp_path, {"type": "files", "path": "."})
    done: Done = installed.run("completion", shell)
    assert done.code == 0
    assert "_CRM_CONNECTOR_COMPLETE" in done.out
    assert json.dumps(done.out)
