"""A mapping file -> Mapping: every mistake named with its place, all in one go."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from collections.abc import Mapping as MappingType
from dataclasses import replace
from typing import Any

from connector import deprecations
from connector.errors import ConfigurationError, Finding
from connector.invitation import EngagementInvitation
from connector.mapping import expressions
from connector.mapping.fingerprint import fingerprint
from connector.mapping.functions import Functions, Rates
from connector.mapping.model import Expression, FieldRule, Mapping, MatchRule, RecordRule, Write
from connector.mapping.nearest import did_you_mean
from connector.mapping.order import in_order
from connector.mapping.shape import FieldShape, MappingShape, MatchShape, RecordShape
from connector.mapping.syntax import Problem, names_at_root
from connector.mapping.template import Part, split
from connector.mapping.uses import uses
from connector.mapping.validate import MISSING, KeyPath, Validated, validated
from connector.yamlfile import Document

_ITEM = ("item", "index")
_RULE_NAME = re.compile(r"[\w-]+")


def load(document: Document, rates: Rates | None = None) -> Mapping:
    """The mapping in ``document``, by the config's ``rates``. Raises ConfigurationError with all findings."""
    mapping, findings = load_with_findings(document, rates)
    errors = [finding for finding in findings if finding.severity == "error"]
    if errors or mapping is None:
        raise ConfigurationError(f"{document.file} is not a valid mapping", findings)
    return mapping


def load_with_findings(
    document: Document, rates: Rates | None = None
) -> tuple[Mapping | None, list[Finding]]:
    """What can be used of a mapping, and all that is wrong with it. A mapping with errors is good for further
    checks only: an expression that does not compile gives null in it."""
    result = mended(document, rates)
    return result[0], result[1]


def mended(document: Document, rates: Rates | None = None) -> tuple[Mapping | None, list[Finding], Document]:
    """As ``load_with_findings``, with the document in which misspelt keys are mended."""
    checked = validated(document)
    if checked.shape is None:
        return None, in_file_order(checked.findings), checked.document
    loader = _Loader(checked, Functions(rates or Rates()))
    mapping = loader.mapping(checked.shape, rates or Rates())
    findings = [*loader.findings, *deprecated(checked.document)]
    return mapping, in_file_order(findings), checked.document


def deprecated(document: Document) -> Iterator[Finding]:
    """Warnings of what still works in the mapping, and will not for ever."""
    for path, deprecation in deprecations.found(document.value, deprecations.MAPPING):
        at = document.position(path, key=True)
        yield Finding(deprecation.message(path), at, deprecation.instead, "warning")


def in_file_order(findings: Iterable[Finding]) -> list[Finding]:
    """Findings as a reader of the file meets them, each once."""
    ordered = sorted(
        dict.fromkeys(findings), key=lambda f: (f.position.line, f.position.column) if f.position else (0, 0)
    )
    return list(ordered)


class _Loader:
    """One file being compiled; ``findings`` collects what is wrong."""

    def __init__(self, checked: Validated, functions: Functions) -> None:
        self.document = checked.document
        self.findings = list(checked.findings)
        self.left_out = checked.left_out
        self.functions = functions
        self.lets: dict[str, None] = {}  # the names so far, in order: there may be thousands

    def report(self, message: str, path: KeyPath, hint: str | None = None, key: bool = False) -> None:
        self.findings.append(Finding(message, self.document.position(path, key), hint))

    def mapping(self, shape: MappingShape, rates: Rates) -> Mapping:
        let = tuple((name, self._let(name, text, shape)) for name, text in shape.let.items())
        rules = [self._record(name, record) for name, record in shape.records.items()]
        ordered = in_order(
            [rule for rule in rules if rule.object != MISSING], list(self._names(shape)), self.report
        )
        usable = tuple(rule for rule in ordered if rule.key_field != MISSING)
        mapping = Mapping(shape.name, shape.crm, let, usable, "", self.document.file)
        return replace(mapping, fingerprint=fingerprint(mapping, rates), beside=uses(mapping))

    def _names(self, shape: MappingShape) -> Iterable[str]:
        written = self.document.value.get("records")
        return written if isinstance(written, dict) else shape.records

    # -- expressions

    def _let(self, name: str, text: str, shape: MappingShape) -> Expression:
        path = ("let", name)
        if name in _ITEM:
            self.report(
                f"'{name}' has a meaning of its own inside for_each", path, "choose another name", key=True
            )
        elif not name.isidentifier() or not name.isascii():
            self.report(f"'{name:.40}' cannot be a name", path, "use letters, digits and _", key=True)
        elif name[0].isupper():
            hint = f"call it {name[0].lower()}{name[1:]}"
            self.report(f"'{name}' would hide a member of the invitation", path, hint, key=True)
        # That a name is there, and not among those above, is to be later.
        expression = self._expression(text, path, self.lets, later=shape.let)
        self.lets[name] = None
        return expression

    def _expression(
        self, text: str, path: KeyPath, names: Collection[str], start: int = 0, later: Collection[str] = ()
    ) -> Expression:
        """``text``, which starts at character ``start`` of the scalar at ``path``. What does not compile
        is reported and gives null."""

        def locate(offset: int) -> Any:
            return self.document.locate(path, start + offset)

        try:
            expression = expressions.compile(text, self.functions, locate)
        except Problem as problem:
            self.findings.append(Finding(problem.message, locate(problem.offset), problem.hint))
            return Expression(text, lambda _: None, locate(0))
        for field in names_at_root(dict(expression.tree or {})):
            self._check_name(field["value"], locate(field["start"]), names, later)
        return expression

    def _check_name(self, name: str, position: Any, names: Collection[str], later: Collection[str]) -> None:
        # The API's members begin with a capital: any may be added, so these are left to check.py.
        if name in names or name[:1].isupper():
            return
        message, hint = f"unknown name '{name:.40}'", _meant(name, names)
        if name in later:
            message, hint = f"'{name}' is not known yet", "a let may use those above it only"
        elif name in _ITEM:
            message = f"'{name}' is not known here"
            hint = "only key, fields and match of a rule with for_each have it"
        self.findings.append(Finding(message, position, hint))

    # -- rules

    def _record(self, name: str, shape: RecordShape) -> RecordRule:
        path: KeyPath = ("records", name)
        # Records of a list are called after their rule, contacts[0], and a field contacts[0].phone.
        if name != MISSING and not _RULE_NAME.fullmatch(name):
            self.report(
                f"'{name:.40}' cannot be a rule's name", path, "use letters, digits, _ and -", key=True
            )
        for_each = self._optional(shape.for_each, (*path, "for_each"))
        names = {**self.lets, **dict.fromkeys(_ITEM)} if shape.for_each is not None else self.lets
        key_field, key = next(iter(shape.key.items()))
        key_path = (*path, "key", key_field)
        fields = []
        for field, field_shape in shape.fields.items():
            field_path = (*path, "fields", field)
            if field == key_field:
                self.report(f"{field} is the key already", field_path, "delete it here", key=True)
                continue
            fields.append(self._field(field, field_shape, field_path, names))
        return RecordRule(
            name=name,
            object=shape.object,
            key_field=key_field,
            key=self._expression(key, key_path, names),
            fields=tuple(fields),
            when=self._optional(shape.when, (*path, "when")),
            for_each=for_each,
            match=self._match(shape.match or MatchShape.model_construct(), (*path, "match"), names),
            position=self.document.position(path, key=True),
        )

    def _optional(self, text: str | None, path: KeyPath) -> Expression | None:
        return None if text is None else self._expression(text, path, self.lets)

    def _match(self, shape: MatchShape, path: KeyPath, names: Collection[str]) -> MatchRule:
        if shape.narrow and not shape.title:
            self.report(
                "narrow chooses among what title found, and there is no title", (*path, "narrow"), key=True
            )
        return MatchRule(
            title=self._expressions(shape.title, (*path, "title"), names),
            narrow=self._expressions(shape.narrow, (*path, "narrow"), names),
            none=shape.none,
            many=shape.many,
        )

    def _expressions(
        self, texts: MappingType[str, str], path: KeyPath, names: Collection[str]
    ) -> MappingType[str, Expression]:
        return {name: self._expression(text, (*path, name), names) for name, text in texts.items()}

    # -- fields

    def _field(self, name: str, shape: FieldShape, path: KeyPath, names: Collection[str]) -> FieldRule:
        self._check_options(name, shape, path)
        is_bare = isinstance(self._written(path), str)
        source = None
        if shape.from_ is not None:
            source = self._expression(shape.from_, path if is_bare else (*path, "from"), names)
        return FieldRule(
            name=name,
            write=Write(shape.write),
            source=source,
            value=shape.value,
            template=self._template(shape.template, (*path, "template"), names),
            ref=shape.ref,
            lookup=shape.lookup,
            default=shape.default,
            has_default="default" in shape.model_fields_set,
            max_length=shape.max_length,
            required=shape.required,
            optional=shape.optional,
            position=self.document.position(path, key=True),
        )

    def _written(self, path: KeyPath) -> Any:
        value = self.document.value
        for part in path:
            value = value[part]
        return value

    def _check_options(self, name: str, shape: FieldShape, path: KeyPath) -> None:
        given = [alias for alias, attribute in _SOURCES.items() if attribute in shape.model_fields_set]
        if len(given) > 1:
            self.report(f"{name} has both {' and '.join(given)}", path, "choose one", key=True)
        elif not given and not any((*path, source) in self.left_out for source in _SOURCES):
            hint = "give it one of from, value, template, ref"
            self.report(f"{name} does not say where its value comes from", path, hint, key=True)
        elif given in (["value"], ["ref"]):
            for option in _OPTIONS & shape.model_fields_set:
                message = f"{option} has no effect beside {given[0]}"
                self.report(message, (*path, option), "delete it", key=True)

    def _template(
        self, text: str | None, path: KeyPath, names: Collection[str]
    ) -> tuple[str | Expression, ...] | None:
        if text is None:
            return None
        try:
            parts = split(text)
        except Problem as problem:
            position = self.document.locate(path, problem.offset)
            self.findings.append(Finding(problem.message, position, problem.hint))
            return (text,)
        return tuple(self._part(part, path, names) for part in parts)

    def _part(self, part: Part, path: KeyPath, names: Collection[str]) -> str | Expression:
        return self._expression(part.text, path, names, part.offset) if part.is_expression else part.text


_SOURCES = {"from": "from_", "value": "value", "template": "template", "ref": "ref"}
_OPTIONS = {"lookup", "default", "max_length"}


def _meant(name: str, names: Iterable[str]) -> str | None:
    return (
        did_you_mean(name, [*names, *EngagementInvitation.model_fields]) or "names of your own go under let"
    )
