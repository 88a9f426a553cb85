"""All that can be known of a mapping before its first run: by the file itself, AWS's service model, and the
CRM's metadata. Pure: the model and the metadata come in as values."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from connector.errors import Finding, Position
from connector.mapping.functions import Rates
from connector.mapping.load import in_file_order, mended
from connector.mapping.members import Follower, place_in
from connector.mapping.model import Expression, FieldRule, RecordRule
from connector.mapping.model import Mapping as MappingModel
from connector.mapping.nearest import did_you_mean, nearest
from connector.mapping.places import Enums, Facts, Known, MemberTree, Names, Shape, elements, given, kind
from connector.mapping.sources import Sources
from connector.mapping.syntax import Tree
from connector.mapping.targets import TargetCheck
from connector.mapping.validate import MISSING
from connector.records import ObjectMeta
from connector.yamlfile import Document, KeyPath

__all__ = ["Enums", "Facts", "MemberTree", "check", "examine"]


def examine(
    document: Document,
    rates: Rates | None = None,
    objects: Mapping[str, ObjectMeta] | None = None,
    members: MemberTree | None = None,
    enums: Enums | None = None,
    facts: Facts | None = None,
    crms: Collection[str] = (),
) -> tuple[MappingModel | None, list[Finding]]:
    """Everything wrong with a mapping file, in the order of its lines, in one go.

    Without ``objects`` the CRM side is not looked at; without ``members`` the invitation's is not; without
    ``crms`` (the kinds of CRM that there are) the mapping may be for any. It may be run if no finding is an
    error.
    """
    mapping, findings, document = mended(document, rates)
    if mapping is not None:
        if crms and mapping.crm not in (*crms, MISSING):
            message = f"there is no kind of CRM called '{mapping.crm:.40}'"
            at = document.position(("crm",))
            findings = [*findings, Finding(message, at, did_you_mean(mapping.crm, crms))]
        findings = findings + check(mapping, objects, members, enums, document, facts)
    return mapping, in_file_order(findings)


def check(
    mapping: MappingModel,
    objects: Mapping[str, ObjectMeta] | None = None,
    members: MemberTree | None = None,
    enums: Enums | None = None,
    document: Document | None = None,
    facts: Facts | None = None,
) -> list[Finding]:
    """What is wrong with a loaded mapping. ``document`` gives the findings their exact place; ``enums`` and
    ``facts`` are what the service model documents of ``members``."""
    findings: list[Finding] = []
    places = _Places(document)
    sources: dict[str, Sources] = {}
    if members is not None:
        invitation = _InvitationCheck(mapping, members, Known(enums or {}, facts or {}), places)
        findings += invitation.findings()
        sources = invitation.sources
    if objects is not None:
        targets = TargetCheck(mapping, objects, findings.append, places.at)
        for rule in mapping.records:
            targets.check(rule, sources.get(rule.name))
    return in_file_order(findings)


class _Places:
    """Places in the file, where there is one."""

    def __init__(self, document: Document | None) -> None:
        self.document = document

    def at(self, *path: str, key: bool = False) -> Position | None:
        full: KeyPath = path
        return self.document.position(full, key) if self.document else None


class _InvitationCheck:
    """A mapping against the service model. ``sources`` keeps, by rule, what it has found of the expressions:
    the CRM's side goes on from there."""

    def __init__(self, mapping: MappingModel, members: MemberTree, known: Known, places: _Places) -> None:
        self.mapping = mapping
        self.members = members
        self.known = known
        self.places = places
        self.follower = Follower(known)
        self.sources: dict[str, Sources] = {}

    def findings(self) -> list[Finding]:
        names = Names(self.members)
        for name, expression in self.mapping.let:
            names = names.plus(**{name: self.follower.follow(expression, names)})
        for rule in self.mapping.records:
            self.follower.known = self.known
            self._rule(rule, names)
        return self.follower.findings

    def _rule(self, rule: RecordRule, names: Names) -> None:
        self.follower.follow(rule.when, names)
        present = list(self._present(rule.when, names))
        if rule.for_each is not None:
            items = self.follower.follow(rule.for_each, names)
            present += [place.path for place in items or () if place.path]
            names = names.plus(item=elements(items), index=given("integer", sure=True))
        self.follower.known = self.known.within(*present)
        sources = self.sources[rule.name] = Sources(self.follower.known, {})
        for expression in (rule.key, *rule.match.title.values(), *rule.match.narrow.values()):
            sources.shapes[expression] = self._single(expression, names)
        for field in rule.fields:
            for expression in _expressions(field):
                sources.shapes[expression] = self._single(expression, names)
            if field.lookup and field.source is not None:
                self._lookup(rule, field, sources.shapes[field.source])

    def _present(self, when: Expression | None, names: Names) -> Iterator[str]:
        """The members that hold something wherever ``when`` is true."""
        lets = dict(self.mapping.let)
        for expression, tree in _conjuncts(when, lets):
            shape = Follower(self.known).follow(replace(expression, tree=tree), names)
            yield from (place.path for place in shape or () if place.path)

    def _single(self, expression: Expression, names: Names) -> Shape:
        """Follows an expression whose value is to be one, not a list or a structure."""
        shape = self.follower.follow(expression, names)
        kinds = [kind(place.tree) for place in shape or ()]
        if kinds and all(kinds):
            message = f"this is a {' or a '.join(dict.fromkeys(kinds))} where one value is wanted"
            hint = "pick one with [0], or use join_lines()" if "list" in kinds else "name one of its members"
            self.follower.findings.append(Finding(message, place_in(expression), hint))
        return shape

    def _lookup(self, rule: RecordRule, field: FieldRule, shape: Shape) -> None:
        """Keys that the invitation never holds. Where the model does not know all values, only what is near
        to a known one is taken as misspelt."""
        known, complete = self.known.values(shape)
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


def _conjuncts(
    expression: Expression | None, lets: Mapping[str, Expression]
) -> Iterator[tuple[Expression, Tree]]:
    """What must all be true for ``expression`` to be: the paths in ``a && b``, those of ``let`` opened up."""
    if expression is None or expression.tree is None:
        return
    trees = [dict(expression.tree)]
    while trees:
        tree = trees.pop()
        if tree["type"] == "and_expression":
            trees += tree["children"]
        elif tree["type"] in ("field", "subexpression"):
            yield expression, tree
            if tree["type"] == "field" and tree["value"] in lets:
                yield from _conjuncts(lets[tree["value"]], _before(tree["value"], lets))


def _before(name: str, lets: Mapping[str, Expression]) -> dict[str, Expression]:
    """The names that the ``let`` of this one can use."""
    names = list(lets)
    return {other: lets[other] for other in names[: names.index(name)]}


def _expressions(field: FieldRule) -> Iterator[Expression]:
    if field.source is not None:
        yield field.source
    for part in field.template or ():
        if isinstance(part, Expression):
            yield part
