"""Queries ask for what they should, whatever is in the texts, and never get too long."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from connector.crm import salesforce_soql as soql
from connector.match import fold

HOSTILE = st.sampled_from(
    ["'", "\\", '"', "\n", "%", "_", "' OR Name LIKE '%", "\\'", "}{", "{0}", ")", "🚀", "\u202e", "é"]
)
texts = st.lists(st.one_of(HOSTILE, st.text(max_size=8)), max_size=6).map("".join)
askable = texts.map(soql.askable).filter(bool)

_LITERAL = re.compile(r"'(?:[^'\\]|\\.)*'", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


def literals(condition: str) -> list[str]:
    """The texts of a condition, as Salesforce reads them."""
    return [
        re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[1]), literal[1:-1], flags=re.DOTALL)
        for literal in _LITERAL.findall(condition)
    ]


def like(pattern: str, text: str) -> bool:
    parts = (".*" if character == "%" else re.escape(character) for character in pattern)
    return re.fullmatch("".join(parts), text, re.DOTALL | re.IGNORECASE) is not None


@given(st.lists(askable, min_size=1, max_size=40), st.integers(200, 2_000))
def test_every_value_is_asked_for_once_in_conditions_of_bounded_length(values: list[str], room: int) -> None:
    conditions = list(soql.one_of("Key__c", values, room))
    assert [text for condition in conditions for text in literals(condition)] == values
    for condition in conditions:
        assert len(literals(condition)) == 1 or len(quote(condition, safe="")) <= room
        assert _LITERAL.sub("", condition).strip(" (),") == "Key__c IN"


@given(askable)
def test_a_text_stays_one_text(value: str) -> None:
    assert literals(soql.literal(value)) == [value]
    assert _LITERAL.sub("", soql.title_condition("Name", value)).rstrip(" (),") in ("Name LIKE", "Name IN")


def variants(title: str) -> st.SearchStrategy[str]:
    forms = st.sampled_from(["NFC", "NFD", "NFKC"]).map(lambda form: unicodedata.normalize(form, title))
    cased = forms.flatmap(lambda text: st.sampled_from([text, text.upper(), text.lower(), text.title()]))
    spaces = st.sampled_from([" ", "  ", "\n", "\t ", "\u00a0", "\u3000"])
    return st.tuples(cased, spaces).map(lambda pair: pair[1].join(pair[0].split()))


@given(st.data())
def test_a_record_whose_title_differs_in_case_spaces_or_form_is_asked_for(data: st.DataObject) -> None:
    some = ["Straße", "Ünited", "Café", "№ 5", "data lake", "O'Brien", "ﬁnance", "Фаза", "100%"]
    words = st.sampled_from(some)
    title = data.draw(st.lists(words, min_size=2, max_size=5).map(" ".join))
    stored = data.draw(variants(title))
    assume(fold(stored) == fold(title))
    condition = soql.title_condition("Name", title)
    assume(" LIKE " in condition)
    (pattern,) = literals(condition)
    assert like(pattern, stored), (pattern, stored)


@pytest.mark.parametrize("title", ["数据湖", "日本", "N", "A B"])
def test_a_title_that_no_pattern_can_tell_is_asked_for_as_it_is(title: str) -> None:
    condition = soql.title_condition("Name", title)
    assert condition.startswith("Name IN (")
    assert title in literals(condition)


def test_a_text_longer_than_a_query_may_have_is_not_asked_for() -> None:
    assert soql.askable("x" * 4_001) is None
    assert soql.askable("\0 \0") is None
    assert soql.askable(" a\0b\ud800 ") == "ab\ufffd"


@given(st.lists(st.text("abc ", min_size=1, max_size=30), min_size=1, max_size=40))
def test_conditions_are_joined_as_far_as_there_is_room(conditions: list[str]) -> None:
    joined = list(soql.any_of(conditions, 100))
    assert " OR ".join(text[1:-1] for text in joined) == " OR ".join(conditions)
    assert all(text[0] + text[-1] == "()" for text in joined)
