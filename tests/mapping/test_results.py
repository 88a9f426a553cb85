"""What functions give, as far as it is known before a run."""

from __future__ import annotations

import pytest

from connector.mapping.places import Fact, Known, Place, Shape, given
from connector.mapping.results import result

ID, TITLE = (Place(None, "Id"),), (Place(None, "Title"),)
KNOWN = Known(facts={"Id": Fact("text", 20, always=True), "Title": Fact("text", 255)})
TEN = {"type": "literal", "value": 10}
FIELD = {"type": "field", "value": "Title"}


@pytest.mark.parametrize("name", ["to_string", "type"])
def test_some_functions_give_a_text_whatever_they_are_given(name: str) -> None:
    assert result(name, [FIELD], [None], KNOWN) == given("text", sure=True)


@pytest.mark.parametrize(
    ("name", "fact"),
    [("length", Fact("number")), ("quarter_end", Fact("date", 10)), ("domain", Fact("text", 253))],
)
def test_what_is_made_of_a_null_is_null_or_a_mistake(name: str, fact: Fact) -> None:
    assert result(name, [FIELD], [ID], KNOWN) == (Place(None, None, False, fact),)


def test_the_first_that_holds_anything_does_hold_something_where_one_always_does() -> None:
    assert result("not_null", [FIELD, FIELD], [TITLE, ID], KNOWN) == (
        Place(None, "Title", sure=True),
        Place(None, "Id", sure=True),
    )
    assert result("not_null", [FIELD], [TITLE], KNOWN) == TITLE
    assert result("not_null", [FIELD, FIELD], [ID, None], KNOWN) is None


@pytest.mark.parametrize("sure", [True, False])
def test_a_list_is_joined_to_a_text_that_is_there_where_all_its_items_are(sure: bool) -> None:
    items: Shape = (Place([{}], None, sure),)
    assert result("join", [FIELD, FIELD], [None, items], KNOWN) == given("text", sure=sure)
    assert result("join", [FIELD, FIELD], [None, None], KNOWN) == given("text", sure=False)


@pytest.mark.parametrize(("name", "longest"), [("lower", 20), ("truncate", 10)])
def test_a_treated_text_is_as_sure_and_no_longer_than_it_was(name: str, longest: int) -> None:
    assert result(name, [FIELD, TEN], [ID], KNOWN) == (Place(None, None, True, Fact("text", longest)),)
    assert result(name, [FIELD, TEN], [None], KNOWN) is None


def test_what_a_length_that_is_computed_cuts_to_is_not_known() -> None:
    assert result("truncate", [FIELD, FIELD], [ID], KNOWN) == (Place(None, None, True, Fact("text", 20)),)


def test_nothing_is_known_of_other_functions() -> None:
    assert result("merge", [FIELD], [ID], KNOWN) is None
