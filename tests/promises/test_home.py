"""From an empty folder to a sync that runs: what a newcomer's first ten minutes promise."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from tests.promises import forked
from tests.promises.forked import Done
from tests.promises.test_salesforce import modest
from tests.servers.invitations import make_invitations
from tests.servers.partner_central import PartnerCentral
from tests.servers.salesforce import Salesforce


def run(folder: Path, *arguments: str, environ: Mapping[str, str] | None = None) -> Done:
    """A command in ``folder``, without a terminal, and without a --config that was given."""
    done = forked.run(arguments, folder=folder, environ={**os.environ, **(environ or {})})
    assert "Traceback" not in done.err
    return done


def settings(**values: str) -> list[str]:
    return [
        part for name, value in values.items() for part in ("--set", f"{name.replace('__', '.')}={value}")
    ]


def source(aws: PartnerCentral) -> list[str]:
    own = settings(source__endpoint_url=aws.url, source__sign_requests="false")
    return ["--catalog", "Sandbox", "--profile", "", *own]


def end_well(folder: Path, environ: Mapping[str, str] | None = None) -> None:
    """What ``init`` has written is sound, and a sync with it runs, once and again."""
    doctor = run(folder, "doctor", "--output", "json", environ=environ)
    assert doctor.code == 0, doctor.out
    wrong = [line for line in doctor.answer["checks"] if line["state"] != "ok"]
    assert wrong == []
    first = run(folder, "sync", "--output", "json", environ=environ).answer
    assert first["counts"].get("created", 0) > 10
    assert first["counts"].get("failed", 0) == 0, first["attention"]
    again = run(folder, "sync", "--output", "json", environ=environ).answer
    assert set(again["counts"]) <= {"unchanged", "skipped"}


def test_init_doctor_and_sync_with_sqlite(tmp_path: Path) -> None:
    with PartnerCentral(modest(make_invitations(40, seed=2))) as aws:
        crm = ["--crm", "sql", *settings(crm__url="sqlite:///crm.db")]
        done = run(tmp_path, "init", *source(aws), *crm)
        assert done.code == 0, done.err
        end_well(tmp_path)


def test_init_doctor_and_sync_with_salesforce(tmp_path: Path) -> None:
    with PartnerCentral(modest(make_invitations(40, seed=2))) as aws, Salesforce() as org:
        (tmp_path / "key.pem").write_text(org.key_pem, encoding="utf-8")
        (tmp_path / "key.pem").chmod(0o600)
        crm = settings(
            crm__login_url=org.url,
            crm__ca_bundle=str(org.ca_bundle),
            crm__auth__flow="jwt",
            crm__auth__client_id="env:SF_CLIENT_ID",
            crm__auth__username=org.username,
            crm__auth__private_key="file:key.pem",
        )
        environ = {"SF_CLIENT_ID": org.client_id}
        done = run(tmp_path, "init", *source(aws), "--crm", "salesforce", *crm, environ=environ)
        assert done.code == 0, done.err
        end_well(tmp_path, environ)
        assert org.records("Lead")
        assert org.key_pem not in (tmp_path / "config.yaml").read_text(encoding="utf-8")
