"""A first mapping for a CRM, proposed from what it says of its objects: each line with the reason for it.

Pure: the metadata and the service model come in as values. A proposal is a beginning that a person goes on
from: what is not sure is left out and said, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from connector.mapping.fill import Filler, Setting, stopgap
from connector.mapping.kinds import KINDS
from connector.mapping.likeness import BY_NAME, alike, plain
from connector.mapping.offered import Offered
from connector.mapping.offers import CURRENCY_NAMES, Kind, Offer
from connector.records import FieldMeta, ObjectMeta

Objects = Mapping[str, ObjectMeta]

_NEEDED = "the CRM creates nothing without it"
_STOPGAP = f"{_NEEDED}: choose a value"
_MEMBER = re.compile(r"[\w.]+")  # a path, and no more


@dataclass(frozen=True, slots=True)
class ProposedField:
    """``settings`` are what the mapping file says of the field, in its own words (``from``, ``write`` ...);
    ``why`` it was chosen. ``absent``: the CRM's administrator has not added it yet."""

    name: str
    settings: Mapping[str, Setting]
    why: str
    absent: bool = False


@dataclass(frozen=True, slots=True)
class ProposedRule:
    """One rule; ``unmapped``: members that the object has no field for."""

    kind: Kind
    object: str
    why: str
    key_field: str
    key_why: str
    fields: tuple[ProposedField, ...]
    title: Mapping[str, str] = field(default_factory=dict)
    narrow: Mapping[str, str] = field(default_factory=dict)
    unmapped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """``left_out``: rules and fields that had to stay away, each with the reason. ``currency`` (ISO 4217) is
    what amounts are in."""

    crm: str
    rules: tuple[ProposedRule, ...]
    left_out: tuple[tuple[str, str], ...]
    currency: str = "USD"

    def fields(self) -> Iterator[tuple[ProposedRule, ProposedField]]:
        return ((rule, each) for rule in self.rules for each in rule.fields)


def named_objects(known: Sequence[str]) -> list[str]:
    """The objects that a proposal may be about, of those ``known``; where none are, as CRMs spell them."""
    names = [name for kind in KINDS for name in kind.objects]
    wanted = {plain(name) for name in names}
    if known:
        return [name for name in known if plain(name) in wanted]
    spelt = [
        (name.title().replace(" ", ""), name.replace(" ", "_"), name.replace(" ", ".")) for name in names
    ]
    return list(dict.fromkeys(spelling for spellings in spelt for spelling in spellings))


def propose(crm: str, objects: Objects, offered: Offered, named: Mapping[str, str] | None = None) -> Proposal:
    """A mapping for the CRM that ``objects`` describe. ``named`` gives rules an object of another name."""
    writable = {name: _without_controls(meta) for name, meta in objects.items()}
    return _Proposer(crm, writable, offered, named or {}).proposal()


def _without_controls(meta: ObjectMeta) -> ObjectMeta:
    """``meta`` without names and values that no mapping file can hold: those with control characters."""
    fields = {}
    for name, each in meta.fields.items():
        picklist = tuple(value for value in each.picklist if value.isprintable())
        if name.isprintable() and (picklist or not each.picklist):
            fields[name] = replace(each, picklist=picklist)
    return replace(meta, fields=fields)


class _Proposer:
    def __init__(self, crm: str, objects: Objects, offered: Offered, named: Mapping[str, str]) -> None:
        self.crm = crm
        self.objects = objects
        self.named = named
        self.rules: dict[str, ProposedRule] = {}
        self.left_out: list[tuple[str, str]] = []
        self.currency = _currency(objects)
        self.filler = Filler(offered, self.currency)

    def proposal(self) -> Proposal:
        for kind in sorted(KINDS, key=lambda kind: kind.rule != "account"):  # which a lead may be of
            rule = self._rule(kind)
            if rule is not None:
                self.rules[kind.rule] = rule
        rules = tuple(self.rules[kind.rule] for kind in KINDS if kind.rule in self.rules)
        return Proposal(self.crm, rules, tuple(self.left_out), self.currency)

    def _rule(self, kind: Kind) -> ProposedRule | None:
        if kind.follows:
            return self._following(kind)
        found = self._object(kind)
        if found is None:
            self._leave_out(
                kind.rule, f"the CRM has no object that is called {' or '.join(kind.objects[:2])}"
            )
            return None
        meta, why = found
        key = _key(kind, meta)
        if key is None:
            adding = f" ({meta.adding})" if meta.adding else ""
            why = f"{meta.name} has no field that can be its key: text, unique, external id{adding}"
            self._leave_out(kind.rule, why)
            return None
        return self._filled(ProposedRule(kind, meta.name, why, key[0].name, key[1], ()), key[0])

    def _following(self, kind: Kind) -> ProposedRule | None:
        """A rule that changes what another has made. Where leads and opportunities are one object, there is
        nothing to convert, and one rule closes both."""
        first = self.rules.get(kind.follows)
        opportunity = self.rules.get("opportunity")
        if first is None or (kind.follows == "lead" and opportunity and opportunity.object == first.object):
            return None
        return self._filled(
            replace(first, kind=kind, why=f"as the rule {kind.follows}"),
            _field(self.objects[first.object], first.key_field),
        )

    def _leave_out(self, what: str, why: str) -> None:
        self.left_out.append((what, why))

    def _object(self, kind: Kind) -> tuple[ObjectMeta, str] | None:
        if kind.rule in self.named:
            meta = self.objects.get(self.named[kind.rule])
            return (meta, "as you said") if meta else None
        for why, spelt in ((BY_NAME, "name"), ("by its label", "label")):
            for name in kind.objects:
                for meta in self.objects.values():
                    if plain(getattr(meta, spelt)) == plain(name):
                        return meta, why
        return None

    # -- fields

    def _filled(self, rule: ProposedRule, key: FieldMeta) -> ProposedRule | None:
        kind, meta = rule.kind, self.objects[rule.object]
        taken: dict[str, ProposedField] = {}
        fields_of: dict[str, str] = {}  # the first name of an offer -> the field that takes it
        unmapped = []
        for offer in kind.offers:
            if offer.instead_of in fields_of:
                continue
            found = self._offered(kind, offer, meta, {key.name, *taken})
            if found is None:
                unmapped.append(offer.source)
            else:
                taken[found.name] = found
                fields_of[offer.names[0]] = found.name
        for missing in () if kind.changes else _required(meta, {key.name, *taken}):
            settings = stopgap(missing) or self._owner(kind, missing)
            if not settings:
                self._leave_out(
                    kind.rule, f"{meta.name} cannot be created without {missing.name}, a {missing.type}"
                )
                return None
            why = _NEEDED if "ref" in settings else _STOPGAP
            taken[missing.name] = ProposedField(missing.name, settings, why)
        if not taken:
            self._leave_out(kind.rule, f"{meta.name} has no field for anything that an invitation holds")
            return None
        matched = {fields_of[name]: text for name, text in kind.title.items() if name in fields_of}
        if not key.updateable:  # a record that sales opened could not be given its key
            matched = {}
        narrow = self._narrow(meta) if matched and kind.rule == "opportunity" else {}
        return replace(
            rule,
            fields=tuple(taken.values()),
            title=matched,
            narrow=narrow,
            unmapped=tuple(filter(_MEMBER.fullmatch, unmapped)),
        )

    def _owner(self, kind: Kind, missing: FieldMeta) -> Mapping[str, Setting]:
        """The customer, for a lead that the CRM creates only as somebody's; then it is there that early."""
        account = self.rules.get("account")
        if kind.rule != "lead" or account is None or account.object not in missing.reference_to:
            return {}
        when = f"({account.kind.when}) || ({kind.when})"
        about = "The customer; one account however many invitations it gets."
        self.rules["account"] = replace(account, kind=replace(account.kind, when=when, about=about))
        return {"ref": "account"}

    def _offered(self, kind: Kind, offer: Offer, meta: ObjectMeta, taken: set[str]) -> ProposedField | None:
        """The field of ``meta`` that takes ``offer``, if there is one."""
        if offer.ref and offer.ref not in self.rules:
            return None
        every = {**meta.absent, **meta.fields}
        free = [
            each
            for each in every.values()
            if each.name not in taken and each.type in offer.types and _writable(each, kind, offer)
        ]
        if offer.ref:
            target = self.rules[offer.ref].object
            free = [each for each in free if not each.reference_to or target in each.reference_to]
        found = alike(offer.names, free, meta)
        if found is None and offer.only and len(free) == 1:
            found = free[0], f"the only {free[0].type} of {meta.name}"
        if found is None:
            return None
        settings = self.filler.settings(kind, offer, found[0])
        absent = found[0].name not in meta.fields
        return ProposedField(found[0].name, settings, found[1], absent) if settings else None

    def _narrow(self, meta: ObjectMeta) -> dict[str, str]:
        """How several opportunities of one title are told apart: by their customer."""
        account = self.rules.get("account")
        name = next(iter(account.title), None) if account else None
        relation = next(
            (name for name, to in meta.relations.items() if account and to == account.object), None
        )
        return {f"{relation}.{name}": "customer.CompanyName"} if relation and name else {}


def _currency(objects: Objects) -> str:
    """What amounts are in: US dollars, as AWS's mostly are, unless the CRM does not have them."""
    for meta in objects.values():
        found = alike(CURRENCY_NAMES, meta.fields.values(), meta)
        if found and found[0].picklist and "USD" not in found[0].picklist:
            return found[0].picklist[0]
    return "USD"


def _field(meta: ObjectMeta, name: str) -> FieldMeta:
    return meta.fields.get(name) or meta.absent[name]


def _key(kind: Kind, meta: ObjectMeta) -> tuple[FieldMeta, str] | None:
    fields = [
        each
        for each in {**meta.absent, **meta.fields}.values()
        if each.type == "text" and each.unique and each.external_id and each.createable
    ]
    found = alike(kind.keys, fields, meta)
    if found is None and len(fields) == 1:
        return fields[0], f"the only external id of {meta.name}"
    return found


def _writable(target: FieldMeta, kind: Kind, offer: Offer) -> bool:
    if kind.changes:
        return target.updateable
    return target.createable and (target.updateable or offer.write in ("create", "keep"))


def _required(meta: ObjectMeta, taken: set[str]) -> Iterator[FieldMeta]:
    for each in meta.fields.values():
        if each.required and each.createable and each.name not in taken:
            yield each
