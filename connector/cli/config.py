"""``config check``: what the config says, as it was understood."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click
from pydantic import BaseModel, SecretStr

from connector.cli.command import Group
from connector.cli.findings import finding_to_json
from connector.cli.options import Options
from connector.cli.output import Output
from connector.cli.session import load_config, load_mapping
from connector.errors import ConfigurationError, ExitCode, Finding
from connector.secrets import MASK, is_reference, mask
from connector.settings import Config


@click.group("config", cls=Group)
def config_command() -> None:
    """Check the config."""


@config_command.command("check")
@click.pass_obj
def check_command(options: Options) -> ExitCode:
    """Check the config, its secrets and its mapping, and show what was understood.

    Secrets are looked up and never shown. Nothing is connected to.

    \b
    crm-connector config check --config config.yaml
    """
    config = load_config(options)
    findings = [*config.secret_findings(), *_mapping_findings(config)]
    errors = [finding for finding in findings if finding.severity == "error"]
    out = Output(options)
    answer = {
        "file": config.file,
        "settings": shown(config),
        "findings": [finding_to_json(f) for f in findings],
    }
    out.answer(answer, lambda: _show(out, config, findings))
    if errors:
        raise ConfigurationError(f"{config.file or 'the environment'}: {len(errors)} to mend", errors)
    return ExitCode.DONE


def _mapping_findings(config: Config) -> list[Finding]:
    try:
        load_mapping(config)
    except ConfigurationError as error:
        return list(error.findings) or [Finding(f"mapping: {error.message}", hint=error.hint)]
    return []


def _show(out: Output, config: Config, findings: list[Finding]) -> None:
    out.table(("setting", "value"), _flat(shown(config)))
    for finding in findings:
        if finding.severity == "warning":
            out.line(f"warning: {finding}", "yellow")
    if not any(finding.severity == "error" for finding in findings):
        out.line(f"{config.file or 'the environment'} is good.")


def shown(config: Config) -> dict[str, Any]:
    """Every setting with its value, defaults included and secrets masked; references stay references."""
    values = config.model_dump(mode="json")
    adapter_settings = config.crm_settings()
    values["crm"] = {"type": config.crm.type, **_masked(adapter_settings)}
    values["ledger"]["url"] = _reference_or(mask, config.ledger.url)
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
