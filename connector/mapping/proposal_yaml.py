"""A proposal as the mapping file that a person goes on from, each line with the reason for it. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from connector.errors import Finding
from connector.mapping import check
from connector.mapping.offers import LETS
from connector.mapping.places import Enums, Facts, MemberTree
from connector.mapping.propose import Objects, Proposal, ProposedField, ProposedRule
from connector.yamlfile import Document, parse

_HEAD = """\
# Which records of the CRM an AWS Partner Central invitation becomes. `crm-connector init` has proposed it by
# the CRM's own fields; behind each is why it was chosen. It is yours now: read it, change it, and look at
# what a change does before it is used.
#
#   crm-connector mapping check      finds mistakes, with line and column
#   crm-connector mapping preview    shows the records of one invitation
#   crm-connector mapping fields     lists what can be mapped from, and to
#   crm-connector plan               shows, field by field, what a sync would write
#   crm-connector help mapping       teaches the language
#
# Expressions are JMESPath, as in `aws --query`, over the invitation exactly as the API names it. What an
# invitation does not hold is null, and null goes through everything: no expression here needs a guard.
version: 1
name: {name}
crm: {crm}
"""
_LET = """
# Names for the rest of the file; one may use those above it. An invitation has one of two payloads: `deal` is
# null for a lead, `prospect` for an opportunity.
let:
"""
_RULES = """
# Rules, by name. A record is found again by its `key`, however often a sync runs. `write:` says who owns a
# field:
#   always   AWS does: every sync sets it
#   keep     (the default) the connector, until a person edits the field in the CRM; then the person
#   create   the person: set when the record is created, never touched again
#   blank    whoever fills it first: only written while it is empty
records:
"""


def to_yaml(proposal: Proposal, name: str) -> str:
    """The file. ``name`` is what the mapping is called."""
    rules = "\n".join("\n".join(_rule(rule)) + "\n" for rule in proposal.rules)
    lets = _lets(rules)
    head = _HEAD.format(name=scalar(name), crm=scalar(proposal.crm))
    left_out = [f"# Left out: {_comment(what)}: {_comment(why)}." for what, why in proposal.left_out]
    let = "".join(f"  {name}: {scalar(LETS[name])}\n" for name in LETS if name in lets)
    return head + "".join(f"{line}\n" for line in left_out) + _LET + let + _RULES + rules


def checked(
    proposal: Proposal, name: str, objects: Objects, model: tuple[MemberTree, Enums, Facts]
) -> tuple[Proposal, str, list[Finding]]:
    """``proposal`` without what the check of mappings has an error for, its file, and the warnings that stay.

    What is taken out is among ``left_out``, with the check's own words."""
    while proposal.rules:
        text = to_yaml(proposal, name)
        document = parse(text, f"{name}.yaml")
        _, findings = check.examine(document, None, objects, *model)
        errors = [finding for finding in findings if finding.severity == "error"]
        fewer = _without(proposal, errors, document)
        if fewer == proposal:
            return proposal, text, findings
        proposal = fewer
    return proposal, "", []


def _without(proposal: Proposal, errors: list[Finding], document: Document) -> Proposal:
    """``proposal`` without the fields, or else the rules, that ``errors`` are about."""
    places = sorted(_places(proposal, document))
    wrong: dict[tuple[str, str], str] = {}
    for error in errors:
        line = error.position.line if error.position else 0
        place = next((place for at, *place in reversed(places) if at <= line), None)
        if place:
            wrong.setdefault((place[0], place[1]), error.message)
    fewer = (
        replace(rule, fields=tuple(each for each in rule.fields if (rule.kind.rule, each.name) not in wrong))
        for rule in proposal.rules
        if (rule.kind.rule, "") not in wrong
    )
    reasons = [(f"{rule}.{field}" if field else rule, why) for (rule, field), why in wrong.items()]
    rules = tuple(rule for rule in fewer if rule.fields)
    return replace(proposal, rules=rules, left_out=(*proposal.left_out, *reasons))


def _places(proposal: Proposal, document: Document) -> Iterator[tuple[int, str, str]]:
    """Where each rule ("" for its field) and field begins."""
    for rule in proposal.rules:
        path = ("records", rule.kind.rule)
        yield document.position(path, key=True).line, rule.kind.rule, ""
        for each in rule.fields:
            yield document.position((*path, "fields", each.name), key=True).line, rule.kind.rule, each.name


def _lets(text: str) -> set[str]:
    """The names that ``text`` needs, and those that they need."""
    needed: set[str] = set()
    for name in reversed(list(LETS)):
        texts = [text, *(LETS[other] for other in needed)]
        if any(re.search(rf"(?<![\w.'-]){name}(?![\w'-])", each) for each in texts):
            needed.add(name)
    return needed


def _rule(rule: ProposedRule) -> Iterator[str]:
    kind = rule.kind
    yield f"  # {kind.about}"
    yield f"  {kind.rule}:"
    yield f"    object: {scalar(rule.object)}  # {_comment(rule.why)}"
    yield f"    when: {scalar(kind.when)}"
    if kind.for_each:
        yield f"    for_each: {scalar(kind.for_each)}"
    yield f"    key: {{{scalar(rule.key_field)}: {scalar(kind.key, flow=True)}}}  # {_comment(rule.key_why)}"
    yield from _match(rule)
    yield "    fields:"
    for each in rule.fields:
        yield from _field(each)
    if rule.unmapped:
        yield f"      # not mapped, for want of a field: {', '.join(dict.fromkeys(rule.unmapped))}"


def _match(rule: ProposedRule) -> Iterator[str]:
    if rule.kind.changes:
        yield "    match: {none: skip}  # only what is there is changed"
    elif rule.title:
        yield "    match:  # a record that sales opened by hand"
        yield f"      title: {_flow(rule.title)}"
        if rule.narrow:
            yield f"      narrow: {_flow(rule.narrow)}"
        yield "      none: create  # or skip, review"
        yield f"      many: {rule.kind.many}  # {'or newest' if rule.kind.many == 'review' else 'or review'}"


def _field(each: ProposedField) -> Iterator[str]:
    why = f"{_comment(each.why)}{'; not in the CRM yet, so a run does without it' * each.absent}"
    lookup = each.settings.get("lookup")
    name = scalar(each.name)
    if isinstance(lookup, Mapping):
        yield f"      {name}:  # {why}"
        for option, value in each.settings.items():
            if option != "lookup":
                yield f"        {option}: {scalar(value)}"
        yield "        lookup:"
        for key, value in lookup.items():
            yield f"          {scalar(key)}: {scalar(value)}"
    elif list(each.settings) == ["from"]:
        yield f"      {name}: {scalar(each.settings['from'])}  # {why}"
    else:
        yield f"      {name}: {_flow(each.settings)}  # {why}"


def _flow(values: Mapping[str, object]) -> str:
    pairs = (f"{scalar(name, flow=True)}: {scalar(value, flow=True)}" for name, value in values.items())
    return f"{{{', '.join(pairs)}}}"


_PLAIN = re.compile(r"[A-Za-z_][\w .()|&=!<>/@'`-]*[\w)'`]|[A-Za-z_]")
_LISTS = re.compile(r"[A-Za-z_][\w .()|&=!<>/@'`,?\[\]-]*[\w)'`\]]")
_OTHERWISE = re.compile(r"true|false|null", re.IGNORECASE)


def scalar(value: object, flow: bool = False) -> str:
    """A value as YAML has it, in quotes where it would be read as something else. ``flow``: within ``{}``."""
    if not isinstance(value, str):
        return json.dumps(value)
    is_plain = (_PLAIN if flow else _LISTS).fullmatch(value) and not _OTHERWISE.fullmatch(value)
    return value if is_plain else json.dumps(value, ensure_ascii=False)


def _comment(text: str) -> str:
    """Text of others on the one line of a comment."""
    return "".join(character for character in text if character.isprintable())
