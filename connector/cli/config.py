"""``config check``: what the config says, as it was understood."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import click
from pydantic import BaseModel, SecretStr

from connector.cli.command import Group
from connector.cli.findings import finding_to_json
from connector.cli.options import Options
from connector.cli.output import Output
from connector.cli.selecting import unknown_values
from connector.cli.session import ask_crm, load_config, load_mapping
from connector.cli.sources import open_source, selection
from connector.database import connect
from connector.errors import ConfigurationError, ExitCode, Finding
from connector.secrets import MASK, is_reference, mask
from connector.settings import Config


@click.group("config", cls=Group)
def config_command() -> None:
    """Check the config."""


@config_command.command("check")
@click.option(
    "--connect", is_flag=True, help="Also ask the source for one invitation, and the CRM for its fields."
)
@click.pass_obj
def check_command(options: Options, /, connect: bool) -> ExitCode:
    """Check the config, its secrets and its mapping, and show what was understood.

    Secrets are looked up and never shown. Nothing is connected to, unless --connect is given; nothing is
    written.

    \b
    crm-connector config check --connect
    """
    config = load_config(options)
    findings = [*config.secret_findings(), *config.deprecated(), *_filter_findings(config)]
    findings += [*_mapping_findings(config), *_ledger_findings(config)]
    errors = [finding for finding in findings if finding.severity == "error"]
    if connect and not errors:
        _connect(config)
    out = Output(options)
    answer = {
        "file": config.file,
        "settings": shown(config),
        "findings": [finding_to_json(f) for f in findings],
    }
    out.answer(answer, lambda: _show(out, config, findings, connect))
    if errors:
        raise ConfigurationError(
            f"{config.file or 'the environment'} has {len(errors)} problem{'s' * (len(errors) > 1)}", errors
        )
    return ExitCode.DONE


def _filter_findings(config: Config) -> list[Finding]:
    """Filters that select nothing today. The service may have more values than its model: warnings."""
    source = config.source
    messages = [
        *unknown_values("source.statuses", "Status", source.statuses),
        *unknown_values("source.payload_types", "PayloadType", source.payload_types),
    ]
    return [Finding(message, severity="warning") for message in messages]


def _connect(config: Config) -> None:
    """Raises what the source and the CRM raise when they cannot be reached."""
    with closing(open_source(config)) as source:
        next(iter(source.list(selection(config, limit=1))), None)
    names = {rule.object for rule in load_mapping(config).records}
    ask_crm(config, "describe", lambda crm: crm.describe(names))


def _mapping_findings(config: Config) -> list[Finding]:
    try:
        load_mapping(config)
    except ConfigurationError as error:
        return list(error.findings) or [Finding(f"mapping: {error.message}", hint=error.hint)]
    return []


def _ledger_findings(config: Config) -> list[Finding]:
    """What is wrong with the ledger's url by itself: nothing is opened."""
    if config.secret_findings():  # the url may be among them
        return []
    try:
        connect(config.ledger_url(), config.directory, what="ledger", read_only=True).dispose()
    except ConfigurationError as error:
        return [Finding(error.message, hint=error.hint)]
    return []


def _show(out: Output, config: Config, findings: list[Finding], connected: bool) -> None:
    out.table(("setting", "value"), _flat(shown(config)))
    for finding in findings:
        if finding.severity == "warning":
            out.line(f"warning: {finding}", "yellow")
    if not any(finding.severity == "error" for finding in findings):
        reached = ", and the source and the CRM answer" if connected else ""
        out.line(f"{config.file or 'the environment'} is good{reached}.")


def shown(config: Config) -> dict[str, Any]:
    """Every setting with its value, defaults included and secrets masked; references stay references."""
    values = config.model_dump(mode="json")
    adapter_settings = config.crm_settings()
    values["crm"] = {"type": config.crm.type, **_masked(adapter_settings)}
    values["ledger"] = _masked(config.ledger)
    values["notify"] = _masked(config.notify)
    values["distributed"]["url"] = _masked(config.distributed.url)
    return values


def _masked(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return {name: _masked(item) for name, item in value}
    if isinstance(value, SecretStr):
        return _reference_or(lambda _: MASK, value.get_secret_value())
    if isinstance(value, str):
        return _reference_or(mask, value)
    if isinstance(value, dict):
        return {str(name): _masked(item) for name, item in value.items()}
    return [_masked(item) for item in value] if isinstance(value, (list, tuple)) else value


def _reference_or(hide: Any, text: str) -> Any:
    return text if is_reference(text) else hide(text)


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from _flat(item, f"{name}.{key}" if name else str(key))
    else:
        yield name, "" if value is None else value
