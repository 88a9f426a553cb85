"""The part of the suite that is about titles: how records that nobody has claimed are found by them."""

# ruff: noqa: S101 - these are tests

from __future__ import annotations

import pytest

from connector.crm.base import Crm
from connector.crm.contract_base import Adapter
from connector.match import fold


class Titles(Adapter):
    """See ``connector.crm.contract.CrmContract``."""

    @pytest.mark.parametrize(
        ("title", "asked"),
        [
            ("Cloud Migration", "cloud  MIGRATION "),
            ("Straße nach Süd", "STRASSE NACH SÜD"),
            ("ﬁnance Ⅷ ａｂｃ", "Finance VIII abc"),
            ("Café", "Cafe\u0301"),
            ("ΣΊΣΥΦΟΣ", "σίσυφος"),
            ("one\ntwo\u00a0three", "One Two Three"),
        ],
    )
    def test_titles_match_but_for_case_white_space_and_nfkc(self, crm: Crm, title: str, asked: str) -> None:
        id_ = self.insert_by_hand({**self.required, self.title_field: title})
        fields = [self.title_field, self.key_field]
        found = crm.find_titles(self.object, [self.title_field], [asked], self.key_field, fields)
        (record,) = [record for record in found if record.id == id_]
        assert record.fields[self.title_field] == title
        assert not record.fields[self.key_field]

    def test_a_title_is_the_whole_title(self, crm: Crm) -> None:
        shared = "x" * 120
        ids = {
            end: self.insert_by_hand({**self.required, self.title_field: f"{shared} {end}"}) for end in "ab"
        }
        found = crm.find_titles(
            self.object, [self.title_field], [f"{shared} a"], self.key_field, [self.title_field]
        )
        exact = [r for r in found if fold(str(r.fields[self.title_field])) == fold(f"{shared} a")]
        assert [record.id for record in exact] == [ids["a"]]

    def test_claimed_records_have_no_title_to_find(self, crm: Crm) -> None:
        title = "A title for two"
        self.written(crm, self.to_write(self.a_key(), **{self.title_field: title}))
        id_ = self.insert_by_hand({**self.required, self.title_field: title})
        assert self.titled(crm, title) == [id_]
        self.written(crm, self.to_write(self.a_key(), id_))
        assert self.titled(crm, title) == []

    def test_several_records_of_one_title_are_all_found(self, crm: Crm) -> None:
        # More than fit a page of many a CRM.
        ids = {self.insert_by_hand({**self.required, self.title_field: "Twice "}) for _ in range(101)}
        assert set(self.titled(crm, "twice")) == ids

    def test_many_titles_are_looked_for_at_once(self, crm: Crm) -> None:
        titles = [f"Project {number} of many" for number in range(250)]
        there = titles[::100]
        for title in there:
            self.insert_by_hand({**self.required, self.title_field: title})
        assert self.titles_of(crm, titles) == set(map(fold, there))

    def test_a_title_is_looked_for_in_each_of_its_fields(self, crm: Crm) -> None:
        if self.other_title_field is None:
            pytest.skip("the CRM keeps a title in one field")
        names = [self.title_field, self.other_title_field]
        title = "In one field or the other"
        ids = {self.insert_by_hand({**self.required, name: title}) for name in names}
        found = crm.find_titles(self.object, names, [title], self.key_field, names)
        assert {record.id for record in found if title in record.fields.values()} == ids

    def test_a_record_that_is_gone_has_no_title_to_find(self, crm: Crm) -> None:
        id_ = self.insert_by_hand({**self.required, self.title_field: "Short lived"})
        assert self.titled(crm, "short lived") == [id_]
        self.delete_by_hand(id_)
        assert self.titled(crm, "short lived") == []
