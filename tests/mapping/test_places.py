"""Places in the tree of an invitation's members, and what is known of them."""

from __future__ import annotations

import pytest

from connector.mapping.places import Known, Place, called, elements, kind, listed, step


def test_where_something_is_there_what_it_stands_in_is_too() -> None:
    known = Known(present=frozenset({"Id"})).within("A.B.C", "A.D")
    assert known.present == {"Id", "A", "A.B", "A.B.C", "A.D"}


def test_how_long_a_value_may_be_is_known_only_where_it_is_documented() -> None:
    assert Known().longest(None) is None
    assert Known().longest((Place(None, "A"),)) is None


def test_the_items_of_a_list_that_nobody_describes_are_anything() -> None:
    assert elements((Place([], "A"), Place([{"B": None}], "C"))) == (Place({}, "A"), Place({"B": None}, "C"))
    assert elements((Place(None, "A"),)) is None


def test_a_list_of_what_is_not_known_is_not_known() -> None:
    assert listed(None) is None
    assert listed((Place(None, "A.B"),)) == (Place([None], "A.B"),)


@pytest.mark.parametrize(("path", "stepped"), [(None, None), ("A", "A.B")])
def test_a_member_of_what_comes_from_no_member_comes_from_none(path: str | None, stepped: str | None) -> None:
    assert step((Place({"B": None}, path),), "B") == (Place(None, stepped),)


def test_places_are_called_by_their_last_names_each_once() -> None:
    places = (Place(None, "A.Title"), Place(None, "B.Title"), Place(None, "A.Name"), Place(None, None))
    assert called(places) == "Title or Name"
    assert called((Place(None, None),)) == "this"


@pytest.mark.parametrize(
    ("tree", "what"), [([None], "list"), ({"A": None}, "structure"), ({}, ""), (None, "")]
)
def test_what_is_no_single_value(tree: object, what: str) -> None:
    assert kind(tree) == what
