"""``tenants list``: whom a config is for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from connector.cli.command import Group
from connector.cli.options import Options
from connector.cli.output import Output
from connector.cli.session import open_ledger
from connector.config import each_tenant
from connector.errors import ConfigurationError, ConnectorError, ExitCode
from connector.ledger_rows import Run
from connector.redaction import redact
from connector.settings import Config


@click.group("tenants", cls=Group)
def tenants_command() -> None:
    """Look at a config's tenants."""


@tenants_command.command("list")
@click.pass_obj
def list_command(options: Options, /) -> ExitCode:
    """List the tenants, each with its latest run, and what is wrong with its settings.

    \b
    crm-connector tenants list
    """
    rows = [_looked_at(name, load) for name, load in each_tenant(options.config)]
    out = Output(options)
    columns = ("tenant", "catalog", "crm", "latest run", "state", "problem")
    out.answer(rows, lambda: out.table(columns, (list(_flat(row)) for row in rows)))
    if not rows and not out.as_json:
        out.line("There is no tenant yet.")
    return ExitCode.USAGE if any(row["problems"] for row in rows) else ExitCode.DONE


def _looked_at(name: str, load: Callable[[], Config]) -> dict[str, Any]:
    found: dict[str, Any] = {"tenant": name, "catalog": None, "crm": None, "latest_run": None, "problems": []}
    try:
        config = load()
        found |= {"catalog": getattr(config.source, "catalog", None), "crm": config.crm.type}
        with open_ledger(config, read_only=True) as ledger:
            runs = ledger.runs(1)
        found["latest_run"] = _run(runs[0]) if runs else None
    except ConfigurationError as error:
        found["problems"] = [redact(str(each)) for each in error.findings] or [redact(error.message)]
    except ConnectorError as error:
        found["problems"] = [redact(error.message)]
    return found


def _run(run: Run) -> dict[str, Any]:
    started = run.started_at.isoformat(timespec="seconds").replace("+00:00", "Z")
    return {"run": run.id, "started_at": started, "state": run.state}


def _flat(row: dict[str, Any]) -> tuple[object, ...]:
    run = row["latest_run"]
    latest = (run["started_at"], run["state"]) if run else ("", "")
    return (*(row[name] for name in ("tenant", "catalog", "crm")), *latest, "; ".join(row["problems"]))
