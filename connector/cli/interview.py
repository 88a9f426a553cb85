"""The questions that a config is made of, and whether the source and the CRM answer to what was said."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from connector import secrets
from connector.cli.questions import SEEN, Asker, Question, Values, ask_settings, yaml_value
from connector.cli.session import ask_crm
from connector.cli.sources import open_source, selection
from connector.config import installed_crms, parse
from connector.crm.base import Crm
from connector.errors import ConnectorError, Interrupted, UsageError
from connector.fetch.profiles import profiles
from connector.mapping.nearest import did_you_mean
from connector.mapping.propose import Objects, named_objects
from connector.settings import Config, plain_secrets

T = TypeVar("T")

# While answers are tried out: somebody waits. The config itself gets the usual patience.
_IMPATIENT = {"attempts": 2, "deadline": 20}
_IMPATIENT_SOURCE = {"connect_timeout": 10, "read_timeout": 20}  # seconds

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


class Interview:
    """``settings`` are those given by name, asked for or not; ``named`` gives rules an object of the CRM;
    ``file`` is the config that is to be, and ``mapping`` its mapping."""

    def __init__(
        self, asker: Asker, settings: Mapping[str, str], named: Mapping[str, str], file: Path, mapping: Path
    ) -> None:
        self._asker = asker
        self._settings = settings
        self._named = named
        self._file = file
        self._mapping = Path(os.path.relpath(mapping.absolute(), file.absolute().parent)).as_posix()

    def hold(self) -> tuple[Values, Found]:
        """The config's settings, with which the source and the CRM have answered, and what the CRM said."""
        answers = {"source": self._source(), "crm": self._crm()}
        self._asker.check_complete()
        self._until_it_answers(answers, "source", self._source, self._try_source)
        found = self._until_it_answers(answers, "crm", self._crm, self._try_crm)
        return self._whole(answers), found

    def _until_it_answers(
        self, answers: Values, part: str, ask: Callable[[], Values], attempt: Callable[[Config], T]
    ) -> T:
        """What ``attempt`` gives, with other ``answers`` where those are no good."""
        while True:
            try:
                return attempt(self._config(self._whole(answers)))
            except (UsageError, Interrupted):  # of the command line, which nobody is asked about
                raise
            except ConnectorError as error:
                if not self._asker.at_terminal or self._is_about_a_flag(error):
                    raise
                self._tell(error)
                self._asker.forget(part)
                kind = answers[part]["type"]
                answers[part] = ask()
                if answers[part]["type"] != kind:  # what was set for the one means nothing to the other
                    self._settings = {
                        name: text for name, text in self._settings.items() if name.split(".")[0] != part
                    }

    def _is_about_a_flag(self, error: ConnectorError) -> bool:
        """Whether ``error`` names a setting that nobody is asked about."""
        named = " ".join([error.message, *(finding.message for finding in getattr(error, "findings", ()))])
        return any(name in named.split() for name in self._settings if name not in self._asker.asked)

    def _tell(self, error: ConnectorError) -> None:
        self._asker.say(f"error: {error.message}")
        for finding in getattr(error, "findings", ()):
            self._asker.say(f"  {finding}")
        if error.hint:
            self._asker.say(f"hint: {error.hint}")
        self._asker.say("Let us go through that again; Ctrl-C ends this, and nothing is written.")

    # -- questions

    def _source(self) -> Values:
        kind = self._asker.ask(
            Question("source", "Invitations from", "--catalog CATALOG (or --files PATH)", choices=_FROM)
        )
        if kind == "files":
            text = "Folder or file of invitations"
            return {"type": "files", "path": self._asker.ask(Question("source.path", text, "--files PATH"))}
        profile = self._asker.ask(
            Question("source.profile", "AWS profile", "--profile NAME", parse=_profile, default="")
        )
        return {"type": "partner_central", "catalog": kind, "profile": profile or None}

    def _crm(self) -> Values:
        installed = installed_crms()
        kind = self._asker.ask(Question("crm", "CRM", "--crm TYPE", choices=dict.fromkeys(installed, "")))
        if kind is None:
            return {}
        adapter: type[Crm] = installed[kind].load()
        return {"type": kind, **ask_settings(adapter.Settings, "crm", self._asker.ask)}

    def _whole(self, answers: Values) -> Values:
        """All of the config: the ``answers``, and what was given of settings that nobody is asked for."""
        whole: Values = {name: dict(values) for name, values in answers.items()}
        whole["mapping"] = self._mapping
        whole["ledger"] = {"url": "sqlite:///ledger.db"}
        whole["currency"] = {"base": "USD", "rates": {}}
        for name, text in self._settings.items():
            if name not in self._asker.asked:
                _put(whole, name, text)
        return whole

    # -- trying

    def _config(self, settings: Values) -> Config:
        """The settings as a run would read them, secrets that were typed included, but less patient."""
        trial: Values = json.loads(json.dumps(settings))
        trial["retry"] = {**_IMPATIENT, **trial.get("retry", {})}
        if trial["source"]["type"] == "partner_central":
            trial["source"] = {**_IMPATIENT_SOURCE, **trial["source"]}
        environ = dict(os.environ)
        text = json.dumps(trial)
        for number, (reference, secret) in enumerate(self._asker.typed.values()):
            variable = f"CRM_CONNECTOR_TYPED_{number}"
            environ[variable] = secret
            text = text.replace(json.dumps(reference), json.dumps(f"env:{variable}"))
        return parse(text, self._file, environ)

    def _try_source(self, config: Config) -> None:
        if getattr(config.source, "path", "") == "-":  # what comes in there is for a run
            return
        with closing(open_source(config)) as source:
            self._asker.say("Asking for invitations ...")
            next(iter(source.list(selection(config, limit=1))), None)

    def _try_crm(self, config: Config) -> Found:
        plain = {secret.get_secret_value() for secret in plain_secrets(config.crm_settings())}
        for name, text in self._settings.items():
            if text in plain and not secrets.is_reference(text):
                raise UsageError(f"--set {name}: {SEEN}")
        self._asker.say("Asking the CRM for its fields ...")
        return ask_crm(config, "describe", self._described)

    def _described(self, crm: Crm) -> Found:
        known = crm.objects()
        objects = crm.describe([*named_objects(known), *self._named.values()])
        for rule, name in self._named.items():
            if name not in objects:
                message = f"--object {rule}: the CRM has no object {name:.60}"
                raise UsageError(message, hint=did_you_mean(name, known))
        return Found(objects, tuple(crm.unmade()))


def _put(whole: Values, name: str, text: str) -> None:
    """Raises UsageError for a secret, and for a name that is none."""
    if secrets.mask(text) != text and not secrets.is_reference(text):
        raise UsageError(f"--set {name:.60}: {SEEN}")
    here: Any = whole
    *parts, last = name.split(".")
    for part in parts:
        here = here.setdefault(part, {})
        if not isinstance(here, dict):
            raise UsageError(f"--set {name:.60}: {part} has no settings of its own")
    here[last] = yaml_value(text)


def _profile(name: str) -> str:
    known = profiles()
    if known and name not in known:
        raise ValueError(
            f"there is no profile {name:.60}: {did_you_mean(name, known) or 'see ~/.aws/config'}"
        )
    return name
