"""What the suite of ``connector.crm.contract`` needs to know of an adapter, and small helpers over it."""

# ruff: noqa: S101 - these are tests

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count
from typing import ClassVar

import pytest

from connector.crm.base import Crm
from connector.crm.fit import plain_text
from connector.match import fold
from connector.records import Record, Value, Write, WriteResult


class Adapter:
    """What the names mean: ``object`` is written and found; ``parent_object`` is what its ``reference_field``
    refers to, and ``relation_field`` the dotted name of the parent's ``parent_text_field``. ``required`` and
    ``parent_required`` are what a creation needs beside its key. Fields that a CRM has no type for are None,
    and what is about them is skipped."""

    object: ClassVar[str]
    key_field: ClassVar[str]
    required: ClassVar[Mapping[str, Value]]
    title_field: ClassVar[str]
    other_title_field: ClassVar[str | None] = None  # where sales may have put the title, too
    text_field: ClassVar[str]
    reference_field: ClassVar[str]
    relation_field: ClassVar[str]
    parent_object: ClassVar[str]
    parent_key_field: ClassVar[str]
    parent_text_field: ClassVar[str]
    parent_required: ClassVar[Mapping[str, Value]]
    money_field: ClassVar[str | None] = None
    date_field: ClassVar[str | None] = None
    datetime_field: ClassVar[str | None] = None
    integer_field: ClassVar[str | None] = None
    boolean_field: ClassVar[str | None] = None
    text_length: ClassVar[int] = 255  # what ``text_field`` holds at least
    money_digits: ClassVar[int] = 31  # so long an amount may be in an invitation
    caseless_keys: ClassVar[bool] = False  # the CRM itself does not tell A from a in a key
    zero_is_none: ClassVar[bool] = False  # the CRM does not tell a number 0 from none

    def open_crm(self, *, read_only: bool = False) -> Crm:
        """The adapter under test, opened on this test's store, the same at every call."""
        raise NotImplementedError

    def insert_by_hand(self, fields: Mapping[str, Value]) -> str:
        """Make a record of ``object`` as a person does, without a key; its id."""
        raise NotImplementedError

    def delete_by_hand(self, record_id: str) -> None:
        """Delete a record of ``object`` as a person does."""
        raise NotImplementedError

    # -- helpers

    _numbers = count()

    @pytest.fixture
    def crm(self) -> Iterator[Crm]:
        with self.open_crm() as crm:
            yield crm

    def a_key(self) -> str:
        return f"key-{next(self._numbers)}"

    def to_write(self, key: str, id: str | None = None, /, **fields: Value) -> Write:
        """A write that fits: a creation gets what is required."""
        return Write(self.object, self.key_field, key, id, fields if id else {**self.required, **fields})

    def parent_to_write(self, key: str, /, **fields: Value) -> Write:
        return Write(self.parent_object, self.parent_key_field, key, None, {**self.parent_required, **fields})

    def written(self, crm: Crm, *writes: Write) -> list[str]:
        """The ids of ``writes``, all of which must land."""
        results = crm.write(writes)
        assert [result.error for result in results] == [None] * len(writes)
        return [landed(result) for result in results]

    def read(self, crm: Crm, key: str, *fields: str) -> Record | None:
        found = crm.find(self.object, self.key_field, [key], fields)
        assert len(found) < 2
        return found[0] if found else None

    def kept(self, crm: Crm, field: str | None, value: Value) -> Value:
        """What the CRM gives back for ``value``, written into ``field`` of a new record."""
        if field is None:
            pytest.skip("the CRM has no such type")
        key = self.a_key()
        self.written(crm, self.to_write(key, **{field: value}))
        record = self.read(crm, key, field)
        assert record is not None
        return record.fields[field]

    def number(self, value: Value) -> Value:
        """``value`` as the CRM gives it back."""
        return None if self.zero_is_none and not value else value

    def titled(self, crm: Crm, title: str) -> list[str]:
        found = crm.find_titles(self.object, [self.title_field], [title], self.key_field, [self.title_field])
        return [r.id for r in found if fold(str(r.fields[self.title_field])) == fold(title)]

    def titles_of(self, crm: Crm, titles: list[str]) -> set[str]:
        found = crm.find_titles(self.object, [self.title_field], titles, self.key_field, [self.title_field])
        wanted = {fold(plain_text(title)) for title in titles}
        return {fold(str(record.fields[self.title_field])) for record in found} & wanted


def landed(result: WriteResult) -> str:
    assert result.id is not None
    return result.id
