"""Questions that a person answers at a terminal and a script by flags: each has a flag of its own."""

from __future__ import annotations

import contextlib
import getpass
import sys
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import click
from pydantic import BaseModel, SecretStr, ValidationError, create_model
from pydantic.fields import FieldInfo

from connector import secrets, yamlfile
from connector.cli.text import visible
from connector.config import without_decimals
from connector.errors import ConfigurationError, ConnectorError, Finding, UsageError
from connector.mapping.nearest import did_you_mean

Values = dict[str, Any]

SEEN = "other people can see a command line: give the secret as env:NAME or file:PATH"
_LONGEST_PATH = 1000  # characters; a longer text, such as a key, is no path


def is_terminal() -> bool:
    """Whether there is somebody to ask."""
    return sys.stdin.isatty() and sys.stderr.isatty()


@dataclass(frozen=True, slots=True)
class Question:
    """``setting`` is what it is about, as ``crm.auth.flow``. ``parse`` gives the value for an answer, and
    raises ValueError with what is wrong with it. ``default``: what no answer means, "" included; None where
    one is needed. ``choices`` go from an answer to what it means. A secret ``in_file`` is nothing to type."""

    setting: str
    text: str
    flag: str
    parse: Callable[[str], Any] = str
    choices: Mapping[str, str] = field(default_factory=dict)
    default: str | None = None
    is_secret: bool = False
    in_file: bool = False


class Asker:
    """Asks questions, unless ``given`` (by setting) has the answer. Where there is no terminal, ``missing``
    collects what nobody answered."""

    def __init__(self, given: Mapping[str, str], environ: Mapping[str, str], directory: Path) -> None:
        self.given = dict(given)
        self.asked: set[str] = set()  # settings that there was a question about
        self.missing: list[str] = []
        # Secrets by setting, each after the reference to the file of its own that it goes into.
        self.typed: dict[str, tuple[str, str]] = {}
        self.at_terminal = is_terminal()
        with contextlib.suppress(AttributeError, ValueError):  # a key pressed by mistake is no reason to fail
            sys.stdin.reconfigure(errors="replace")  # type: ignore[union-attr]
        self._environ = environ
        self._directory = directory
        self._earlier: MutableMapping[str, str] = {}

    def ask(self, question: Question) -> Any:
        """The value of the answer; None when there is none, or none is needed. Raises UsageError for a flag
        that does not say what can be used."""
        self.asked.add(question.setting)
        if question.setting in self.given:
            try:
                return self._value(question, self.given[question.setting], typed=False)
            except ValueError as error:
                raise UsageError(f"{question.flag.partition('=')[0]}: {error}") from None
        if not self.at_terminal:
            if question.default is None:
                self.missing.append(question.flag)
            return question.parse(question.default) if question.default else None
        return self._prompt(question)

    def forget(self, part: str) -> None:
        """What was given or typed for the settings in ``part`` is no good: a person is asked for it."""
        for name in [name for name in self.given if name.split(".")[0] == part]:
            self._earlier[name] = self.given.pop(name)
        for name in [name for name in self.typed if name.split(".")[0] == part]:
            del self.typed[name]

    def check_complete(self) -> None:
        """Raises UsageError that names the flags of all ``missing`` answers."""
        if self.missing:
            findings = [Finding(f"give {flag}") for flag in self.missing]
            raise _Unanswered("there is no terminal to ask at, and answers are missing", findings)

    def say(self, text: str) -> None:
        """To a person, if there is one."""
        if self.at_terminal:
            click.echo(visible(text), err=True)

    def confirm(self, text: str) -> bool:
        """Whether a person says yes; no where nobody is there."""
        return self.at_terminal and self._line(f"{text} [y/N] ").casefold() in ("y", "yes")

    def _prompt(self, question: Question) -> Any:
        wide = max(map(len, question.choices), default=0)
        for name, meaning in question.choices.items():
            self.say(f"  {name:{wide}}  {meaning}".rstrip())
        default = self._earlier.get(question.setting, question.default)
        shown = f" [{default}]" if default else " [none]" if default == "" else ""
        while True:
            text = (
                self._line(f"{question.text}{shown}: ", hidden=question.is_secret and not question.in_file)
                or default
            )
            if text is None:
                continue
            try:
                value = self._value(question, text, typed=True) if text else None
            except ValueError as error:
                self.say(f"  {error}")
                continue
            if question.setting not in self.typed:
                self._earlier[question.setting] = text
            return value

    def _line(self, prompt: str, *, hidden: bool = False) -> str:
        """What was typed, without white space around it. Raises click.Abort at the end of the input."""
        if hidden:
            try:
                return getpass.getpass(visible(prompt), sys.stderr).strip()
            except EOFError:
                raise click.Abort from None
        click.echo(visible(prompt), nl=False, err=True)
        line = sys.stdin.readline()
        if not line:
            raise click.Abort
        return line.strip()

    def _value(self, question: Question, text: str, *, typed: bool) -> Any:
        if question.choices:
            return question.parse(_choice(text, question.choices))
        self.typed.pop(question.setting, None)
        if secrets.is_reference(text):
            self._check_reference(question, text)
            return text
        if question.is_secret or secrets.mask(text) != text:
            return self._kept(question, text, typed=typed)
        return question.parse(text)

    def _check_reference(self, question: Question, text: str) -> None:
        try:
            secrets.resolve(text, self._directory, self._environ, question.setting)
        except ConfigurationError as error:
            raise ValueError(f"{error.message}{f' ({error.hint})' if error.hint else ''}") from None

    def _kept(self, question: Question, text: str, *, typed: bool) -> str:
        """A reference to the secret ``text``, or to the file that is called so."""
        if not typed:
            raise ValueError(SEEN)
        if len(text) < _LONGEST_PATH and (self._directory / text).is_file():
            return f"file:{text}"
        if question.in_file:
            raise ValueError(f"there is no file {text:.60} in {self._directory}")
        secrets.remember(text)
        reference = f"file:secrets/{question.setting.replace('.', '-')}"
        self.typed[question.setting] = reference, text
        return reference


class _Unanswered(UsageError):
    def __init__(self, message: str, findings: list[Finding]) -> None:
        super().__init__(message)
        self.findings = findings


def _choice(text: str, choices: Mapping[str, str]) -> str:
    for name in choices:
        if name.casefold() == text.casefold():
            return name
    raise ValueError(f"there is no {text:.60}: {did_you_mean(text, choices) or 'choose one of these'}")


# -- the settings of a model as questions


def ask_settings(model: type[BaseModel], at: str, ask: Callable[[Question], Any]) -> Values:
    """Answers to what ``model`` needs to be known: its required fields, where it signs in, and secrets."""
    values: Values = {}
    for name, info in model.model_fields.items():
        setting = f"{at}.{name}"
        variants, tag = _variants(info)
        if variants:
            values[name] = _ask_variant(variants, tag, setting, ask)
        elif (nested := _nested(info)) is not None and info.is_required():
            values[name] = ask_settings(nested, setting, ask)
        elif _is_asked(name, info):
            answer = ask(_question(setting, name, info))
            if answer is not None:
                values[name] = answer
    return values


def _ask_variant(
    variants: Mapping[str, type[BaseModel]], tag: str, at: str, ask: Callable[[Question], Any]
) -> Values:
    meanings = {name: _first_sentence(model) for name, model in variants.items()}
    setting = f"{at}.{tag}"
    chosen = ask(
        Question(setting, _worded(setting.partition(".")[2]), f"--set {setting}=VALUE", choices=meanings)
    )
    return {} if chosen is None else {tag: chosen, **ask_settings(variants[chosen], at, ask)}


def _question(setting: str, name: str, info: FieldInfo) -> Question:
    is_secret = _is_secret(info.annotation)
    text = info.description or _worded(name)
    in_file = is_secret and str(next(iter(info.examples or ()), "")).startswith("file:")
    if in_file:
        text += " (a file, for example key.pem)"
    elif is_secret:
        text += " (typed unseen and kept in a file of its own; or env:NAME, file:PATH)"
    elif info.is_required() and info.examples:
        text += f" (for example {info.examples[0]})"
    default = None if info.is_required() else _plain_text(info.default)
    choices = {str(each): "" for each in _literals(info.annotation)}
    return Question(
        setting, text, f"--set {setting}=VALUE", _parser(info), choices, default, is_secret, in_file
    )


def _is_asked(name: str, info: FieldInfo) -> bool:
    if get_origin(info.annotation) is Literal and len(_literals(info.annotation)) == 1:
        return False  # the tag of a variant
    matters = _is_secret(info.annotation) or name.endswith("url")
    return info.is_required() or (matters and info.default is not None)


def _parser(info: FieldInfo) -> Callable[[str], Any]:
    annotation: Any = info.annotation
    model: Any = create_model("Answer", value=(annotation, info))

    def parse(text: str) -> Any:
        try:
            return model.model_validate({"value": text}).value
        except ValidationError as error:
            try:
                return model.model_validate({"value": yaml_value(text)}).value
            except ValidationError:
                raise ValueError(_trouble(error)) from None

    return parse


def yaml_value(text: str) -> Any:
    """``text`` as YAML has it, with floats for decimals; text that is no YAML is itself."""
    try:
        return without_decimals(yamlfile.parse(text, "answer").value)
    except ConnectorError:
        return text


def _trouble(error: ValidationError) -> str:
    first = error.errors()[0]
    if first["type"] == "value_error":
        return str(first["ctx"]["error"])
    return first["msg"].removeprefix("Input ").replace("should", "must", 1)


def _variants(info: FieldInfo) -> tuple[dict[str, type[BaseModel]], str]:
    """The models that a field chooses from by the value of a member, and the name of that member."""
    tag = info.discriminator
    if not isinstance(tag, str):
        return {}, ""
    return {str(value): model for model in _models(info) for value in _tags(model, tag)}, tag


def _tags(model: type[BaseModel], tag: str) -> tuple[Any, ...]:
    return _literals(model.model_fields[tag].annotation)


def _models(info: FieldInfo) -> Iterator[type[BaseModel]]:
    for each in (info.annotation, *get_args(info.annotation)):
        if isinstance(each, type) and issubclass(each, BaseModel):
            yield each


def _nested(info: FieldInfo) -> type[BaseModel] | None:
    return next(_models(info), None)


def _literals(annotation: Any) -> tuple[Any, ...]:
    return get_args(annotation) if get_origin(annotation) is Literal else ()


def _is_secret(annotation: Any) -> bool:
    return annotation is SecretStr or SecretStr in get_args(annotation)


def _plain_text(value: Any) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else "" if value is None else str(value)


def _worded(name: str) -> str:
    return name.replace("_", " ").replace(".", " ").capitalize().replace("url", "URL").replace("Url", "URL")


def _first_sentence(model: type[BaseModel]) -> str:
    return " ".join((model.__doc__ or "").replace("``", "").split()).partition(". ")[0].removesuffix(".")
