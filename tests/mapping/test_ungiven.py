"""What is evaluated without something that AWS has not given: which values are no answer."""

from __future__ import annotations

from typing import Any

import pytest

from connector.mapping.ungiven import Partial

NEED_NOT_EXIST, EXISTS = {"Opportunity": False}, {"Engagement": True}


def test_it_is_read_as_any_dict() -> None:
    scope = Partial({"Id": "engi-1"}, EXISTS)
    assert (scope.get("Id"), scope.get("Engagement"), scope.get("Name", "none")) == ("engi-1", None, "none")


@pytest.mark.parametrize("value", [None, "", [], {}])
def test_an_empty_value_is_no_answer_where_something_was_missed(value: Any) -> None:
    for ungiven in (NEED_NOT_EXIST, EXISTS):
        scope = Partial({}, ungiven)
        assert not scope.lacks(value)
        scope.get(next(iter(ungiven)))
        assert scope.lacks(value)
        scope.begin()
        assert not scope.lacks(value)


def test_a_value_is_an_answer_where_what_was_missed_need_not_exist() -> None:
    for ungiven, answered in ((NEED_NOT_EXIST, True), (EXISTS, False)):
        scope = Partial({"title": "Fallback"}, ungiven)
        scope.get(next(iter(ungiven)))
        assert scope.lacks("Fallback") is not answered
        scope.named("title")
        scope.get("title")
        assert scope.lacks(None) is not answered, "the name stands for its value"
