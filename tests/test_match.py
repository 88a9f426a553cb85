"""A match is by project title, on the whole title, and is never guessed."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.match import Ambiguous, Decision, Existing, Matched, NotFound, fold, match
from connector.records import Record
from tests.build import desired, rule

TITLES = ("project_title", "name")


def by_hand(id: str, **fields: str | None) -> Record:
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
    ],
)
def test_titles_equal_but_for_case_white_space_or_unicode_form_match(other: str) -> None:
    found = match(wanted("Cloud Migration"), held(by_hand("1", name=other)), None, None)  # type: ignore[arg-type]
    assert isinstance(found, Matched)
    assert found.record.id == "1"


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
