"""What agrees, what differs, and how alike: honest numbers for the person who settles a review."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from connector.changes import Compared
from connector.resemblance import resemblance, resemblances, similarity

WANTED = {
    "name": "Cloud migration",
    "account.name": "Acme Ltd",
    "amount": "10000",
    "stage": None,
    "city": "Oslo",
}


def compared(**candidates: dict[str, object]) -> Compared:
    return Compared(WANTED, candidates, ("name",), ("account.name",))  # type: ignore[arg-type]


def test_each_field_agrees_differs_or_is_on_one_side_only() -> None:
    record = {
        "name": "CLOUD  Migration",
        "account.name": "Globex",
        "amount": 10000,
        "stage": "Won",
        "city": "",
    }
    found = resemblance(compared(a=record), "a")
    assert {field.field: field.verdict for field in found.fields} == {
        "name": "agrees",
        "account.name": "differs",
        "amount": "agrees",
        "stage": "only there",
        "city": "only here",
    }
    assert found.title == 100
    assert found.company is not None and found.company < 40


def test_the_most_alike_comes_first() -> None:
    found = resemblances(
        compared(
            other={"name": "Cloud migration", "account.name": "Globex"},
            nothing={},
            same={"name": "Cloud migration", "account.name": "ACME Ltd."},
        )
    )
    assert [each.id for each in found] == ["same", "other", "nothing"]
    assert found[0].overall is not None and found[0].overall >= 95
    assert found[2].overall == 0


def test_words_in_another_order_are_nearly_the_same_but_never_a_hundred() -> None:
    assert similarity("Migration to the cloud", "cloud: migration to the") >= 85
    assert similarity("a" * 120 + "b", "a" * 120 + "c") == 99
    assert similarity("Ümlaut ﬁrm", "ümlaut firm") == 100
    assert similarity("5", 5) == 100
    assert similarity(True, "true") == 0


@given(st.text(), st.text())
def test_similarity_is_from_0_to_100_whichever_comes_first(here: str, there: str) -> None:
    assert 0 <= similarity(here, there) == similarity(there, here) <= 100


def test_nothing_to_compare_is_no_number() -> None:
    found = resemblance(Compared({}, {"a": {}}), "a")
    assert (found.title, found.company, found.overall, list(found.fields)) == (None, None, None, [])
