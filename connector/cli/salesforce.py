"""``salesforce fields``: what an org lacks for the connector, and a package that gives it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from connector.cli.command import Group
from connector.cli.options import Options
from connector.cli.output import Output
from connector.cli.session import ask_crm, load_config
from connector.crm.salesforce_package import (
    FIELDS,
    OBJECTS,
    PERMISSION_SET,
    READER_SET,
    PackageField,
    fault,
    write_package,
)
from connector.crm.salesforce_settings import API_VERSION
from connector.errors import ExitCode, UsageError
from connector.records import ObjectMeta
from connector.settings import Config

Faults = Mapping[PackageField, str]  # field -> what is wrong with it; "" when nothing is, or nobody asked


@click.group("salesforce", cls=Group)
def salesforce_command() -> None:
    """Prepare a Salesforce org."""


@salesforce_command.command("fields")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write a package for the Salesforce CLI that adds what is missing.",
)
@click.option("--all", "everything", is_flag=True, help="All fields, also those that the org has.")
@click.option("--offline", is_flag=True, help="Ask no org: all fields. Needs no config.")
@click.option("--force", is_flag=True, help="Write into DIR even if there is something in it.")
@click.pass_obj
def fields_command(
    options: Options, /, out: Path | None, everything: bool, offline: bool, force: bool
) -> ExitCode:
    """Say which of the connector's custom fields the org lacks, and write a package that adds them.

    The org is the config's CRM, and is only read. An administrator deploys the package with the Salesforce
    CLI; the command is printed. Exit code 3 when something is missing.

    \b
    crm-connector salesforce fields
    crm-connector salesforce fields --out package
    """
    _check_directory(out, force)
    config = None if offline else _salesforce(load_config(options))
    objects = _describe(config) if config else {}
    faults = {field: fault(field, objects) if config else "" for field in FIELDS}
    wrong = [field for field in FIELDS if faults[field]]
    chosen = list(FIELDS) if everything or offline else wrong
    written = _write(out, chosen, _api_version(config)) if out and chosen else []
    output = Output(options)
    answer = {
        "fields": [_to_json(field, faults[field]) for field in chosen],
        "missing": len(wrong) if config else None,
        "package": [str(path) for path in written],
        "commands": _commands(out) if out and written else [],
    }
    output.answer(answer, lambda: _show(output, chosen, faults, out if written else None, bool(config)))
    return ExitCode.ATTENTION if wrong else ExitCode.DONE


def _check_directory(out: Path | None, force: bool) -> None:
    """Before anything is asked or written. Raises UsageError."""
    if out and not force and out.is_dir() and any(out.iterdir()):
        raise UsageError(f"{out} is not empty", hint="name another folder, or overwrite it with --force")


def _salesforce(config: Config) -> Config:
    if config.crm.type != "salesforce":
        hint = "give --config FILE, or --offline for the whole package without asking an org"
        raise UsageError(f"the config's CRM is {config.crm.type}, not salesforce", hint=hint)
    return config


def _describe(config: Config) -> Mapping[str, ObjectMeta]:
    return ask_crm(config, "describe", lambda crm: crm.describe(OBJECTS))


def _api_version(config: Config | None) -> str:
    return str(getattr(config.crm_settings(), "api_version", API_VERSION)) if config else API_VERSION


def _write(out: Path, fields: Sequence[PackageField], api_version: str) -> list[Path]:
    try:
        return write_package(out, fields, api_version)
    except OSError as error:
        raise UsageError(f"{error.filename or out} cannot be written: {error.strerror}") from None


def _commands(out: Path) -> list[str]:
    return [
        f"sf project deploy start --metadata-dir {shlex.quote(str(out))} --target-org ORG",
        f"sf org assign permset --name {PERMISSION_SET} --on-behalf-of USERNAME --target-org ORG",
    ]


def _to_json(field: PackageField, fault: str) -> dict[str, Any]:
    return {
        "object": field.object,
        "field": field.name,
        "label": field.label,
        "type": field.type,
        "fault": fault or None,
        "purpose": field.purpose,
        "without": field.without,
    }


def _show(
    output: Output, fields: Sequence[PackageField], faults: Faults, out: Path | None, asked: bool
) -> None:
    output.table(
        ("object", "field", "type", *(["in the org"] if asked else []), "what it is for", "without it"),
        [
            (
                field.object,
                field.name,
                field.type,
                *([faults[field] or "there"] if asked else []),
                field.purpose,
                field.without,
            )
            for field in fields
        ],
    )
    missing = sum(map(bool, faults.values()))
    if asked:
        output.line(
            f"{len(FIELDS) - missing} of {len(FIELDS)} fields are there and the connector can use them."
        )
    if out:
        _show_next(output, out, len(fields))
    elif missing:
        output.line(
            f"For a package that adds what is missing: {output.command('salesforce fields --out package')}"
        )


def _show_next(output: Output, out: Path, count: int) -> None:
    output.line(
        f"{out} has {count} fields and two permission sets, {PERMISSION_SET} for the connector's user"
    )
    output.line(f"and {READER_SET} for sales. An administrator deploys it with the Salesforce CLI:")
    for command in _commands(out):
        output.line(f"  {command}")
