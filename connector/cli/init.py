"""``init``: from an empty folder to a config and a mapping, by a few questions that are tried out at once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from connector.cli.command import Command
from connector.cli.config_text import config_text
from connector.cli.findings import finding_to_json
from connector.cli.interview import Found, Interview
from connector.cli.main import COMMANDS
from connector.cli.newfiles import NewFile, write_all
from connector.cli.options import Options
from connector.cli.output import Output
from connector.cli.questions import Asker, is_terminal
from connector.config import DEFAULT_FILE, FILE_VARIABLE
from connector.current import current_folder
from connector.errors import ConfigurationError, Finding, Interrupted, UsageError
from connector.fetch.service_model import mappable
from connector.mapping.kinds import KINDS
from connector.mapping.likeness import BY_NAME
from connector.mapping.nearest import did_you_mean
from connector.mapping.offered import Offered
from connector.mapping.proposal_yaml import checked
from connector.mapping.propose import Objects, Proposal, propose


@click.command("init", cls=Command)
@click.option("--catalog", metavar="CATALOG", help="Take invitations from AWS (live) or Sandbox.")
@click.option("--files", metavar="PATH", help="Take invitations from files in place of Partner Central.")
@click.option(
    "--profile", metavar="NAME", help="The profile of ~/.aws/config; else the AWS SDK's own search."
)
@click.option("--crm", metavar="TYPE", help="The CRM that records go to: sql, salesforce or another.")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="NAME=VALUE",
    help="A setting of the config, such as crm.url=sqlite:///crm.db; may be repeated.",
)
@click.option(
    "--object",
    "named",
    multiple=True,
    metavar="RULE=OBJECT",
    help="The CRM's object for a rule, such as lead=Prospect, where none is found by name; may be repeated.",
)
@click.option(
    "--mapping",
    "mapping",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The mapping file to write; else mapping.yaml beside the config.",
)
@click.option("--force", is_flag=True, help="Overwrite existing files.")
@click.option("--keep", is_flag=True, help="Leave existing files as they are, and write the others.")
@click.pass_obj
def init_command(
    options: Options,
    /,
    catalog: str | None,
    files: str | None,
    profile: str | None,
    crm: str | None,
    settings: tuple[str, ...],
    named: tuple[str, ...],
    mapping: Path | None,
    force: bool,
    keep: bool,
) -> None:
    """Set up the connector by answering a few questions.

    Asks where invitations come from, which CRM they go to and how to sign in there; tries both; and writes a
    config and a mapping proposed from the CRM's own fields, each line with its reason. Nothing is written
    into the CRM. Without a terminal, flags give the answers. Secrets are given as env:NAME or file:PATH, or
    are typed and kept in files of their own.

    \b
    crm-connector init
    crm-connector init --catalog Sandbox --profile partner --crm sql --set crm.url=sqlite:///crm.db
    """
    if catalog and files:
        raise click.UsageError("Give one of --catalog and --files.")
    if force and keep:
        raise click.UsageError("Give one of --force and --keep.")
    given, named_objects = _pairs("--set", settings), _objects(named)
    answers = {"source": "files" if files else catalog, "source.path": files, "source.profile": profile}
    given |= {name: text for name, text in {**answers, "crm": crm}.items() if text is not None}
    if "mapping" in given:
        raise UsageError("--set mapping: the mapping is written, too", hint="name its file with --mapping")
    target = Target.of(options, mapping, force=force, keep=keep)
    try:
        _init(options, target, given, named_objects)
    except (KeyboardInterrupt, click.Abort):
        if is_terminal():
            click.echo(err=True)  # the prompt's line ends
        raise Interrupted("interrupted", hint="nothing was written") from None


def _pairs(flag: str, texts: tuple[str, ...]) -> dict[str, str]:
    """NAME=VALUE, each. Raises UsageError."""
    pairs = [text.partition("=") for text in texts]
    for name, equals, _ in pairs:
        if not name or not equals:  # not the text itself, which may be a secret
            raise UsageError(f"{flag} {name:.60} says no value", hint=f"write {flag} NAME=VALUE")
    return {name: value for name, _, value in pairs}


@dataclass(frozen=True, slots=True)
class Target:
    """The files that are to be. ``may_overwrite`` is None where somebody has to be asked for that."""

    config: Path
    mapping: Path
    may_overwrite: bool | None

    @property
    def folder(self) -> Path:
        """What relative paths in the config count from."""
        return (current_folder() / self.config).parent

    @classmethod
    def of(cls, options: Options, mapping: Path | None, *, force: bool, keep: bool) -> Target:
        config = options.config or Path(os.environ.get(FILE_VARIABLE) or DEFAULT_FILE)
        return cls(
            config, mapping or config.parent / "mapping.yaml", True if force else False if keep else None
        )

    def settle(self, asker: Asker) -> list[Path]:
        """The files that are written: those that are not there, and those that may be written over. Raises
        UsageError when there is none, or no folder for them."""
        for path in (self.config, self.mapping):
            folder = (current_folder() / path).parent
            if not os.path.isdir(folder):  # noqa: PTH112 - Path's raises where one may not look
                raise UsageError(f"there is no folder {path.parent}", hint="make it, or name another")
            if not os.access(folder, os.W_OK | os.X_OK):
                raise UsageError(f"{folder} is not a folder to write to for this user", hint="name another")
        writable = self._writable(asker)
        if not writable:
            raise UsageError(f"{self.config} and {self.mapping} are kept, so there is nothing to write")
        return writable

    def _writable(self, asker: Asker) -> list[Path]:
        there = [path for path in (self.config, self.mapping) if path.exists()]
        new = [path for path in (self.config, self.mapping) if path not in there]
        if self.may_overwrite is None and there and not asker.at_terminal:
            names = " and ".join(map(str, there))
            raise UsageError(
                f"{names} {'is' if len(there) == 1 else 'are'} there already",
                hint="write over with --force, or leave as it is with --keep",
            )
        if self.may_overwrite is not None:
            return [*new, *(there if self.may_overwrite else ())]
        return [*new, *(path for path in there if asker.confirm(f"{path} is there already. Write over it?"))]


def _objects(texts: tuple[str, ...]) -> dict[str, str]:
    """What --object says. Raises UsageError for a rule that there is not."""
    named, rules = _pairs("--object", texts), [kind.rule for kind in KINDS if kind.objects]
    for rule in named:
        if rule not in rules:
            raise UsageError(f"--object: there is no rule {rule:.60}", hint=did_you_mean(rule, rules))
    return named


def _init(options: Options, target: Target, given: Mapping[str, str], named: Mapping[str, str]) -> None:
    asker = Asker(given, os.environ, target.folder)
    writable = target.settle(asker)
    settings, found = Interview(asker, given, named, target.config, target.mapping).hold()
    proposal, findings = Proposal(settings["crm"]["type"], (), ()), list[Finding]()
    files = []
    if target.mapping in writable:
        proposal, text, findings = _proposed(proposal.crm, found.objects, named)
        files.append(NewFile(target.mapping, text))
    if target.config in writable:
        kept = [(reference.removeprefix("file:"), secret) for reference, secret in asker.typed.values()]
        files += [NewFile(target.folder / path, f"{secret}\n", private=True) for path, secret in kept]
        files.append(NewFile(target.config, config_text(settings), private=True))
    write_all(files)
    _show(Output(options), proposal, findings, found, [str(file.path) for file in files])


def _proposed(crm: str, objects: Objects, named: Mapping[str, str]) -> tuple[Proposal, str, list[Finding]]:
    """Raises ConfigurationError where the CRM has nothing that a mapping could be about."""
    model = mappable()
    proposal, text, findings = checked(propose(crm, objects, Offered(*model), named), crm, objects, model)
    if not proposal.rules:
        reasons = [Finding(f"{what}: {why}") for what, why in proposal.left_out]
        hint = "name its objects: --object lead=OBJECT --object opportunity=OBJECT"
        raise ConfigurationError(f"no mapping can be proposed for {crm}", reasons, hint=hint)
    return proposal, text, findings


def _show(out: Output, proposal: Proposal, findings: list[Finding], found: Found, written: list[str]) -> None:
    answer = {
        "written": written,
        "unmade": list(found.unmade),
        "mapping": [
            {
                "rule": rule.kind.rule,
                "object": rule.object,
                "field": each.name,
                "why": each.why,
                **each.settings,
            }
            for rule, each in proposal.fields()
        ],
        "left_out": [{"what": what, "why": why} for what, why in proposal.left_out],
        "findings": [finding_to_json(finding) for finding in findings],
    }
    out.answer(answer, lambda: _show_text(out, proposal, found, written))


def _show_text(out: Output, proposal: Proposal, found: Found, written: list[str]) -> None:
    out.table(
        ("rule", "object", "chosen", "key", "fields"),
        [
            (rule.kind.rule, rule.object, rule.why, rule.key_field, len(rule.fields))
            for rule in proposal.rules
        ],
    )
    fields = list(proposal.fields())
    unsure = [(rule, each) for rule, each in fields if each.why != BY_NAME]
    if unsure:
        out.line(f"{len(fields) - len(unsure)} of {len(fields)} fields were chosen {BY_NAME}. The others:")
    out.table(
        ("field", "from", "chosen"),
        [(f"{rule.object}.{each.name}", _source(each.settings), each.why) for rule, each in unsure],
    )
    for what, why in proposal.left_out:
        out.line(f"left out: {what}: {why}", "yellow")
    _show_lacking(out, proposal, found)
    out.line(f"Written: {', '.join(written)}.")
    out.line(f"Next: {out.command('plan')} shows what a sync would do, and writes nothing.")


def _show_lacking(out: Output, proposal: Proposal, found: Found) -> None:
    """What the CRM does not have yet, and who makes it."""
    absent = {(rule.object, each.name) for rule, each in proposal.fields() if each.absent}
    if absent:
        fields = f" ({out.command(f'{proposal.crm} fields')} lists them)" if proposal.crm in COMMANDS else ""
        message = f"{len(absent)} fields are not in the CRM yet: an administrator adds them{fields}."
        out.line(f"{message} A run does without them until then.", "yellow")
    if found.unmade:
        out.line(f"The first sync makes in the CRM: {', '.join(found.unmade)}.")


def _source(settings: Mapping[str, Any]) -> str:
    """Where a field's value comes from, as far as one cell of a table holds it."""
    if "ref" in settings:
        return f"the record of {settings['ref']}"
    return str(settings.get("from", settings.get("template", settings.get("value"))))
