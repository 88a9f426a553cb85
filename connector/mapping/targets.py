"""A mapping against a CRM's metadata: what no write could ever make land, found before a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from connector.errors import Position
from connector.mapping.fitted import is_left_out
from connector.mapping.model import FieldRule, RecordRule, Write
from connector.mapping.model import Mapping as MappingModel
from connector.mapping.nearest import did_you_mean, nearest
from connector.records import CoercionError, FieldMeta, ObjectMeta, Scalar, coerce, to_json

Objects = Mapping[str, ObjectMeta]
Report = Callable[[str, Position | None, str | None], None]
Locate = Callable[..., Position | None]  # (path of keys) -> where; None without a document


class TargetCheck:
    """Checks the rules of one mapping, one after the other."""

    def __init__(self, mapping: MappingModel, objects: Objects, report: Report, locate: Locate) -> None:
        self.mapping = mapping
        self.objects = objects
        self.report = report
        self.locate = locate
        self.rules = {rule.name: rule for rule in mapping.records}

    def check(self, rule: RecordRule) -> None:
        """Everything that the metadata says against ``rule``."""
        at = self.locate("records", rule.name, "object") or rule.position
        meta = self.objects.get(rule.object) or self._meant(rule, at)
        if meta is None:
            return
        self._key(rule, meta)
        for field in rule.fields:
            self._field(rule, meta, field)
        self._required(rule, meta, at)
        for part, names in (("title", rule.match.title), ("narrow", rule.match.narrow)):
            for name in names:
                where = self.locate("records", rule.name, "match", part, name, key=True) or rule.position
                self._readable(meta, name, where)

    def _meant(self, rule: RecordRule, at: Position | None) -> ObjectMeta | None:
        """Reports an object that the CRM does not have; gives the one that was probably meant, so that the
        rest of the rule is checked in the same go."""
        self.report(f"the CRM has no object {rule.object:.60}", at, did_you_mean(rule.object, self.objects))
        return self.objects.get(nearest(rule.object, self.objects) or "")

    def _key(self, rule: RecordRule, meta: ObjectMeta) -> None:
        at = self.locate("records", rule.name, "key", rule.key_field, key=True) or rule.position
        field = self._known(meta, rule.key_field, at)
        if field is not None and not (field.external_id or field.unique):
            keys = [name for name, other in meta.fields.items() if other.external_id]
            hint = f"keys of {meta.name}: {', '.join(keys)}" if keys else "make it unique in the CRM"
            self.report(f"{field.name} cannot be a key: the CRM would take the same value twice", at, hint)

    def _known(self, meta: ObjectMeta, name: str, at: Position | None) -> FieldMeta | None:
        field = meta.fields.get(name)
        if field is None:
            near = nearest(name, meta.fields)
            self.report(f"{meta.name} has no field {name:.60}", at, f"did you mean {near}?" if near else None)
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

    def _required(self, rule: RecordRule, meta: ObjectMeta, at: Position | None) -> None:
        if rule.match.none == "skip":
            return
        names = {rule.key_field, *(field.name for field in rule.fields if not is_left_out(field, meta))}
        mapped = {name if name in meta.fields else nearest(name, meta.fields) for name in names}
        for field in meta.fields.values():
            if field.required and field.createable and field.name not in mapped:
                hint = "give it a field, or match: {none: skip} if the rule creates nothing"
                self.report(f"{meta.name} cannot be created without {field.name}", at, hint)

    # -- fields

    def _field(self, rule: RecordRule, meta: ObjectMeta, field: FieldRule) -> None:
        if "." in field.name and field.name not in meta.fields:
            hint = "only match: can look through a reference"
            self.report(f"{field.name} belongs to another record and cannot be written", field.position, hint)
            return
        if is_left_out(field, meta):
            return
        target = self._known(meta, field.name, field.position)
        if target is None:
            return
        self._writable(rule, field, target)
        if field.ref is not None:
            self._reference(rule, field, target)
        for path, value in _literals(field):
            at = self.locate("records", rule.name, "fields", field.name, *path) or field.position
            self._literal(target, value, at)
        if field.max_length and target.length and field.max_length > target.length:
            at = self.locate("records", rule.name, "fields", field.name, "max_length") or field.position
            message = f"max_length {field.max_length} is more than {field.name} holds"
            self.report(message, at, f"it holds {target.length} characters")

    def _writable(self, rule: RecordRule, field: FieldRule, target: FieldMeta) -> None:
        creates = rule.match.none != "skip"
        if not target.createable and not target.updateable:
            self.report(f"{field.name} is read-only in the CRM", field.position, "take it out")
        elif field.write is Write.CREATE and not target.createable:
            self.report(f"{field.name} cannot be set on creation", field.position, "choose another write:")
        elif field.write is not Write.CREATE and not target.updateable:
            hint = "write: create" if creates else "take it out"
            self.report(f"{field.name} cannot be changed once a record is there", field.position, hint)

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

    def _literal(self, target: FieldMeta, value: Scalar, at: Position | None) -> None:
        try:
            fitting = coerce(value, target)
        except CoercionError as error:
            self.report(f"{value!s:.40} does not fit {target.name}: {error}", at, f"it is {target.type}")
            return
        text = str(to_json(fitting))
        if target.picklist and text not in target.picklist:
            self.report(f"{target.name} cannot be {text:.40}", at, did_you_mean(text, target.picklist))
        elif target.type == "text" and target.length and len(text) > target.length:
            self.report(
                f"{len(text)} characters are more than {target.name} holds", at, f"it holds {target.length}"
            )


def _literals(field: FieldRule) -> Iterator[tuple[tuple[str, ...], Scalar]]:
    """The fixed values that a rule may give its field, with where they stand in it."""
    given: list[tuple[tuple[str, ...], Scalar | None]]
    given = [(("value",), field.value), (("default",), field.default)]
    given += [(("lookup", key), value) for key, value in (field.lookup or {}).items()]
    for path, value in given:
        if value is not None and value != "":
            yield path, value
