"""The suite that every CRM adapter passes. An adapter's own tests subclass ``CrmContract``, name its objects
and fields, and say how to reach a store; pytest and hypothesis do the rest::

    # conftest.py, so that a failure shows the values it is about
    pytest.register_assert_rewrite("connector.crm.contract")

    class TestMyCrm(CrmContract):
        object = "Opportunity"
        ...
        def open_crm(self, *, read_only: bool = False) -> Crm: ...
        def insert_by_hand(self, fields: Mapping[str, Value]) -> str: ...
        def delete_by_hand(self, record_id: str) -> None: ...
"""

# ruff: noqa: S101 - these are tests

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from connector.crm.base import Crm
from connector.crm.contract_base import landed
from connector.crm.contract_titles import Titles
from connector.crm.contract_values import Values
from connector.errors import ConnectorError, TransientError
from connector.records import Value, Write, WriteResult


class CrmContract(Values, Titles):
    """The whole suite; ``contract_base.Adapter`` says what to name."""

    # -- describe

    def test_describe_knows_the_fields_and_leaves_out_objects_that_are_not_there(self, crm: Crm) -> None:
        described = crm.describe([self.object, self.parent_object, "no_such_object"])
        assert set(described) == {self.object, self.parent_object}
        meta = described[self.object]
        assert meta.name == self.object
        assert {self.key_field, self.title_field, self.text_field, *self.required} <= set(meta.fields)
        assert meta.fields[self.key_field].external_id
        assert meta.fields[self.key_field].unique
        assert self.parent_object in meta.fields[self.reference_field].reference_to
        assert meta.relations[self.relation_field.partition(".")[0]] == self.parent_object

    def test_describe_names_exactly_what_a_creation_needs(self, crm: Crm) -> None:
        fields = crm.describe([self.object])[self.object].fields
        assert {name for name, meta in fields.items() if meta.required} <= set(self.required)

    def test_describe_tells_types(self, crm: Crm) -> None:
        fields = crm.describe([self.object])[self.object].fields
        kinds = {
            self.money_field: "money",
            self.date_field: "date",
            self.datetime_field: "datetime",
            self.integer_field: "integer",
            self.boolean_field: "boolean",
            self.reference_field: "reference",
            self.text_field: "text",
        }
        told = {name: fields[name].type for name in kinds if name}
        assert told == {name: kind for name, kind in kinds.items() if name}

    # -- write and find

    def test_a_creation_is_found_by_key_and_by_id(self, crm: Crm) -> None:
        key = self.a_key()
        (record_id,) = self.written(crm, self.to_write(key, **{self.text_field: "hello"}))
        for field, value in ((self.key_field, key), ("id", record_id)):
            (record,) = crm.find(self.object, field, [value], [self.key_field, self.text_field])
            assert (record.object, record.id) == (self.object, record_id)
            assert record.fields == {self.key_field: key, self.text_field: "hello"}

    def test_an_update_changes_what_it_names_and_nothing_else(self, crm: Crm) -> None:
        key = self.a_key()
        (id_,) = self.written(crm, self.to_write(key, **{self.text_field: "a", self.title_field: "t"}))
        self.written(crm, self.to_write(key, id_, **{self.text_field: "b"}))
        record = self.read(crm, key, self.text_field, self.title_field)
        assert record is not None
        assert record.fields == {self.text_field: "b", self.title_field: "t"}

    def test_none_clears_a_field(self, crm: Crm) -> None:
        key = self.a_key()
        (id_,) = self.written(crm, self.to_write(key, **{self.text_field: "a"}))
        self.written(crm, self.to_write(key, id_, **{self.text_field: None}))
        record = self.read(crm, key, self.text_field)
        assert record is not None
        assert record.fields[self.text_field] is None

    def test_a_creation_that_meets_its_key_updates(self, crm: Crm) -> None:
        key = self.a_key()
        (first,) = self.written(crm, self.to_write(key, **{self.text_field: "a", self.title_field: "t"}))
        (second,) = self.written(crm, self.to_write(key, **{self.text_field: "b"}))
        record = self.read(crm, key, self.text_field, self.title_field)
        assert record is not None
        assert first == second == record.id
        # What a creation needs was in the second one, too.
        title = self.required.get(self.title_field, "t")
        assert record.fields == {self.text_field: "b", self.title_field: title}

    def test_a_write_whose_answer_was_lost_can_be_sent_again(self, crm: Crm) -> None:
        keys = [self.a_key() for _ in range(5)]
        writes = [self.to_write(key, **{self.text_field: key}) for key in keys]
        first = self.written(crm, *writes)
        before = self._everything(crm, keys)
        assert self.written(crm, *writes) == first
        assert self._everything(crm, keys) == before

    def _everything(self, crm: Crm, keys: Sequence[str]) -> list[tuple[str, dict[str, Value]]]:
        fields = [self.key_field, self.text_field, self.title_field, *self.required]
        return sorted(
            (r.id, r.fields) for r in crm.find(self.object, self.key_field, keys, list(dict.fromkeys(fields)))
        )

    def test_an_update_claims_a_record_that_has_no_key(self, crm: Crm) -> None:
        key = self.a_key()
        id_ = self.insert_by_hand({**self.required, self.text_field: "by hand"})
        self.written(crm, self.to_write(key, id_, **{self.title_field: "t"}))
        record = self.read(crm, key, self.text_field, self.title_field)
        assert record is not None
        assert (record.id, record.fields) == (id_, {self.text_field: "by hand", self.title_field: "t"})

    def test_nobody_takes_a_record_from_another_key(self, crm: Crm) -> None:
        key, thief = self.a_key(), self.a_key()
        (id_,) = self.written(crm, self.to_write(key, **{self.text_field: "mine"}))
        (result,) = crm.write([self.to_write(thief, id_, **{self.text_field: "stolen"})])
        assert (result.id, result.code, result.field) == (None, "claimed", self.key_field)
        record = self.read(crm, key, self.text_field)
        assert record is not None
        assert record.fields[self.text_field] == "mine"
        assert self.read(crm, thief) is None

    def test_nobody_gives_a_record_the_key_of_another(self, crm: Crm) -> None:
        key = self.a_key()
        (owner,) = self.written(crm, self.to_write(key, **{self.text_field: "mine"}))
        id_ = self.insert_by_hand({**self.required, self.text_field: "by hand"})
        (result,) = crm.write([self.to_write(key, id_, **{self.text_field: "x"})])
        assert (result.id, result.field) == (None, self.key_field)
        assert result.error
        record = self.read(crm, key, self.text_field)
        assert record is not None
        assert (record.id, record.fields[self.text_field]) == (owner, "mine")

    def test_keys_that_differ_in_case_are_different_keys(self, crm: Crm) -> None:
        if self.caseless_keys:
            pytest.skip("to the CRM itself they are one key")
        small = self.a_key()
        large = small.upper()
        (first,) = self.written(crm, self.to_write(small, **{self.text_field: "mine"}))
        assert self.read(crm, large) is None
        (second,) = crm.write([self.to_write(large, **{self.text_field: "another's"})])
        assert second.id != first  # a CRM may refuse the second; it is not written over the first
        record = self.read(crm, small, self.text_field)
        assert record is not None
        assert (record.id, record.fields[self.text_field]) == (first, "mine")

    def test_an_update_of_a_record_that_is_gone_says_so(self, crm: Crm) -> None:
        id_ = self.insert_by_hand(self.required)
        self.delete_by_hand(id_)
        key = self.a_key()
        (result,) = crm.write([self.to_write(key, id_, **{self.text_field: "x"})])
        assert (result.id, result.code) == (None, "gone")
        assert result.error
        assert self.read(crm, key) is None

    def test_results_come_in_the_order_of_the_writes(self, crm: Crm) -> None:
        keys = [self.a_key() for _ in range(20)]
        ids = dict(zip(keys, self.written(crm, *(self.to_write(key) for key in keys)), strict=True))
        mixed = [self.to_write(key, ids[key] if n % 2 else None) for n, key in enumerate(reversed(keys))]
        assert self.written(crm, *mixed) == [ids[key] for key in reversed(keys)]

    def test_one_bad_record_fails_alone_and_its_error_holds_no_values(self, crm: Crm) -> None:
        keys = [self.a_key() for _ in range(20)]
        writes = [self.to_write(key, **{self.text_field: f"customer {key}"}) for key in keys]
        writes[7] = Write(self.object, self.key_field, keys[7], None, {self.text_field: "customer seven"})
        writes[13] = self.to_write(keys[13], **{self.reference_field: "customer thirteen"})
        results = crm.write(writes)
        assert [n for n, result in enumerate(results) if result.error] == [7, 13]
        assert results[7].field in self.required
        assert results[13].field == self.reference_field
        assert all("customer" not in (result.error or "") for result in results)
        assert all((result.id is None) == (result.error is not None) for result in results)
        found = {
            r.fields[self.key_field] for r in crm.find(self.object, self.key_field, keys, [self.key_field])
        }
        assert found == set(keys) - {keys[7], keys[13]}

    def test_the_later_of_two_writes_to_one_record_wins(self, crm: Crm) -> None:
        key = self.a_key()
        writes = [self.to_write(key, **{self.text_field: text}) for text in ("first", "second")]
        assert len(set(self.written(crm, *writes))) == 1
        record = self.read(crm, key, self.text_field)
        assert record is not None
        assert record.fields[self.text_field] == "second"

    def test_writing_nothing_is_nothing(self, crm: Crm) -> None:
        assert crm.write([]) == []

    def test_large_batches_land_whole(self, crm: Crm) -> None:
        keys = [self.a_key() for _ in range(crm.batch_size)]
        ids = self.written(crm, *(self.to_write(key, **{self.text_field: key}) for key in keys))
        assert len(set(ids)) == len(keys)
        self.written(
            crm,
            *(
                self.to_write(key, id_, **{self.text_field: f"{key}!"})
                for key, id_ in zip(keys, ids, strict=True)
            ),
        )
        found = crm.find(self.object, self.key_field, keys, [self.key_field, self.text_field])
        assert {record.fields[self.text_field] for record in found} == {f"{key}!" for key in keys}

    def test_find_takes_many_keys_and_leaves_out_the_unknown(self, crm: Crm) -> None:
        keys = [self.a_key() for _ in range(60)]
        self.written(crm, *(self.to_write(key) for key in keys[:50]))
        asked = [*keys, *(f"unknown-{n}" for n in range(440)), *keys[:5]]
        found = crm.find(self.object, self.key_field, asked, [self.key_field])
        assert sorted(str(r.fields[self.key_field]) for r in found) == sorted(keys[:50])
        assert crm.find(self.object, self.key_field, [], [self.key_field]) == []

    # -- references

    def test_a_reference_leads_to_its_parent(self, crm: Crm) -> None:
        fields = {self.parent_text_field: "Parent & Söhne"}
        (parent,) = self.written(crm, self.parent_to_write(self.a_key(), **fields))
        key, orphan = self.a_key(), self.a_key()
        self.written(crm, self.to_write(key, **{self.reference_field: parent}), self.to_write(orphan))
        asked = (self.reference_field, self.relation_field)
        found, without = self.read(crm, key, *asked), self.read(crm, orphan, *asked)
        assert found is not None
        assert found.fields == {self.reference_field: parent, self.relation_field: "Parent & Söhne"}
        assert without is not None
        assert without.fields == {self.reference_field: None, self.relation_field: None}

    # -- several at once, and none

    def test_writers_at_once_make_one_record_for_a_key(self, crm: Crm) -> None:
        keys = [self.a_key() for _ in range(40)]
        ids: list[list[str]] = []
        writers = [threading.Thread(target=self._write_all, args=(keys, n, ids)) for n in range(4)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        assert len(ids) == len(writers)
        assert all(each == ids[0] for each in ids)
        found = crm.find(self.object, self.key_field, keys, [self.key_field])
        assert sorted(str(record.fields[self.key_field]) for record in found) == sorted(keys)

    def _write_all(self, keys: list[str], number: int, ids: list[list[str]]) -> None:
        order = keys[number:] + keys[:number]
        with self.open_crm() as crm:
            made: dict[str, str] = {}
            for start in range(0, len(order), 10):
                part = order[start : start + 10]
                results = _patiently(crm, [self.to_write(key) for key in part])
                made.update(zip(part, map(landed, results), strict=True))
        ids.append([made[key] for key in keys])

    def test_read_only_reads_and_never_writes(self, crm: Crm) -> None:
        key, other = self.a_key(), self.a_key()
        self.written(crm, self.to_write(key))
        with self.open_crm(read_only=True) as reader:
            assert self.read(reader, key, self.key_field) is not None
            assert self.object in reader.describe([self.object])
            with pytest.raises(ConnectorError):
                reader.write([self.to_write(other)])
        assert self.read(crm, other) is None

    def test_calls_are_counted(self, crm: Crm) -> None:
        def difference() -> dict[str, int]:
            now = crm.calls()
            return {name: number - before.get(name, 0) for name, number in now.items()}

        before: Mapping[str, Any] = dict(crm.calls())
        self.read(crm, "nobody")
        self.titled(crm, "nothing")
        assert difference().get("write", 0) == 0
        self.written(crm, self.to_write(self.a_key()), self.to_write(self.a_key()))
        assert difference()["write"] >= 1


def _patiently(crm: Crm, writes: Sequence[Write]) -> list[WriteResult]:
    """What ``connector.send`` does for a run."""
    for attempt in range(20):
        try:
            results = crm.write(writes)
            if not any(result.again for result in results):
                return results
        except TransientError:
            pass
        time.sleep(0.05 * (attempt + 1))
    return crm.write(writes)
