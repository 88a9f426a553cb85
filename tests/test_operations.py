"""What is deployed is what the code can do, and monitoring is told the truth."""

from __future__ import annotations

import configparser
import json
import os
import re
import shutil
import sqlite3
import subprocess
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import pytest
from prometheus_client.parser import text_string_to_metric_families

from connector import metrics, yamlfile
from connector.cli.main import root
from connector.errors import ExitCode
from connector.ledger_rows import Run
from tests.promises.installation import ROOT, Installation
from tests.security.lock import LOCKS

DEPLOY = ROOT / "deploy"
NOW = datetime(2026, 2, 28, 12, tzinfo=UTC)


@pytest.fixture
def installed(tmp_path: Path) -> Installation:
    return Installation(tmp_path, {"type": "files", "path": str(ROOT / "mappings" / "samples")})


def told(text: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = tuple(sample.labels[name] for name in sorted(sample.labels, reverse=True))
            found[(sample.name, *labels) if labels else sample.name] = sample.value
    return {(".".join(name) if isinstance(name, tuple) else name): value for name, value in found.items()}


def test_before_the_first_run_nothing_is_well(installed: Installation) -> None:
    done = installed.run("health", "--output", "json")
    assert (done.code, done.answer) == (4, {"healthy": False, "seconds": None})
    assert "crm_connector_reviews_open" in told(installed.run("metrics").out)


def test_a_run_that_a_wrong_clock_dated_years_ahead_does_not_say_for_years_that_all_is_well(
    installed: Installation,
) -> None:
    installed.run("sync", "--quiet")
    with closing(sqlite3.connect(installed.folder / "ledger.db")) as ledger, ledger:
        ledger.execute("UPDATE runs SET finished_at = '2999-01-01T00:00:00+00:00'")
    done = installed.run("health")
    assert done.code == 4 and "clock" in done.out
    installed.run("sync", "--quiet")
    assert installed.run("health").code == 0


def test_after_a_sync_all_is_well_and_counted(installed: Installation) -> None:
    counts = installed.run("sync", "--output", "json").answer["counts"]
    assert installed.run("health").code == 0
    assert installed.run("health", "--max-age", "0").code == 4
    file = installed.folder / "x.prom"
    assert installed.run("metrics", "--out", str(file)).code == 0
    assert file.stat().st_mode & 0o777 == 0o644
    found = told(file.read_text(encoding="utf-8"))
    for outcome, count in counts.items():
        assert found[f"crm_connector_run_invitations.{outcome}"] == count
    assert found["crm_connector_run_done"] == 1
    assert found["crm_connector_run_calls.sql.write"] > 0
    assert abs(found["crm_connector_last_good_run_timestamp_seconds"] - datetime.now(UTC).timestamp()) < 300


def test_neither_events_nor_other_runs_of_some_invitations_say_that_all_is_well(
    installed: Installation,
) -> None:
    installed.run("sync", "--quiet")
    with closing(sqlite3.connect(installed.folder / "ledger.db")) as ledger, ledger:
        ledger.execute("UPDATE runs SET finished_at = '2026-01-01T00:00:00+00:00'")
        ledger.executemany(
            "INSERT INTO runs (command, started_at, finished_at, state, counts, calls, note)"
            " VALUES (?, ?, ?, ?, '{}', '{}', '')",
            [
                (command, NOW.isoformat(), datetime.now(UTC).isoformat(), state)
                for command, state in [("events", "done"), ("apply", "done"), ("sync", "stopped")] * 30
            ],
        )
    done = installed.run("health")
    assert done.code == 4 and "the last good run ended" in done.out
    found = told(installed.run("metrics").out)
    moment = datetime.fromtimestamp(found["crm_connector_last_good_run_timestamp_seconds"], UTC)
    assert moment == datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "words",
    [
        ("sync", "--id", "engi-a1coldchain01"),
        ("sync", "--status", "PENDING"),
        ("sync", "--limit", "3"),
        ("sync", "--since", "2020-01-01"),
        ("backfill", "--since", "2020-01-01", "--yes"),
    ],
    ids=" ".join,
)
def test_a_run_that_was_asked_for_some_invitations_does_not_say_that_all_is_well(
    installed: Installation, words: tuple[str, ...]
) -> None:
    assert installed.run(*words).code in (0, 3)
    assert installed.run("health").code == 4
    assert "crm_connector_last_good_run_timestamp_seconds" not in told(installed.run("metrics").out)
    assert installed.run(words[0], *words[3:]).code in (0, 3)
    assert installed.run("health").code == 0


def test_a_run_of_all_that_the_config_lets_through_says_that_all_is_well(tmp_path: Path) -> None:
    source = {"type": "files", "path": str(ROOT / "mappings" / "samples"), "statuses": ["PENDING"]}
    installed = Installation(tmp_path, source)
    assert installed.run("sync", "--status", "ACCEPTED").code in (0, 3)
    assert installed.run("health").code == 4
    assert installed.run("sync").code in (0, 3)
    assert installed.run("health").code == 0


def a_run(state: str, minutes: int) -> Run:
    ended = NOW - timedelta(minutes=minutes)
    return Run(minutes, "sync", ended - timedelta(seconds=90), ended, state, {"created": 2}, {}, {}, "")


def test_a_run_that_was_stopped_is_no_good_one() -> None:
    standing = metrics.Standing(a_run("stopped", 1), a_run("done", 70), 3, 4, 10)
    assert standing.lag(NOW) == timedelta(minutes=70)
    found = told(metrics.exposition({"": standing}))
    assert found["crm_connector_run_done"] == 0
    assert found["crm_connector_run_duration_seconds"] == 90
    assert found["crm_connector_partner_central_reads_left"] == 10
    assert found["crm_connector_reviews_open"] == 3


def test_labels_are_text_whatever_is_in_them() -> None:
    odd = 'a"b\\c\nd'
    run = Run(1, "sync", NOW, NOW, "done", {}, {odd: {"find": 1}}, {odd: {odd: 2}}, "")
    found = told(metrics.exposition({odd: metrics.Standing(run, run, 0, 0, None), "b": None, "\udcff": None}))
    assert found[f"crm_connector_run_calls.{odd}.{odd}.find"] == 1
    assert found[f"crm_connector_run_waits.{odd}.{odd}.{odd}"] == 2
    assert found[f"crm_connector_tenant_readable.{odd}"] == 1
    assert found["crm_connector_tenant_readable.b"] == 0
    assert found[r"crm_connector_tenant_readable.\udcff"] == 0  # a file's name that is not UTF-8


# -- what is deployed


def words_of(line: str) -> list[str]:
    return line.split("crm-connector ")[-1].split()


def check_command(words: list[str]) -> None:
    """A command line of ours has a command and options that there are."""
    command = root.get_command(click.Context(root), words[0])
    assert command is not None, words
    known = {name for parameter in command.params for name in parameter.opts}
    assert {word for word in words[1:] if word.startswith("--")} <= known, words


def test_the_systemd_units_call_commands_that_there_are() -> None:
    units = configparser.RawConfigParser(strict=False)
    units.optionxform = str  # type: ignore[assignment,method-assign]
    units.read(DEPLOY / "systemd" / "crm-connector.service")
    service = units["Service"]
    check_command(words_of(service["ExecStart"]))
    check_command(words_of(service["ExecStopPost"]))  # also after a failure
    allowed = {int(code) for code in service["SuccessExitStatus"].split()}
    assert allowed == {ExitCode.ATTENTION, ExitCode.LOCKED}
    assert service["User"] != "root"
    timer = configparser.RawConfigParser()
    timer.read(DEPLOY / "systemd" / "crm-connector.timer")
    assert timer["Timer"]["oncalendar"]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd says this where it is")
def test_systemd_understands_its_units(tmp_path: Path) -> None:
    for unit in (DEPLOY / "systemd").iterdir():
        text = unit.read_text(encoding="utf-8").replace("/opt/crm-connector/bin/crm-connector", "/bin/true")
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    command = ["systemd-analyze", "verify", "--man=no", str(tmp_path / "crm-connector.timer")]
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "SYSTEMD_UNIT_PATH": f"{tmp_path}:"}
    )
    assert not re.search(r"crm-connector\.\w+:\d+:", done.stderr), done.stderr


def test_the_container_runs_as_nobody_with_what_it_needs() -> None:
    text = (DEPLOY / "container" / "Dockerfile").read_text(encoding="utf-8")
    lines = re.sub(r"\\\n\s*", " ", text).splitlines()
    (user,) = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert int(user) > 0
    assert lines.index(f"USER {user}") < next(
        n for n, line in enumerate(lines) if line.startswith("ENTRYPOINT")
    )
    assert "--require-hashes --requirement requirements.lock" in text
    assert {"distributed", "metrics", "postgresql"} == set(LOCKS["requirements.lock"])


def test_the_cron_job_is_one_at_a_time_and_has_no_rights() -> None:
    job = yamlfile.read(DEPLOY / "kubernetes" / "cronjob.yaml").value
    spec = job["spec"]
    assert (job["kind"], job["apiVersion"], spec["concurrencyPolicy"]) == ("CronJob", "batch/v1", "Forbid")
    assert spec["jobTemplate"]["spec"]["backoffLimit"] == 0
    check_pod(spec["jobTemplate"]["spec"]["template"]["spec"])


@pytest.mark.parametrize(
    ("program", "code"),
    [("exit 0", 0), ("exit 3", 0), ("exit 5", 0), ("exit 2", 2), ("exit 4", 4), ("kill -9 $$", 137)],
)
def test_a_cron_job_fails_by_the_exit_codes_that_ask_for_it(tmp_path: Path, program: str, code: int) -> None:
    assert shell_of_cron_job(tmp_path, program).wait(30) == code


def test_a_cron_job_that_is_stopped_has_its_sync_finish(tmp_path: Path) -> None:
    program = (
        f"trap 'sleep 1; echo finished; exit 130' TERM; : >{tmp_path}/begun; while :; do sleep 0.1; done"
    )
    with shell_of_cron_job(tmp_path, program) as process:
        while not (tmp_path / "begun").exists():
            assert process.poll() is None
            time.sleep(0.05)
        process.terminate()
        out, _ = process.communicate(timeout=120)
    assert (process.returncode, out) == (130, "finished\n")


def shell_of_cron_job(folder: Path, program: str) -> subprocess.Popen[str]:
    """The container's command, where ``program`` is what `crm-connector` does."""
    command = folder / "crm-connector"
    command.write_text(f"#!/bin/sh\n{program}\n", encoding="utf-8")
    command.chmod(0o755)
    job = yamlfile.read(DEPLOY / "kubernetes" / "cronjob.yaml").value
    (container,) = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    path = f"{folder}:{os.environ['PATH']}"
    return subprocess.Popen(
        [*container["command"], *container["args"]],
        env={**os.environ, "PATH": path},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_the_workers_have_no_rights_and_time_to_end() -> None:
    deployment = yamlfile.read(DEPLOY / "kubernetes" / "worker.yaml").value
    template, labels = deployment["spec"]["template"], deployment["spec"]["selector"]["matchLabels"]
    assert (deployment["kind"], deployment["apiVersion"]) == ("Deployment", "apps/v1")
    assert labels == template["metadata"]["labels"]
    assert template["spec"]["terminationGracePeriodSeconds"] >= 60
    check_pod(template["spec"])


def check_pod(pod: dict[str, Any]) -> None:
    """It has no rights that it does not need, and calls a command that there is."""
    (container,) = pod["containers"]
    words = container["args"]
    if "command" in container:  # it is called by a script
        (line,) = (line for line in words[0].splitlines() if line.startswith("crm-connector "))
        words = words_of(line)
    check_command(words)
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    mounted = {mount["name"] for mount in container["volumeMounts"]}
    assert mounted == {volume["name"] for volume in pod["volumes"]}


def test_the_dashboard_asks_for_metrics_that_there_are() -> None:
    board = json.loads((DEPLOY / "grafana" / "dashboard.json").read_text(encoding="utf-8"))
    asked = {
        name
        for panel in board["panels"]
        for target in panel["targets"]
        for name in re.findall(r"crm_connector_\w+", target["expr"])
    }
    given = metrics.exposition({"acme": metrics.Standing(a_run("done", 1), a_run("done", 1), 0, 0, 1)}, None)
    assert asked
    assert all(re.search(rf"^# TYPE {name} gauge$", given, flags=re.MULTILINE) for name in asked)
    docs = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert "crm_connector_reviews_open" in docs
    assert all(name in docs for name in asked if "_queue_" in name)
