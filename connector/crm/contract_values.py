"""The part of the suite that is about values: what is written comes back as it was."""

# ruff: noqa: S101 - these are tests

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from connector.crm.base import Crm
from connector.crm.contract_base import Adapter
from connector.crm.fit import plain_text
from connector.match import fold
from connector.records import same

_HOSTILE = (
    'O\'Brien "and" `sons`',
    "'; DROP TABLE opportunities; --",
    "' OR Name LIKE '%",
    "100% of_everything \\ \\' \\n",
    "one\ntwo\r\nthree\tfour",
    '=HYPERLINK("http://evil.example","click")',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "<script>alert(1)</script> &amp; <b>",
    "\x1b[31mred\x1b[0m \x07",
    "nothing\0after",
    "lone \ud800 surrogate \udfff",
    "émoji 👩\u200d👩\u200d👧\u200d👦 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "שלום \u200fעולם\u200e \u202eمرحبا\u202c",
    "ﬁne Ⅷ ½ ａｂｃ Å Å",
    "日本語 𠮷野家",
    "{{ 7*7 }} ${7*7} %s %(x)s :name ?",
    "NULL",
    "true",
    "0012",
)
# The suite runs for several adapters in one process: what fails for one need not for the other.
_SLOW = settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
)


class Values(Adapter):
    """See ``connector.crm.contract.CrmContract``."""

    @pytest.mark.parametrize("text", _HOSTILE, ids=range(len(_HOSTILE)))
    def test_hostile_text_is_text_and_nothing_else(self, crm: Crm, text: str) -> None:
        assert same(self.kept(crm, self.text_field, text), plain_text(text))
        self.written(crm, self.to_write(text))
        found = crm.find(self.object, self.key_field, [text, "another"], [self.key_field])
        assert [same(record.fields[self.key_field], plain_text(text)) for record in found] == [True]
        self.insert_by_hand({**self.required, self.title_field: plain_text(text)})
        assert self.titles_of(crm, [text]) == {fold(plain_text(text))}

    @given(text=st.text(max_size=255))
    @example(text="x" * 255)
    @example(text="   ")
    @example(text="")
    @_SLOW
    def test_text_comes_back_as_it_was(self, crm: Crm, text: str) -> None:
        text = text[: self.text_length]
        assert same(self.kept(crm, self.text_field, text), plain_text(text) or None)

    @pytest.mark.parametrize("length", [256, 2_500])
    def test_a_long_text_is_kept_whole_or_refused(self, crm: Crm, length: int) -> None:
        fields = crm.describe([self.object])[self.object].fields
        for name in filter(None, (self.text_field, self.title_field, self.other_title_field)):
            key, text = self.a_key(), "long text " * (length // 10) + "." * (length % 10)
            (result,) = crm.write([self.to_write(key, **{name: text})])
            room = fields[name].length
            if room is not None and room < length:
                assert (result.id, result.field) == (None, name)  # cut, it would be another text
                assert self.read(crm, key) is None
            else:
                assert result.error is None
                record = self.read(crm, key, name)
                assert record is not None
                assert same(record.fields[name], text)

    @given(cents=st.integers(-(10**18), 10**18))
    @example(cents=-5)
    @_SLOW
    def test_money_is_exact(self, crm: Crm, cents: int) -> None:
        most = 10 ** min(self.money_digits, 18) - 1
        amount = Decimal(max(-most, min(cents, most))) / 100
        assert self.kept(crm, self.money_field, amount) == self.number(amount)

    def test_money_is_exact_to_the_last_of_its_digits(self, crm: Crm) -> None:
        amount = Decimal(f"{'9' * (self.money_digits - 2)}.99")
        assert self.kept(crm, self.money_field, amount) == amount

    @given(day=st.dates(date(1900, 1, 1), date(4000, 12, 31)))
    @_SLOW
    def test_dates_come_back_as_they_were(self, crm: Crm, day: date) -> None:
        kept = self.kept(crm, self.date_field, day)
        assert kept == day
        assert type(kept) is date

    @given(seconds=st.integers(-(2**31), 64_092_211_199))  # to the end of the year 4000
    @_SLOW
    def test_moments_come_back_as_they_were_and_know_their_zone(self, crm: Crm, seconds: int) -> None:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
        kept = self.kept(crm, self.datetime_field, moment)
        assert kept == moment
        assert isinstance(kept, datetime)
        assert kept.utcoffset() is not None

    def test_a_moment_of_another_zone_stays_the_same_moment(self, crm: Crm) -> None:
        moment = datetime(2026, 3, 1, 2, 30, tzinfo=timezone(timedelta(hours=5, minutes=30)))
        assert self.kept(crm, self.datetime_field, moment) == moment

    @pytest.mark.parametrize("value", [0, -1, 2**31 - 1])
    def test_whole_numbers_come_back_as_they_were(self, crm: Crm, value: int) -> None:
        assert self.kept(crm, self.integer_field, value) == self.number(value)

    @pytest.mark.parametrize("value", [True, False])
    def test_booleans_come_back_as_they_were(self, crm: Crm, value: bool) -> None:
        assert self.kept(crm, self.boolean_field, value) is value
