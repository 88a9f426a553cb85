"""A mapping against a CRM's metadata: what no write could ever make land, found before a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from connector.errors import Finding, Position
from connector.mapping.fitted import is_left_out
from connector.mapping.model import FieldRule, RecordRule, Write
from connector.mapping.model import Mapping as MappingModel
from connector.mapping.nearest import did_you_mean, nearest
from connector.mapping.sources import Sources, computed, fixed, may_be_empty, rendered
from connector.records import FieldMeta, ObjectMeta, Scalar

Objects = Mapping[str, ObjectMeta]
Locate = Callable[..., Position | None]  # (path of keys) -> where; None without a document

# Salesforce: the currency of all of a record's amounts, in orgs that have several. Left out, it is the user's
# own. https://help.salesforce.com/s/articleView?id=sf.admin_enable_multicurrency_implications.htm
CURRENCY = "CurrencyIsoCode"
_MISSPELT = 0.8  # of 1; an object less alike is another one, and has nothing to say of the rule's fields


class TargetCheck:
    """Checks the rules of one mapping, one after the other; ``add`` takes what is found."""

    def __init__(
        self, mapping: MappingModel, objects: Objects, add: Callable[[Finding], None], locate: Locate
    ) -> None:
        self.objects = objects
        self.add = add
        self.locate = locate
        self.rules = {rule.name: rule for rule in mapping.records}

    def report(self, message: str, at: Position | None, hint: str | None, severity: str = "error") -> None:
        self.add(Finding(message, at, hint, severity))

    def check(self, rule: RecordRule, sources: Sources | None = None) -> None:
        """Everything that the metadata says against ``rule``; with ``sources``, also against what its
        expressions may give."""
        at = self.locate("records", rule.name, "object") or rule.position
        meta = self.objects.get(rule.object) or self._meant(rule, at)
        if meta is None:
            return
        self._key(rule, meta, sources)
        for field in rule.fields:
            self._field(rule, meta, field, sources)
        self._required(rule, meta, at)
        self._currency(rule, meta)
        for part, names in (("title", rule.match.title), ("narrow", rule.match.narrow)):
            for name in names:
                where = self.locate("records", rule.name, "match", part, name, key=True) or rule.position
                self._readable(meta, name, where)

    def _meant(self, rule: RecordRule, at: Position | None) -> ObjectMeta | None:
        """Reports an object that the CRM does not have; gives the one that was probably meant, so that the
        rest of the rule is checked in the same go."""
        self.report(f"the CRM has no object {rule.object:.60}", at, did_you_mean(rule.object, self.objects))
        return self.objects.get(nearest(rule.object, self.objects, _MISSPELT) or "")

    def _key(self, rule: RecordRule, meta: ObjectMeta, sources: Sources | None) -> None:
        at = self.locate("records", rule.name, "key", rule.key_field, key=True) or rule.position
        field = self._known(meta, rule.key_field, at)
        if field is None:
            return
        why = _no_key(rule, field)
        if why:
            keys = [name for name, other in meta.fields.items() if not _no_key(rule, other)]
            hint = f"keys of {meta.name}: {', '.join(keys)}" if keys else _NO_KEYS
            message = f"{field.name} cannot be a key: {why}"
            # An external id finds its record also where the CRM would take it twice.
            self.add(Finding(message, at, hint, alone=field.external_id and field.createable))
        elif sources is not None:
            for finding in computed(rule.key, field, sources):
                self.add(finding)

    def _known(self, meta: ObjectMeta, name: str, at: Position | None) -> FieldMeta | None:
        field = meta.fields.get(name)
        if field is None and name in meta.absent:
            field = meta.absent[name]
            hint: str | None = "an administrator has to add it, and a run does without it until then"
            self.report(f"{meta.name} has no field {name:.60} yet", at, hint, "warning")
        elif field is None:
            near = nearest(name, meta.fields)
            hint = f"did you mean {near}?" if near else meta.adding or None
            self.report(f"{meta.name} has no field {name:.60}", at, hint)
        return field

    def _readable(self, meta: ObjectMeta, name: str, at: Position | None) -> None:
        *relations, last = name.split(".")
        for relation in relations:
            if relation not in meta.relations:
                near = did_you_mean(relation, meta.relations)
                self.report(f"{meta.name} has no reference called {relation:.60}", at, near)
                return
            target = self.objects.get(meta.relations[relation])
            if target is None:  # not described: nothing can be said of it
                return
            meta = target
        self._known(meta, last, at)

    def _currency(self, rule: RecordRule, meta: ObjectMeta) -> None:
        """Amounts without the currency that they are in."""
        fields = [field for field in rule.fields if field.name in meta.fields]
        amounts = [field for field in fields if meta.fields[field.name].type == "money"]
        if amounts and CURRENCY in meta.fields and all(field.name != CURRENCY for field in fields):
            names = " and ".join(field.name for field in amounts)
            message = f"{names} would be in the currency of the user who writes or of the record"
            self.report(message, amounts[0].position, f"give {CURRENCY} a value too", "warning")

    def _required(self, rule: RecordRule, meta: ObjectMeta, at: Position | None) -> None:
        if not _creates(rule):
            return
        names = {rule.key_field, *(field.name for field in rule.fields if not is_left_out(field, meta))}
        names -= meta.absent.keys()
        mapped = {name if name in meta.fields else nearest(name, meta.fields) for name in names}
        for field in meta.fields.values():
            if field.required and field.createable and field.name not in mapped:
                hint = "give it a field, or match: {none: skip} if the rule creates nothing"
                message = f"{meta.name} cannot be created without {field.name}"
                self.add(Finding(message, at, hint, alone=True))

    # -- fields

    def _field(self, rule: RecordRule, meta: ObjectMeta, field: FieldRule, sources: Sources | None) -> None:
        if "." in field.name and field.name not in meta.fields:
            hint = "only match: can look through a reference"
            self.report(f"{field.name} belongs to another record and cannot be written", field.position, hint)
            return
        if field.optional and field.name not in meta.fields:
            return
        target = self._known(meta, field.name, field.position)
        if target is None:
            return
        self._writable(rule, field, target)
        if field.ref is not None:
            self._reference(rule, field, target)
        for finding in self._values(rule, field, target, sources):
            self.add(replace(finding, alone=True))
        if target.required and _creates(rule) and sources is not None and may_be_empty(field, sources):
            message = f"{meta.name} cannot be created without {field.name}, and this can be empty"
            self.report(message, field.position, "give it a default, or required: true", "warning")

    def _values(
        self, rule: RecordRule, field: FieldRule, target: FieldMeta, sources: Sources | None
    ) -> Iterator[Finding]:
        def at(*path: str) -> Position | None:
            return self.locate("records", rule.name, "fields", field.name, *path) or field.position

        for path, value in _literals(field):
            yield from fixed(value, target, at(*path), field.max_length)
        if field.max_length and target.type == "text" and target.length and field.max_length > target.length:
            message = f"max_length {field.max_length} is more than {field.name} holds"
            yield Finding(message, at("max_length"), f"it holds {target.length} characters")
        if sources is not None and field.source is not None and field.lookup is None:
            yield from computed(field.source, target, sources, field.max_length)
        elif sources is not None and field.template is not None:
            yield from rendered(field, target, sources, at("template"))

    def _writable(self, rule: RecordRule, field: FieldRule, target: FieldMeta) -> None:
        if not target.createable and not target.updateable:
            self.report(f"{field.name} is read-only in the CRM", field.position, "take it out")
        elif field.write is Write.CREATE and not target.createable:
            self.report(f"{field.name} cannot be set on creation", field.position, "choose another write:")
        elif field.write is not Write.CREATE and not target.updateable:
            hint = "write: create" if _creates(rule) else "take it out"
            self.report(f"{field.name} cannot be changed once a record is there", field.position, hint)
        elif _creates(rule) and not target.createable:
            hint = "move it to a rule with match: {none: skip}"
            self.report(f"{field.name} cannot be set on creation", field.position, hint)

    def _reference(self, rule: RecordRule, field: FieldRule, target: FieldMeta) -> None:
        at = self.locate("records", rule.name, "fields", field.name, "ref") or field.position
        other = self.rules.get(field.ref or "")
        if target.type != "reference":
            self.report(f"{field.name} is no reference to another record: it is {target.type}", at, None)
        elif other is not None and target.reference_to and other.object not in target.reference_to:
            wanted = " or ".join(target.reference_to)
            fitting = [name for name, rule in self.rules.items() if rule.object in target.reference_to]
            hint = f"rules that make such: {', '.join(fitting)}" if fitting else None
            self.report(f"{field.name} refers to {wanted}, and {other.name} makes {other.object}", at, hint)


def _literals(field: FieldRule) -> Iterator[tuple[tuple[str, ...], Scalar | None]]:
    """The fixed values that a rule may give its field, with where they stand in it."""
    yield ("value",), field.value
    yield ("default",), field.default
    for key, value in (field.lookup or {}).items():
        yield ("lookup", key), value


_NO_KEYS = "give the object a field for it: text, unique and an external id"


def _no_key(rule: RecordRule, field: FieldMeta) -> str | None:
    """Why a field cannot be the key of ``rule``; None where it can."""
    if field.type not in ("text", "number", "integer"):
        return f"it is {field.type}"
    if not field.unique:
        return "the CRM would take the same value twice"
    if not field.external_id:
        return "it is unique, but no external id, by which records are written"
    if _creates(rule) and not field.createable:
        return "it cannot be set on creation"
    return "it cannot be changed" if rule.match.title and not field.updateable else None


def _creates(rule: RecordRule) -> bool:
    return rule.match.none != "skip"
