"""What the CRM and the ledger hold of a batch's records, in as few reads as it takes.

By key first; by the ledger's link or a review's decision where the key found nothing; by title last, and only
for what has been found in no other way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from connector.crm.base import Crm
from connector.ledger import Ledger
from connector.map import Desired
from connector.mapping.model import Mapping as MappingFile
from connector.mapping.model import RecordRule
from connector.plan import Known
from connector.records import FieldMeta, ObjectMeta, Record, folded_key

T = TypeVar("T")
Attempt = Callable[[str, Callable[[], T]], T]
Batch = Mapping[str, Sequence[Desired]]  # invitation id -> what it becomes


class Finder:
    """Looks batches up for one run; what is the same for all batches is asked once."""

    def __init__(
        self, crm: Crm, ledger: Ledger, mapping: MappingFile, attempt: Attempt[list[Record]], run_id: int
    ) -> None:
        self._crm = crm
        self._ledger = ledger
        self._attempt = attempt
        self._run_id = run_id
        self._fields = {rule.object: fields_of(mapping, rule.object) for rule in mapping.records}
        self._intended = ledger.intended()

    def find(self, batch: Batch, objects: Mapping[str, ObjectMeta]) -> Known:
        """All that planning ``batch`` needs to know."""
        ids = list(batch)
        links = {
            id_: {name: record_id for name, (_, record_id) in seen.links.items()}
            for id_, seen in self._ledger.seen(ids).items()
        }
        decisions = self._ledger.decisions(ids)
        known = Known(objects, links=links, decisions=decisions, intended=self._intended)
        wanted = [
            (id_, record) for id_, records in batch.items() for record in records if record.error is None
        ]
        self._recall([record for _, record in wanted], known)
        lookups = list(_by_lookup(wanted).values())
        for rules in lookups:
            self._find_keys(rules, known)
            self._spell_alike(rules, known)
        _note_heirs(wanted, known)
        for rules in lookups:
            self._find_others(rules, known)
        return known

    def _recall(self, wanted: Iterable[Desired], known: Known) -> None:
        entries = {(record.rule.object, record.key): None for record in wanted}
        for entry, written in self._ledger.written(entries).items():
            known.written[entry], known.holders[entry] = written.fields, written.record_id
            if written.created_run == self._run_id:
                known.fresh.add(entry)

    def _find_keys(self, wanted: Sequence[tuple[str, Desired]], known: Known) -> None:
        rule = wanted[0][1].rule
        self._read(rule, rule.key_field, list(dict.fromkeys(record.key for _, record in wanted)), known)

    def _spell_alike(self, wanted: Sequence[tuple[str, Desired]], known: Known) -> None:
        """Give keys that are one to the CRM one spelling, since all that follows goes by it: the ledger's for
        that record, else the first."""
        rule, existing = wanted[0][1].rule, known.existing.by_key
        meta = known.objects[rule.object].fields.get(rule.key_field)
        if meta is None or not meta.any_case:
            return
        alike: dict[str, list[Desired]] = defaultdict(list)
        for _, record in wanted:
            alike[folded_key(record.key, meta)].append(record)
        recorded = self._recorded_spellings(meta, rule.object, alike, known)
        spelt = {folded: recorded.get(folded, records[0].key) for folded, records in alike.items()}
        respelt = []
        for folded, records in alike.items():
            for record in records:
                if (rule.object, record.key) in existing:
                    existing[rule.object, spelt[folded]] = existing[rule.object, record.key]
                if record.key != spelt[folded]:
                    record.own_key = record.own_key or record.key
                    record.key = spelt[folded]
                    respelt.append(record)
        self._recall(respelt, known)

    def _recorded_spellings(
        self, meta: FieldMeta, object: str, alike: Mapping[str, Sequence[Desired]], known: Known
    ) -> dict[str, str]:
        """By key, folded, how the ledger spells it: where it knows none of the batch's spellings, it may know
        the record that the CRM has under one."""
        recorded = {
            folded: record.key
            for folded, records in alike.items()
            for record in reversed(records)
            if (object, record.key) in known.written or (object, record.key) in known.intended
        }
        ids = [
            known.existing.by_key[object, record.key].id
            for folded, records in alike.items()
            for record in records
            if folded not in recorded and (object, record.key) in known.existing.by_key
        ]
        theirs = self._ledger.claimed(object, list(dict.fromkeys(ids))) if ids else {}
        others = {folded_key(key, meta): key for key in theirs.values()}
        return {**others, **recorded}

    def _find_others(self, wanted: Sequence[tuple[str, Desired]], known: Known) -> None:
        """What the key did not find: by id where one is known, else by title."""
        rule = wanted[0][1].rule
        missing = [
            (id_, record) for id_, record in wanted if (rule.object, record.key) not in known.existing.by_key
        ]
        record_ids = list(dict.fromkeys(_record_ids(missing, known)))
        if record_ids:
            self._read(rule, "id", record_ids, known)
        # A linked record that carries a key by now is another's.
        ours = {
            record_id
            for (object_, record_id), record in known.existing.by_id.items()
            if object_ == rule.object and not record.fields.get(rule.key_field)
        }
        unknown = [
            record
            for id_, record in missing
            if record.titles and known.links.get(id_, {}).get(record.slot) not in ours
        ]
        if unknown:
            self._read_titles(unknown, known)

    def _read(self, rule: RecordRule, field: str, values: Sequence[str], known: Known) -> None:
        fields = self._fields[rule.object]
        for record in self._attempt("find", lambda: self._crm.find(rule.object, field, values, fields)):
            known.existing.add(record, rule.key_field)

    def _read_titles(self, unknown: Sequence[Desired], known: Known) -> None:
        rule = unknown[0].rule
        title_fields = list(dict.fromkeys(name for record in unknown for name in record.rule.match.title))
        titles = list(dict.fromkeys(title for record in unknown for title in record.titles.values()))
        fields = self._fields[rule.object]
        for record in self._attempt(
            "find_titles",
            lambda: self._crm.find_titles(rule.object, title_fields, titles, rule.key_field, fields),
        ):
            known.existing.add_candidate(record, rule.key_field, title_fields)


def fields_of(mapping: MappingFile, object: str) -> list[str]:
    """Every field of ``object`` that the mapping writes, or finds records by."""
    names: dict[str, None] = {}
    for rule in mapping.records:
        if rule.object == object:
            names |= dict.fromkeys([rule.key_field, *(field.name for field in rule.fields)])
            names |= dict.fromkeys([*rule.match.title, *rule.match.narrow])
    return list(names)


def _by_lookup(wanted: Iterable[tuple[str, Desired]]) -> dict[tuple[str, str], list[tuple[str, Desired]]]:
    grouped: dict[tuple[str, str], list[tuple[str, Desired]]] = defaultdict(list)
    for id_, record in wanted:
        grouped[(record.rule.object, record.rule.key_field)].append((id_, record))
    return grouped


def _note_heirs(wanted: Iterable[tuple[str, Desired]], known: Known) -> None:
    """What the CRM has made of the invitations' records: a lead that sales converted has an opportunity."""
    for id_, record in wanted:
        found = known.existing.by_key.get((record.rule.object, record.key))
        if found is not None and found.became:
            known.heirs.update({(id_, object_): heir for object_, heir in found.became.items()})


def _record_ids(wanted: Iterable[tuple[str, Desired]], known: Known) -> Iterable[str]:
    for id_, record in wanted:
        decision = known.decisions.get((id_, record.slot))
        yield from filter(
            None,
            (
                known.links.get(id_, {}).get(record.slot),
                known.heirs.get((id_, record.rule.object)),
                decision.record_id if decision else None,
            ),
        )
