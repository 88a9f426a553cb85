"""``init``: from an empty folder to a config and a mapping, by a few questions that are tried out at once."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from connector.cli.command import Command
from connector.cli.config_text import config_text
from connector.cli.findings import finding_to_json
from connector.cli.newfiles import NewFile, write_all
from connector.cli.options import Options
from connector.cli.output import Output
from connector.cli.questions import Asker, Question, Values, ask_settings, yaml_value
from connector.cli.session import ask_crm
from connector.cli.sources import open_source, selection
from connector.config import DEFAULT_FILE, FILE_VARIABLE, installed_crms, parse
from connector.crm.base import Crm
from connector.errors import ConfigurationError, ConnectorError, Finding, Interrupted, UsageError
from connector.fetch.profiles import profiles
from connector.fetch.service_model import mappable
from connector.mapping.nearest import did_you_mean
from connector.mapping.offered import Offered
from connector.mapping.offers import KINDS
from connector.mapping.proposal_yaml import checked
from connector.mapping.propose import Objects, Proposal, named_objects, propose
from connector.settings import Config

# While answers are tried out: somebody waits at the terminal. The config itself gets the usual patience.
_IMPATIENT = {"attempts": 2, "deadline": 20}
_IMPATIENT_SOURCE = {"connect_timeout": 10, "read_timeout": 20}
_NOTHING_WRITTEN = "nothing was written"

_FROM = {
    "Sandbox": "AWS Partner Central, for trying things out",
    "AWS": "AWS Partner Central, live",
    "files": "invitations in files, as the AWS CLI prints them",
}


@dataclass(frozen=True, slots=True)
class Found:
    """What the CRM said: its ``objects``, and what it does not have yet and a sync makes (``unmade``)."""

    objects: Objects
    unmade: tuple[str, ...]


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
@click.option("--force", is_flag=True, help="Write over files that are there.")
@click.option("--keep", is_flag=True, help="Leave files as they are that are there, and write the others.")
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
    """Set up the connector here: ask a few questions, and write a config and a mapping.

    Asks where invitations come from, and for the CRM and how to sign in there; tries both; proposes a mapping
    by the CRM's own fields, each line with its reason. In the CRM nothing is written. Without a terminal,
    flags give the answers. Secrets are env:NAME or file:PATH, or are typed and kept in files of their own.

    \b
    crm-connector init
    crm-connector init --catalog Sandbox --profile partner --crm sql --set crm.url=sqlite:///crm.db
    """
    if catalog and files:
        raise click.UsageError("Give one of --catalog and --files.")
    if force and keep:
        raise click.UsageError("Give one of --force and --keep.")
    given = _pairs("--set", settings)
    answers = {"source": "files" if files else catalog, "source.path": files, "source.profile": profile}
    given |= {name: text for name, text in {**answers, "crm": crm}.items() if text is not None}
    target = Target.of(options, mapping, force=force, keep=keep)
    try:
        Init(options, target, given, _pairs("--object", named)).run()
    except (KeyboardInterrupt, click.Abort):
        raise Interrupted("interrupted", hint=_NOTHING_WRITTEN) from None


def _pairs(flag: str, texts: tuple[str, ...]) -> dict[str, str]:
    """NAME=VALUE, each. Raises UsageError."""
    pairs = [text.partition("=") for text in texts]
    for name, equals, _ in pairs:
        if not name or not equals:  # not the text itself, which may be a secret
            raise UsageError(f"{flag} {name:.60} says no value", hint=f"write {flag} NAME=VALUE")
    return {name: value for name, _, value in pairs}


@dataclass(slots=True)
class Target:
    """The files that are to be. ``may_overwrite`` is None where somebody has to be asked for that."""

    config: Path
    mapping: Path
    may_overwrite: bool | None

    @classmethod
    def of(cls, options: Options, mapping: Path | None, *, force: bool, keep: bool) -> Target:
        config = options.config or Path(os.environ.get(FILE_VARIABLE) or DEFAULT_FILE)
        return cls(
            config, mapping or config.parent / "mapping.yaml", True if force else False if keep else None
        )

    def settle(self, asker: Asker) -> list[Path]:
        """The files that are written: those that are not there, and those that may be written over."""
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


class Init:
    """One conversation."""

    def __init__(
        self, options: Options, target: Target, given: Mapping[str, str], named: Mapping[str, str]
    ) -> None:
        self.options = options
        self.target = target
        self.named = named
        self.directory = target.config.absolute().parent
        for folder in (self.directory, target.mapping.absolute().parent):
            if not folder.is_dir():
                raise UsageError(f"there is no folder {folder}", hint="make it, or name another")
        self.asker = Asker(given, os.environ, self.directory)
        self.other = {name: text for name, text in given.items() if "." in name}

    def run(self) -> None:
        for rule in self.named:
            if rule not in {kind.rule for kind in KINDS if kind.objects}:
                raise UsageError(f"--object: there is no rule {rule:.60}", hint=did_you_mean(rule, _rules()))
        writable = self.target.settle(self.asker)
        if not writable:
            raise UsageError("there is nothing to write: all files are kept")
        settings, found = self._tried()
        proposal, text, findings = self._proposed(settings["crm"]["type"], found)
        files = [
            NewFile(self.directory / "secrets" / setting.replace(".", "-"), f"{secret}\n", private=True)
            for setting, secret in self.asker.typed.items()
            if self.target.config in writable
        ]
        texts = {self.target.mapping: text, self.target.config: config_text(settings)}
        files += [NewFile(path, text) for path, text in texts.items() if path in writable]
        write_all(files)
        self._show(proposal, findings, found, [file.path for file in files])

    # -- questions

    def _tried(self) -> tuple[Values, Found]:
        """The settings, with which the source and the CRM have answered, and what the CRM said."""
        source, crm = self._source(), self._crm()
        self.asker.check_complete()
        while True:
            settings = self._settings(source, crm)
            try:
                self._try_source(settings)
            except ConnectorError as error:
                source = self._again("source", error, self._source)
                continue
            try:
                return settings, self._try_crm(settings)
            except ConnectorError as error:
                crm = self._again("crm", error, self._crm)

    def _again(self, part: str, error: ConnectorError, ask: Any) -> Values:
        """The answers of a person who was told of ``error``, which is raised where nobody is there."""
        if not self.asker.at_terminal:
            raise error
        self.asker.say(f"error: {error.message}")
        for finding in getattr(error, "findings", ()):
            self.asker.say(f"  {finding}")
        if error.hint:
            self.asker.say(f"hint: {error.hint}")
        self.asker.say("Let us go through that again; Ctrl-C ends this, and nothing is written.")
        self.asker.forget(part)
        answers: Values = ask()
        return answers

    def _source(self) -> Values:
        kind = self.asker.ask(
            Question("source", "Invitations from", "--catalog CATALOG (or --files PATH)", choices=_FROM)
        )
        if kind == "files":
            text = "Folder or file of invitations"
            return {"type": "files", "path": self.asker.ask(Question("source.path", text, "--files PATH"))}
        profile = self.asker.ask(
            Question("source.profile", "AWS profile", "--profile NAME", parse=_profile, default="")
        )
        return {"type": "partner_central", "catalog": kind, "profile": profile or None}

    def _crm(self) -> Values:
        installed = installed_crms()
        kind = self.asker.ask(Question("crm", "CRM", "--crm TYPE", choices=dict.fromkeys(installed, "")))
        if kind is None:
            return {}
        adapter: type[Crm] = installed[kind].load()
        return {"type": kind, **ask_settings(adapter.Settings, "crm", self.asker.ask)}

    def _settings(self, source: Values, crm: Values) -> Values:
        """All of the config: the answers, and what was given of settings that nobody is asked for."""
        mapping = os.path.relpath(self.target.mapping.absolute(), self.directory)
        settings: Values = {"source": source, "crm": crm, "mapping": Path(mapping).as_posix()}
        settings["ledger"] = {"url": "sqlite:///ledger.db"}
        settings["currency"] = {"base": "USD", "rates": {}}
        for name, text in self.other.items():
            if name in self.asker.asked:
                continue
            here: Any = settings
            *parts, last = name.split(".")
            for part in parts:
                here = here.setdefault(part, {})
                if not isinstance(here, dict):
                    raise UsageError(f"--set {name}: {part} has no settings of its own")
            here[last] = yaml_value(text)
        return settings

    # -- trying

    def _config(self, settings: Values) -> Config:
        """The settings as a run would read them, secrets that were typed included, but less patient."""
        trial: Values = json.loads(json.dumps(settings))
        trial["retry"] = {**_IMPATIENT, **trial.get("retry", {})}
        if trial["source"]["type"] == "partner_central":
            trial["source"] = {**_IMPATIENT_SOURCE, **trial["source"]}
        environ = dict(os.environ)
        text = json.dumps(trial)
        for number, (setting, secret) in enumerate(self.asker.typed.items()):
            variable = f"CRM_CONNECTOR_TYPED_{number}"
            environ[variable] = secret
            text = text.replace(f'"file:secrets/{setting.replace(".", "-")}"', f'"env:{variable}"')
        return parse(text, self.target.config, environ)

    def _try_source(self, settings: Values) -> None:
        config = self._config(settings)
        with closing(open_source(config)) as source:
            self.asker.say("Asking for invitations ...")
            next(iter(source.list(selection(config, limit=1))), None)

    def _try_crm(self, settings: Values) -> Found:
        self.asker.say("Asking the CRM for its fields ...")
        return ask_crm(self._config(settings), "describe", self._described)

    def _described(self, crm: Crm) -> Found:
        known = crm.objects()
        objects = crm.describe([*named_objects(known), *self.named.values()])
        for rule, name in self.named.items():
            if name not in objects:
                raise UsageError(
                    f"--object {rule}: the CRM has no object {name:.60}", hint=did_you_mean(name, known)
                )
        return Found(objects, tuple(crm.unmade()))

    # -- the mapping

    def _proposed(self, crm: str, found: Found) -> tuple[Proposal, str, list[Finding]]:
        model = mappable()
        proposal = propose(crm, found.objects, Offered(*model), self.named)
        proposal, text, findings = checked(proposal, crm, found.objects, model)
        if not proposal.rules:
            reasons = [Finding(f"{what}: {why}") for what, why in proposal.left_out]
            hint = "name its objects: --object lead=OBJECT --object opportunity=OBJECT"
            raise ConfigurationError(f"no mapping can be proposed for {crm}", reasons, hint=hint)
        return proposal, text, findings

    # -- the answer

    def _show(self, proposal: Proposal, findings: list[Finding], found: Found, written: list[Path]) -> None:
        out = Output(self.options)
        answer = {
            "written": [str(path) for path in written],
            "unmade": list(found.unmade),
            "mapping": [
                {
                    "rule": rule.kind.rule,
                    "object": rule.object,
                    "field": each.name,
                    **each.settings,
                    "why": each.why,
                }
                for rule in proposal.rules
                for each in rule.fields
            ],
            "left_out": [{"what": what, "why": why} for what, why in proposal.left_out],
            "findings": [finding_to_json(finding) for finding in findings],
        }
        out.answer(answer, lambda: self._show_text(out, proposal, found, written))

    def _show_text(self, out: Output, proposal: Proposal, found: Found, written: list[Path]) -> None:
        rows = [
            (rule.kind.rule, f"{rule.object}.{each.name}", _shown(each.settings), each.why)
            for rule in proposal.rules
            for each in rule.fields
        ]
        out.table(("rule", "field", "from", "chosen"), rows)
        for what, why in proposal.left_out:
            out.line(f"left out: {what}: {why}", "yellow")
        absent = sum(each.absent for rule in proposal.rules for each in rule.fields)
        if absent:
            out.line(f"{absent} fields are not in the CRM yet: an administrator has to add them.", "yellow")
        if found.unmade:
            out.line(f"The first sync makes in the CRM: {', '.join(found.unmade)}.")
        out.line(f"Written: {', '.join(map(str, written))}.")
        out.line(f"Next: {out.command('plan')} shows what a sync would do, and writes nothing.")


def _rules() -> list[str]:
    return [kind.rule for kind in KINDS if kind.objects]


def _shown(settings: Mapping[str, Any]) -> str:
    """Where a field's value comes from, as far as one cell of a table holds it."""
    if "ref" in settings:
        return f"the record of {settings['ref']}"
    value = settings.get("from", settings.get("template", settings.get("value")))
    return str(value)


def _profile(name: str) -> str:
    known = profiles()
    if known and name not in known:
        raise ValueError(
            f"there is no profile {name:.60}: {did_you_mean(name, known) or 'see ~/.aws/config'}"
        )
    return name
