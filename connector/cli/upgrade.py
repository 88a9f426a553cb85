"""``mapping upgrade``: a mapping file of an earlier version of the format becomes one of this version."""

from __future__ import annotations

import difflib
from pathlib import Path

import click

from connector import yamlfile
from connector.cli.chosen import MAPPING_FILE, Chosen
from connector.cli.command import Command
from connector.cli.newfiles import NewFile, write_all
from connector.cli.options import Options
from connector.cli.output import Output
from connector.mapping import upgrade
from connector.mapping.load import load


@click.command("upgrade", cls=Command)
@click.argument("file", type=MAPPING_FILE, required=False)
@click.option("--write", is_flag=True, help="Change the file; without, only show what would change.")
@click.pass_obj
def upgrade_command(options: Options, /, file: Path | None, write: bool) -> None:
    """Bring a mapping of an earlier version of crm-connector up to this one.

    Shows the lines that change. With --write the file is changed, all at once; its comments, order and quotes
    stay. A file that would not be a valid mapping then is left alone, and its mistakes are named.

    \b
    crm-connector mapping upgrade mappings/sql.yaml --write
    """
    chosen = Chosen.of(options, file)
    document = yamlfile.read(chosen.path)
    text = upgrade.upgraded(document)
    load(yamlfile.parse(text, document.file), chosen.rates)
    changed = text != document.text
    if write and changed:
        write_all([NewFile(chosen.path, text)])
    out = Output(options)
    diff = list(
        difflib.unified_diff(document.text.splitlines(), text.splitlines(), "before", "after", lineterm="")
    )
    answer = {
        "file": str(chosen.path),
        "version": upgrade.VERSION,
        "changed": changed,
        "written": write and changed,
    }
    out.answer({**answer, "diff": "\n".join(diff)}, lambda: _show(out, chosen.path, diff, write))


def _show(out: Output, path: Path, diff: list[str], write: bool) -> None:
    version = f"version {upgrade.VERSION} of the format"
    if not diff:
        out.line(f"{path} is {version}: there is nothing to upgrade.")
        return
    for line in diff:
        out.line(line, {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], ""))
    out.line(f"{path} is {version} now." if write else f"This makes {path} {version}; --write does it.")
