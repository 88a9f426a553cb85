"""All that can be known of a mapping before its first run: by the file itself, AWS's service model, and the
CRM's metadata. Pure: the model and the metadata come in as values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from connector.errors import Finding, Position
from connector.mapping.functions import Rates
from connector.mapping.load import in_file_order, mended
from connector.mapping.members import Enums, Follower, MemberTree, Names, Shape, elements
from connector.mapping.model import Expression, FieldRule, RecordRule
from connector.mapping.model import Mapping as MappingModel
from connector.mapping.nearest import nearest
from connector.mapping.targets import TargetCheck
from connector.records import ObjectMeta
from connector.yamlfile import Document, KeyPath

__all__ = ["Enums", "MemberTree", "check", "examine"]


def examine(
    document: Document,
    rates: Rates | None = None,
    objects: Mapping[str, ObjectMeta] | None = None,
    members: MemberTree | None = None,
    enums: Enums | None = None,
) -> tuple[MappingModel | None, list[Finding]]:
    """Everything wrong with a mapping file, in the order of its lines, in one go.

    Without ``objects`` the CRM side is not looked at; without ``members`` the invitation's is not. The
    mapping may be run if no finding is an error.
    """
    mapping, findings, document = mended(document, rates)
    if mapping is not None:
        findings = findings + check(mapping, objects, members, enums, document)
    return mapping, in_file_order(findings)


def check(
    mapping: MappingModel,
    objects: Mapping[str, ObjectMeta] | None = None,
    members: MemberTree | None = None,
    enums: Enums | None = None,
    document: Document | None = None,
) -> list[Finding]:
    """What is wrong with a loaded mapping. ``document`` gives the findings their exact place."""
    findings: list[Finding] = []
    places = _Places(document)
    if members is not None:
        findings += _InvitationCheck(mapping, members, enums or {}, places).findings()
    if objects is not None:

        def report(message: str, at: Position | None, hint: str | None) -> None:
            findings.append(Finding(message, at, hint))

        targets = TargetCheck(mapping, objects, report, places.at)
        for rule in mapping.records:
            targets.check(rule)
    return in_file_order(findings)


class _Places:
    """Places in the file, where there is one."""

    def __init__(self, document: Document | None) -> None:
        self.document = document

    def at(self, *path: str, key: bool = False) -> Position | None:
        full: KeyPath = path
        return self.document.position(full, key) if self.document else None


class _InvitationCheck:
    """A mapping against the service model."""

    def __init__(self, mapping: MappingModel, members: MemberTree, enums: Enums, places: _Places) -> None:
        self.mapping = mapping
        self.members = members
        self.places = places
        self.follower = Follower(enums)

    def findings(self) -> list[Finding]:
        names = Names(self.members)
        for name, expression in self.mapping.let:
            names = names.plus(**{name: self.follower.follow(expression, names)})
        for rule in self.mapping.records:
            self._rule(rule, names)
        return self.follower.findings

    def _rule(self, rule: RecordRule, names: Names) -> None:
        self.follower.follow(rule.when, names)
        if rule.for_each is not None:
            items = self.follower.follow(rule.for_each, names)
            names = names.plus(item=elements(items), index=None)
        for expression in (rule.key, *rule.match.title.values(), *rule.match.narrow.values()):
            self._single(expression, names)
        for field in rule.fields:
            shapes = [self._single(expression, names) for expression in _expressions(field)]
            if field.lookup and field.source is not None:
                self._lookup(rule, field, shapes[0])

    def _single(self, expression: Expression, names: Names) -> Shape:
        """Follows an expression whose value is to be one, not a list or a structure."""
        shape = self.follower.follow(expression, names)
        kinds = [_kind(place.tree) for place in shape or ()]
        if kinds and all(kinds):
            at = expression.locate(0) if expression.locate else expression.position
            message = f"this is a {' or a '.join(dict.fromkeys(kinds))} where one value is wanted"
            hint = "pick one with [0], or use join_lines()" if "list" in kinds else "name one of its members"
            self.follower.findings.append(Finding(message, at, hint))
        return shape

    def _lookup(self, rule: RecordRule, field: FieldRule, shape: Shape) -> None:
        """Keys that the invitation never holds. Where the model does not know all values, only what is near
        to a known one is taken as misspelt."""
        known, complete = self.follower.values(shape)
        for key in field.lookup or {}:
            if not known or key in known:
                continue
            at = self.places.at("records", rule.name, "fields", field.name, "lookup", key, key=True)
            near = nearest(key, known, 0.8)
            message = f"the invitation never holds '{key:.60}'"
            if near:
                self.follower.findings.append(Finding(message, at or field.position, f"did you mean {near}?"))
            elif complete:
                hint = "this entry is not used, unless AWS has added the value since"
                self.follower.findings.append(Finding(message, at or field.position, hint, "warning"))


def _kind(tree: object) -> str:
    """What a place of the model holds that is no single value; "" for one, and where that is not known."""
    if isinstance(tree, list):
        return "list"
    return "structure" if isinstance(tree, Mapping) and tree else ""


def _expressions(field: FieldRule) -> Iterator[Expression]:
    if field.source is not None:
        yield field.source
    for part in field.template or ():
        if isinstance(part, Expression):
            yield part
