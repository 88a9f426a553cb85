"""``mapping check|preview|test|schema``: everything about a mapping that needs no run."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping as MappingType
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from connector import yamlfile
from connector.cli import golden
from connector.cli.command import Group, JsonCommand
from connector.cli.diff import plain
from connector.cli.findings import finding_to_json
from connector.cli.options import Options
from connector.cli.output import Output, to_json
from connector.cli.session import ask_crm, load_config
from connector.cli.sources import enriched, open_source
from connector.cli.stdout import write
from connector.config import VARIABLE, find
from connector.crm.base import Crm
from connector.errors import ExitCode, Finding, UsageError
from connector.fetch import Selection, Source
from connector.fetch.files import Files
from connector.fetch.service_model import mappable
from connector.invitation import Invitation
from connector.map import map_invitation
from connector.mapping.check import examine
from connector.mapping.functions import Rates
from connector.mapping.load import load, load_with_findings
from connector.mapping.model import Mapping
from connector.mapping.nearest import nearest
from connector.mapping.schema import json_schema
from connector.records import ObjectMeta
from connector.settings import Config

log = logging.getLogger(__name__)

_FILE = click.Path(dir_okay=False, path_type=Path)
_argument = click.argument("file", type=_FILE, required=False)


@click.group("mapping", cls=Group)
def mapping_command() -> None:
    """Check, preview and test the mapping."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The mapping file that is meant, and the config where there is one: it has the exchange rates."""

    path: Path
    config: Config | None

    @classmethod
    def of(cls, options: Options, file: Path | None) -> Chosen:
        """``file``, or else the config's mapping."""
        configured = find(options.config, os.environ) or any(name.startswith(VARIABLE) for name in os.environ)
        if file is not None and not configured:
            return cls(file, None)
        config = load_config(options)
        return cls(file or config.mapping_path, config)

    @property
    def rates(self) -> Rates:
        currency = self.config.currency if self.config else None
        return Rates(currency.base, currency.rates) if currency else Rates()

    def load(self) -> Mapping:
        return load(yamlfile.read(self.path), rates=self.rates)


@mapping_command.command("check")
@_argument
@click.option(
    "--crm/--no-crm",
    "with_crm",
    default=None,
    help="Ask the CRM for its fields, or do not; without either, it is asked where there is a config.",
)
@click.pass_obj
def check_command(options: Options, /, file: Path | None, with_crm: bool | None) -> ExitCode:
    """Name every mistake in a mapping, with its line and what was probably meant.

    Checks the file by itself, its expressions by AWS's service model, and its fields by the CRM's. Exit code
    2 when there is an error.

    \b
    crm-connector mapping check mappings/sql.yaml
    """
    chosen = Chosen.of(options, file)
    objects = _objects(chosen, with_crm)
    document = yamlfile.read(chosen.path)
    mapping, findings = examine(document, chosen.rates, objects, *mappable())
    errors = [finding for finding in findings if finding.severity == "error"]
    out = Output(options)
    answer = {
        "file": str(chosen.path),
        "good": not errors,
        "crm": objects is not None,
        "findings": [finding_to_json(finding) for finding in findings],
    }
    out.answer(answer, lambda: _show_check(out, chosen, mapping, findings, objects is not None))
    return ExitCode.USAGE if errors else ExitCode.DONE


def _objects(chosen: Chosen, with_crm: bool | None) -> MappingType[str, ObjectMeta] | None:
    """What the CRM says of the objects that the mapping names; None when it is not to be asked."""
    if with_crm is False or (with_crm is None and chosen.config is None):
        return None
    if chosen.config is None:
        raise UsageError("--crm needs a config, which has the CRM", hint="give --config FILE")
    mapping, _ = load_with_findings(yamlfile.read(chosen.path), chosen.rates)
    if mapping is None or (with_crm is None and mapping.crm != chosen.config.crm.type):
        return None
    named = {rule.object for rule in mapping.records}

    def described(crm: Crm) -> MappingType[str, ObjectMeta]:
        known = crm.objects()
        meant = {nearest(name, known) for name in named.difference(known)}  # for "did you mean"
        return crm.describe(named | {name for name in meant if name})

    return ask_crm(chosen.config, "describe", described)


def _show_check(
    out: Output, chosen: Chosen, mapping: Mapping | None, findings: list[Finding], with_crm: bool
) -> None:
    for finding in findings:
        out.line(f"{finding.severity}: {finding}", "red" if finding.severity == "error" else "yellow")
    if mapping is not None and not any(finding.severity == "error" for finding in findings):
        checked = f"with the fields of the CRM {mapping.crm}" if with_crm else "without its CRM's fields"
        out.line(f"{chosen.path} is good: {len(mapping.records)} rules, checked {checked}.")


@mapping_command.command("schema", cls=JsonCommand)
@click.pass_obj
def schema_command(_: Options, /) -> None:
    """Print the JSON Schema of mapping files, from which editors complete.

    \b
    crm-connector mapping schema > mapping.schema.json
    """
    write(to_json(json_schema()))


@mapping_command.command("preview")
@_argument
@click.option("--id", "identifier", metavar="ID", help="An invitation of the config's source.")
@click.option("--file", "sample", metavar="SAMPLE", help="A file of invitations; - is standard input.")
@click.pass_obj
def preview_command(
    options: Options, /, file: Path | None, identifier: str | None, sample: str | None
) -> ExitCode:
    """Show the records that an invitation becomes. Nothing is written, and no CRM is asked.

    \b
    crm-connector mapping preview --file mappings/samples/lead-pending.json
    """
    if bool(identifier) == bool(sample):
        raise click.UsageError("Give one of --id ID and --file SAMPLE.")
    chosen = Chosen.of(options, file)
    mapping = chosen.load()
    invitations = _invitations(chosen, mapping, identifier, sample)
    desired = {invitation.id: map_invitation(invitation, mapping) for invitation in invitations}
    out = Output(options)
    answer = [
        {"invitation": id_, "records": golden.desired_to_json(records)} for id_, records in desired.items()
    ]
    out.answer(answer, lambda: _show_preview(out, answer))
    troubled = any(record.error or record.warnings for records in desired.values() for record in records)
    return ExitCode.ATTENTION if troubled else ExitCode.DONE


def _invitations(
    chosen: Chosen, mapping: Mapping, identifier: str | None, sample: str | None
) -> list[Invitation]:
    source: Source
    if sample is not None:
        source = Files(sample, Path.cwd())
    elif chosen.config is not None:
        source = enriched(open_source(chosen.config), mapping, dict)
    else:
        raise UsageError("--id needs a config, which has the source", hint="or give --file SAMPLE")
    selection = Selection(ids=(identifier,)) if identifier else Selection()
    with closing(source):
        found = [source.get(listed) for listed in source.list(selection)]
    if not found:
        raise UsageError(f"the source has no invitation {identifier or ''}".rstrip())
    return found


def _show_preview(out: Output, answer: list[dict[str, Any]]) -> None:
    for invitation in answer:
        out.line(invitation["invitation"], "bold")
        if not invitation["records"]:
            out.line("  no rule's `when` holds for it")
        for record in invitation["records"]:
            _show_record(out, record)


def _show_record(out: Output, record: dict[str, Any]) -> None:
    ((key_field, key),) = record["key"].items()
    out.line(f"  {record['name']}: {record['object']} {key_field} {key}", "green")
    fields = record.get("fields", {})
    width = max(map(len, fields), default=0)
    for name, value in fields.items():
        shown = f"-> {value['ref']}" if isinstance(value, dict) else plain(value)
        out.line(f"      {name.ljust(width)}  {shown}")
    for text in (*record.get("warnings", ()), *filter(None, [record.get("error")])):
        out.line(f"      ! {text}", "red")


@mapping_command.command("test")
@_argument
@click.option(
    "--samples",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="The sample invitations; else `samples` beside the mapping.",
)
@click.option("--update", is_flag=True, help="Make what the samples become now the golden records.")
@click.pass_obj
def test_command(options: Options, /, file: Path | None, samples: Path | None, update: bool) -> ExitCode:
    """Compare what the samples become with the golden records beside them.

    Golden records are in samples/golden/NAME/, by the mapping's name, and are never overwritten without
    --update. Exit code 3 when something differs.

    \b
    crm-connector mapping test
    crm-connector mapping test --update && git diff
    """
    chosen = Chosen.of(options, file)
    mapping = chosen.load()
    folder = samples or chosen.path.parent / "samples"
    cases = list(golden.cases(mapping, folder))
    differing = {case: diff for case in cases if (diff := case.diff())}
    for case in differing if update else ():
        golden.store(case)
    orphans = golden.orphans(mapping, folder, {case.golden for case in cases})
    out = Output(options)
    out.answer(
        {
            "tested": len(cases),
            "updated" if update else "failed": [
                {"sample": str(case.sample), "diff": diff} for case, diff in differing.items()
            ],
            "orphans": [str(path) for path in orphans],
        },
        lambda: _show_test(out, cases, differing, orphans, update),
    )
    if differing and chosen.config is None:
        log.warning("there is no config, and so no exchange rates: name one with --config")
    return ExitCode.ATTENTION if orphans or (differing and not update) else ExitCode.DONE


def _show_test(
    out: Output,
    cases: list[golden.Case],
    differing: dict[golden.Case, str],
    orphans: list[Path],
    update: bool,
) -> None:
    for case, diff in differing.items():
        if update:
            out.line(f"updated {case.golden}")
            continue
        for line in diff.splitlines():
            out.line(line, {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], ""))
        if not case.golden.exists():
            out.line(f"{case.sample} has no golden records yet: look at these, then `mapping test --update`")
    for path in orphans:
        out.line(f"{path} has no sample any more: delete it", "yellow")
    passed = len(cases) - (0 if update else len(differing))
    out.line(f"{passed} of {len(cases)} samples become what they should.")
