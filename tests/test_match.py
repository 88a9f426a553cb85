"""A match is by project title, on the whole title, and is never guessed."""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.match import Ambiguous, Decision, Existing, Matched, NotFound, fold, match, normalized
from connector.records import Record, Value
from tests.build import desired, rule

TITLES = ("project_title", "name")


def by_hand(id: str, **fields: Value) -> Record:
    return Record("opportunities", id, {"aws_invitation_id": None, "project_title": None, **fields})


def held(*records: Record) -> Existing:
    existing = Existing()
    for record in records:
        existing.add_candidate(record, "aws_invitation_id", TITLES)
    return existing


def wanted(title: str, company: str = "", **rule_options: object) -> object:
    narrow = {"account.name": company} if company else {}
    return desired(rule(**rule_options), titles=dict.fromkeys(TITLES, title), narrow=narrow)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "other",
    [
        "cloud migration",
        "CLOUD  MIGRATION",
        " Cloud\tMigration\n",
        "Ｃｌｏｕｄ Ｍｉｇｒａｔｉｏｎ",
        "Cloud\u00a0Migration",
        "Cloud\0 Migration",
    ],
)
def test_titles_equal_but_for_case_white_space_or_unicode_form_match(other: str) -> None:
    found = match(wanted("Cloud Migration"), held(by_hand("1", name=other)), None, None)  # type: ignore[arg-type]
    assert isinstance(found, Matched)
    assert found.record.id == "1"


def test_a_title_is_compared_as_a_crm_keeps_it() -> None:
    for sent, kept in (("Nul\0 title", "Nul title"), ("Half \ud83d", "Half \ufffd"), ("\ud83d\ude00", "😀")):
        found = match(wanted(sent), held(by_hand("1", name=kept)), None, None)  # type: ignore[arg-type]
        assert isinstance(found, Matched)


def test_titles_that_share_only_their_first_120_characters_do_not_match() -> None:
    title = "x" * 120
    existing = held(by_hand("1", name=title), by_hand("2", name=title + " phase one"))
    assert match(wanted(title + " phase two"), existing, None, None) == NotFound()  # type: ignore[arg-type]


@given(st.text(max_size=80))
def test_folding_ignores_case_form_and_white_space_and_nothing_else_changes_it(text: str) -> None:
    folded = fold(text)
    assert fold(folded) == folded
    assert fold(f"  {text}\n") == folded
    assert fold(unicodedata.normalize("NFKC", text)) == folded
    assert fold(unicodedata.normalize("NFD", text)) == folded


@given(st.text(alphabet="abcé ñ", min_size=1), st.text(alphabet="abcé ñ", min_size=1))
def test_different_titles_stay_different(one: str, other: str) -> None:
    same_words = unicodedata.normalize("NFC", one).split() == unicodedata.normalize("NFC", other).split()
    assert (fold(one) == fold(other)) == same_words


def test_several_hits_are_narrowed_by_customer() -> None:
    existing = held(
        by_hand("1", name="Data lake", **{"account.name": "Acme"}),
        by_hand("2", name="Data Lake", **{"account.name": "Globex"}),
    )
    found = match(wanted("data lake", "GLOBEX"), existing, None, None)  # type: ignore[arg-type]
    assert isinstance(found, Matched)
    assert found.record.id == "2"
    assert "account.name" in found.evidence


def test_what_is_still_several_is_put_up_with_its_candidates() -> None:
    existing = held(by_hand("1", name="Data lake"), by_hand("2", name="data lake"))
    found = match(wanted("Data Lake", "Acme"), existing, None, None)  # type: ignore[arg-type]
    assert isinstance(found, Ambiguous)
    assert {record.id for record in found.candidates} == {"1", "2"}


def test_the_newest_is_taken_only_where_the_mapping_says_so_and_only_if_there_is_one() -> None:
    early, late = by_hand("1", name="A"), by_hand("2", name="a")
    early.created, late.created = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    found = match(wanted("A", many="newest"), held(early, late), None, None)  # type: ignore[arg-type]
    assert isinstance(found, Matched)
    assert found.record.id == "2"
    late.created = early.created
    assert isinstance(match(wanted("A", many="newest"), held(early, late), None, None), Ambiguous)  # type: ignore[arg-type]


def test_the_first_title_field_that_holds_anything_is_the_record_s_title() -> None:
    existing = held(by_hand("1", project_title="The full title", name="Short"))
    assert match(wanted("Short"), existing, None, None) == NotFound()  # type: ignore[arg-type]
    assert isinstance(match(wanted("the full title"), existing, None, None), Matched)  # type: ignore[arg-type]


def test_a_record_of_another_invitation_is_no_candidate() -> None:
    existing = held(by_hand("1", name="Data lake", aws_invitation_id="engi-other"))
    assert match(wanted("Data lake"), existing, None, None) == NotFound()  # type: ignore[arg-type]


def test_a_match_once_made_survives_a_rename() -> None:
    existing = Existing()
    existing.add(by_hand("7", name="Renamed by sales"), "aws_invitation_id")
    found = match(wanted("Data lake"), existing, "7", None)  # type: ignore[arg-type]
    assert isinstance(found, Matched)
    assert found.record.id == "7"


def test_the_key_on_a_record_is_the_strongest_evidence() -> None:
    existing = held(by_hand("1", name="Data lake"), by_hand("9", name="Else", aws_invitation_id="engi-1"))
    found = match(wanted("Data lake"), existing, "1", Decision("link", "1"))  # type: ignore[arg-type]
    assert isinstance(found, Matched)
    assert found.record.id == "9"


def test_a_decision_holds() -> None:
    existing = held(by_hand("1", name="Data lake"), by_hand("2", name="Data lake"))
    linked = match(wanted("Data lake"), existing, None, Decision("link", "2"))  # type: ignore[arg-type]
    assert isinstance(linked, Matched)
    assert linked.record.id == "2"
    assert match(wanted("Data lake"), existing, None, Decision("create")) == NotFound("create")  # type: ignore[arg-type]
    assert match(wanted("Data lake"), existing, None, Decision("skip")) == NotFound("skip")  # type: ignore[arg-type]


def test_a_decision_for_a_record_that_is_gone_is_asked_again() -> None:
    assert isinstance(match(wanted("x"), held(), None, Decision("link", "2")), Ambiguous)  # type: ignore[arg-type]


def test_the_evidence_of_a_match_is_said_in_words() -> None:
    keyed = held(by_hand("9", name="Data lake", aws_invitation_id="engi-1"))
    known = held(by_hand("1", name="Data lake"))
    twins = held(
        by_hand("1", name="Data lake", **{"account.name": "Acme", "city": "Rome"}),
        by_hand("2", name="Data lake", **{"account.name": "Acme", "city": "Oslo"}),
    )
    narrow = {"account.name": "Acme", "city": "OSLO"}
    deal = desired(rule(), titles=dict.fromkeys(TITLES, "Data lake"), narrow=narrow)
    for found, evidence in (
        (match(deal, keyed, None, None), "aws_invitation_id is the invitation’s"),
        (match(deal, keyed, "9", None), "aws_invitation_id is ours"),
        (match(deal, known, "1", None), "matched before"),
        (match(deal, known, None, None, heir="1"), "made of the invitation’s lead"),
        (match(deal, known, None, Decision("link", "1")), "chosen in a review"),
        (match(deal, known, None, None), "same title"),
        (match(deal, twins, None, None), "same title and account.name and city"),
    ):
        assert isinstance(found, Matched)
        assert (found.evidence, found.record.fields["name"]) == (evidence, "Data lake")


def test_why_a_person_has_to_look_is_said_in_words() -> None:
    existing = held(by_hand("1", name="Data lake"), by_hand("2", name="Data lake"))
    assert match(wanted("Data lake"), existing, None, None) == Ambiguous(  # type: ignore[arg-type]
        (existing.by_id["opportunities", "1"], existing.by_id["opportunities", "2"]),
        "2 opportunities have this title",
    )
    gone = match(wanted("x"), existing, None, Decision("link", "3"))  # type: ignore[arg-type]
    assert gone == Ambiguous((), "the opportunities chosen in the review is gone")


def test_a_decision_for_a_record_that_is_another_invitation_s_by_now_is_asked_again() -> None:
    existing = held(by_hand("1", name="Data lake", aws_invitation_id="engi-other"))
    found = match(wanted("Data lake"), existing, None, Decision("link", "1"))  # type: ignore[arg-type]
    reason = "the opportunities chosen in the review belongs to another invitation"
    assert found == Ambiguous((existing.by_id["opportunities", "1"],), reason)


@pytest.mark.parametrize("linked", [True, False])
def test_neither_the_ledger_nor_a_conversion_takes_a_record_from_another_invitation(linked: bool) -> None:
    existing = held(by_hand("1", aws_invitation_id="engi-other"), by_hand("2", name="Data lake"))
    link, heir = ("1", None) if linked else (None, "1")
    found = match(wanted("Data lake"), existing, link, None, heir)  # type: ignore[arg-type]
    assert isinstance(found, Matched)
    assert found.record.id == "2"
    nowhere = match(wanted("Else"), existing, link and "7", None, heir and "7")  # type: ignore[arg-type]
    assert nowhere == NotFound()


def test_a_field_that_holds_no_text_narrows_by_what_it_shows_and_an_empty_one_by_nothing() -> None:
    existing = held(
        by_hand("1", name="A", **{"account.name": None}),
        by_hand("2", name="A", **{"account.name": 42}),
    )
    found = match(wanted("A", "42"), existing, None, None)  # type: ignore[arg-type]
    assert isinstance(found, Matched)
    assert found.record.id == "2"
    assert isinstance(match(wanted("A", "None"), existing, None, None), Ambiguous)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("held_value", "other", "wanted_text"),
    [
        (True, False, "true"),
        (Decimal("1200.00"), Decimal(5), "1200"),
        (0, 5, "0.0"),
        (date(2026, 9, 15), date(2026, 9, 16), "2026-09-15T00:00:00Z"),
        (
            datetime(2026, 1, 14, 14, tzinfo=UTC),
            datetime(2026, 1, 15, 14, tzinfo=UTC),
            "2026-01-14T15:00:00+01:00",
        ),
    ],
)
def test_narrow_compares_with_what_is_no_text_by_its_value(
    held_value: Value, other: Value, wanted_text: str
) -> None:
    records = (by_hand("1", name="A", it=held_value), by_hand("2", name="A", it=other))
    for text, id_ in ((wanted_text, "1"), ("neither", None)):
        deal = desired(rule(narrow=("it",)), titles={"name": "A"}, narrow={"it": text})
        found = match(deal, held(*records), None, None)
        assert (found.record.id if isinstance(found, Matched) else None) == id_


def test_the_newest_of_three_is_the_newest_whatever_order_they_come_in() -> None:
    records = [by_hand(str(number), name="A") for number in range(3)]
    for number, record in enumerate(records):
        record.created = datetime(2026, 1, 1 + (number + 1) % 3, tzinfo=UTC)
    found = match(wanted("A", many="newest"), held(*records), None, None)  # type: ignore[arg-type]
    assert isinstance(found, Matched)
    assert (found.record.id, found.evidence) == ("1", "same title, the newest of 3")
    records[0].created = records[1].created  # two are the newest
    assert isinstance(match(wanted("A", many="newest"), held(*records), None, None), Ambiguous)  # type: ignore[arg-type]
    alone = [by_hand("7", name="A"), by_hand("8", name="A")]
    alone[1].created = datetime(2026, 1, 1, tzinfo=UTC)
    dated = match(wanted("A", many="newest"), held(*alone), None, None)  # type: ignore[arg-type]
    assert isinstance(dated, Matched)
    assert dated.record.id == "8"


def test_the_newest_of_several_that_are_all_another_customer_s_is_not_taken() -> None:
    records = [by_hand(name, name="A", **{"account.name": name}) for name in ("Globex", "Initech")]
    for number, record in enumerate(records):
        record.created = datetime(2026, 1, 1 + number, tzinfo=UTC)
    found = match(wanted("A", "Lumen", many="newest"), held(*records), None, None)  # type: ignore[arg-type]
    assert found == Ambiguous(tuple(records), "2 opportunities have this title")
    records.append(by_hand("Globex 2", name="A", **{"account.name": "Globex"}))
    records[2].created = datetime(2025, 1, 1, tzinfo=UTC)
    found = match(wanted("A", "Globex", many="newest"), held(*records), None, None)  # type: ignore[arg-type]
    assert isinstance(found, Matched)
    assert (found.record.id, found.evidence) == ("Globex", "same title, the newest of 2")


def test_what_the_crm_says_of_a_record_in_parts_comes_together() -> None:
    existing = Existing()
    existing.add(Record("leads", "1", {"key": None}, became={"contacts": "c-1"}), "key")
    existing.add(Record("leads", "1", {"name": "A", "key": 5}), "key")
    (record,) = existing.by_id.values()
    assert (record.fields, record.became) == ({"key": 5, "name": "A"}, {"contacts": "c-1"})
    assert existing.by_key == {}  # a key is text


def test_records_that_are_yet_to_be_created_are_not_taken_for_one_another() -> None:
    existing = Existing()
    for key in ("engi-1", "engi-2"):
        existing.add(Record("leads", "", {"key": key}), "key")
    assert existing.by_id == {}
    assert {key: record.fields["key"] for (_, key), record in existing.by_key.items()} == {
        "engi-1": "engi-1",
        "engi-2": "engi-2",
    }


def test_a_record_that_two_title_fields_find_is_one_candidate_and_its_empty_ones_are_none() -> None:
    existing = Existing()
    record = by_hand("1", name="Data lake")
    for titles in (("name",), ("name",), ("title", "name")):
        existing.add_candidate(record, "aws_invitation_id", titles)
    found = match(wanted("Data lake"), existing, None, None)  # type: ignore[arg-type]
    assert isinstance(found, Matched)
    blank = held(by_hand("2", name="  "))
    assert match(wanted("  "), blank, None, None) == NotFound()  # type: ignore[arg-type]


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC"])
@pytest.mark.parametrize("length", [1, 299, 300, 301, 600, 1000])
def test_a_long_text_is_normalised_whole_though_in_pieces(form: Any, length: int) -> None:
    text = "ﬁe\u0301" * length
    assert normalized(form, text) == unicodedata.normalize(form, text)
    assert fold(text) == "fié" * length
