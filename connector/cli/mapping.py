"""``mapping check|preview|explain|diff|fields|test|schema|upgrade``: what a mapping needs that is no run."""

from __future__ import annotations

import logging
from pathlib import Path

import click

from connector import yamlfile
from connector.cli import golden
from connector.cli.chosen import MAPPING_FILE, Chosen
from connector.cli.command import Group, JsonCommand
from connector.cli.compare import diff_command
from connector.cli.explain import explain_command
from connector.cli.fields import fields_command
from connector.cli.findings import finding_to_json
from connector.cli.options import Options
from connector.cli.output import Output, to_json
from connector.cli.preview import preview_command
from connector.cli.stdout import write
from connector.cli.upgrade import upgrade_command
from connector.config import installed_crms
from connector.errors import ExitCode, Finding
from connector.fetch.service_model import mappable
from connector.mapping.check import examine
from connector.mapping.model import Mapping
from connector.mapping.schema import json_schema

log = logging.getLogger(__name__)

_argument = click.argument("file", type=MAPPING_FILE, required=False)


@click.group("mapping", cls=Group)
def mapping_command() -> None:
    """Check, preview and test the mapping."""


for _command in (preview_command, explain_command, diff_command, fields_command, upgrade_command):
    mapping_command.add_command(_command)


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
    objects = chosen.objects(with_crm)
    document = yamlfile.read(chosen.path)
    mapping, findings = examine(document, chosen.rates, objects, *mappable(), crms=installed_crms())
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
