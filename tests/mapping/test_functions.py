"""Our functions: money to the cent, hosts, names, dates and texts, and reasons that tell no personal data."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from botocore.loaders import create_loader
from hypothesis import example, given, settings
from hypothesis import strategies as st

from connector.mapping import bounds, expressions
from connector.mapping.expressions import ExpressionError
from connector.mapping.functions import Function, Functions, Rates, catalogue
from connector.mapping.money import by_currency, converted

RATES = Rates("USD", {"EUR": Decimal("1.08"), "JPY": Decimal("0.0067")})


def call(text: str, rates: Rates = RATES, **scope: Any) -> Any:
    return expressions.compile(text, Functions(rates)).evaluate(scope)


def failure(text: str, **scope: Any) -> str:
    with pytest.raises(ExpressionError) as caught:
        call(text, **scope)
    return str(caught.value)


def spend(amount: Any, currency: Any = "USD", frequency: Any = "Monthly") -> dict[str, Any]:
    return {"Amount": amount, "CurrencyCode": currency, "Frequency": frequency, "TargetCompany": "AWS"}


# -- money


@pytest.mark.parametrize(
    ("spends", "annual", "monthly"),
    [
        ([spend("25000")], "300000.00", "25000.00"),
        ([spend("300", frequency="Quarterly")], "1200.00", "100.00"),
        ([spend("1200", frequency="Annually")], "1200.00", "100.00"),
        ([spend("1000", frequency="Annually")], "1000.00", "83.33"),
        ([spend("0.06", frequency="Annually")], "0.06", "0.01"),  # half a cent goes up
        ([spend("100"), spend("100", "EUR")], "2496.00", "208.00"),
        ([spend("10.5"), spend(""), spend("  "), spend(None)], "126.00", "10.50"),
        ([spend("0")], "0.00", "0.00"),
        ([spend("100"), spend("5000", frequency="None")], "1200.00", "100.00"),
        ([spend(12)], "144.00", "12.00"),
        ([spend("9999999999999999999999999999999.99")], "119999999999999999999999999999999.88", None),
    ],
)
def test_recurring_spend(spends: list[Any], annual: str, monthly: str | None) -> None:
    assert str(call("annual_spend(s)", s=spends)) == annual
    if monthly is not None:
        assert str(call("monthly_spend(s)", s=spends)) == monthly


@pytest.mark.parametrize(
    "spends", [None, [], [spend("")], [spend("", frequency=None)], [spend("500", frequency="None")]]
)
def test_no_recurring_amount_is_null(spends: Any) -> None:
    assert call("annual_spend(s)", s=spends) is None
    assert call("monthly_spend(s, 'EUR')", s=spends) is None


def test_other_currencies_go_through_the_base() -> None:
    assert call("annual_spend(s, 'EUR')", s=[spend("108")]) == Decimal("1200.00")
    assert call("spend_in(s, 'JPY')", s=spend("67", "EUR")) == Decimal("10800.00")
    assert call("spend_in(s, 'EUR')", s=[spend("1", "EUR"), spend("1.08")]) == Decimal("2.00")
    assert call("annual_spend(s, 'eur')", s=[spend("1", "eur")]) == Decimal("12.00")


def test_the_same_currency_needs_no_rate() -> None:
    assert call("spend_in(s, 'XOF')", s=spend("5", "XOF")) == Decimal("5.00")


@pytest.mark.parametrize(
    ("spends", "reason"),
    [
        ([spend("5", "XOF")], "no rate for XOF in currency.rates"),
        ([spend("abc")], "Amount 'abc' is no number"),
        ([spend("1,000")], "Amount '1,000' is no number"),
        ([spend("1e9")], "Amount '1e9' is no number"),
        ([spend("NaN")], "Amount 'NaN' is no number"),
        ([spend("٣")], "Amount '٣' is no number"),
        ([spend("x" * 99)], f"Amount '{'x' * 20}…' is no number"),
        ([spend("\x1b[31mred")], "Amount '\\x1b[31mred' is no number"),
        ([spend("9" * 41)], f"Amount '{'9' * 20}…' is no number"),
        ([spend(True)], "Amount is no number"),
        ([spend(["5"])], "Amount is no number"),
        ([spend("5", None)], "an Amount without CurrencyCode"),
        ([spend("5", frequency=None)], "an Amount without Frequency"),
        ([spend("5", frequency="Weekly")], "Frequency 'Weekly' is none of Monthly, Quarterly, Annually"),
        (spend("5"), "a spend function wants the list ExpectedCustomerSpend"),
        (["5"], "a spend function wants items with Amount, CurrencyCode and Frequency"),
    ],
)
def test_money_that_cannot_be_added_says_why(spends: Any, reason: str) -> None:
    assert failure("annual_spend(s)", s=spends) == reason


@settings(deadline=None)
@given(
    st.lists(st.decimals(0, 10**31, places=2).map(lambda d: format(d, "f")), min_size=1, max_size=10),
)
def test_a_plain_sum_is_exact_to_the_cent(amounts: list[str]) -> None:
    total = sum(int(amount.replace(".", "")) for amount in amounts)
    result = call("spend_in(s, 'USD')", s=[spend(amount) for amount in amounts])
    assert int(result * 100 if result < 10**20 else str(result).replace(".", "")) == total


# -- hosts


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://www.Example.com/about?x=1#y", "example.com"),
        ("www.example.com", "example.com"),
        ("EXAMPLE.COM.", "example.com"),
        ("example.co.uk:8443/path", "example.co.uk"),
        ("http://user:pw@shop.example.com:80", "shop.example.com"),
        ("//example.com/x", "example.com"),
        ("Jane.Doe@Example.com", "example.com"),
        ("mailto:jane@example.com", "example.com"),
        ("<jane@example.com>", "example.com"),
        ("https://münchen.example/", "xn--mnchen-3ya.example"),
        ("https://reese.biz", "reese.biz"),
        ("  example.com  ", "example.com"),
        ("http:\\\\example.com", "example.com"),
        ("www.com", "www.com"),
        ("null", None),
        ("N/A", None),
        ("", None),
        ("localhost", None),
        ("not a website", None),
        ("http://", None),
        ("http://[::1", None),
        ("a..b.com", None),
        ("exa mple.com", None),
        (f"{'x' * 64}.com", None),
        ("-bad.com", None),
        (None, None),
    ],
)
def test_domain(address: str | None, host: str | None) -> None:
    assert call("domain(a)", a=address) == host


@settings(deadline=None)
@given(st.text(max_size=80))
@example("http://[")
@example("//[v1.]:x")
@example("\u2100.com")
def test_domain_takes_any_text(address: str) -> None:
    host = call("domain(a)", a=address)
    if host is not None:
        assert host == host.lower()
        assert "." in host
        assert not set(host) & set(" /@:?#\n")
        assert call("domain(a)", a=host) in (host, host.removeprefix("www."))


# -- people


@pytest.mark.parametrize(
    ("contact", "first", "last"),
    [
        ({"FirstName": "Jane", "LastName": "Doe", "Email": "x@y.z"}, "Jane", "Doe"),
        ({"FirstName": " ", "LastName": None, "Email": "jane.doe@example.com"}, "Jane", "Doe"),
        ({"LastName": "Doe"}, None, "Doe"),
        ({"Email": "sales@example.com"}, None, "Sales"),
        ("jane.van-dyke+aws@example.com", "Jane", "Van-Dyke"),
        ("j_r.doe2@example.com", "J", "R Doe"),
        ("maría.núñez@example.com", "María", "Núñez"),
        ("42@example.com", None, None),
        ("@example.com", None, None),
        ("", None, None),
        ({}, None, None),
        (None, None, None),
    ],
)
def test_names_of_people(contact: Any, first: str | None, last: str | None) -> None:
    assert call("first_name(c)", c=contact) == first
    assert call("last_name(c)", c=contact) == last


# -- dates


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("add_days('2025-01-31', `1`)", "2025-02-01"),
        ("add_days('2024-02-28', `1`)", "2024-02-29"),
        ("add_days('2025-01-24T20:48:55.457306587Z', `14`)", "2025-02-07"),
        ("add_days('2025-01-24T23:30:00-02:00', `0`)", "2025-01-25"),
        ("add_days('2025-01-01', `-1`)", "2024-12-31"),
        ("add_days(none, `1`)", None),
        ("add_days('', `1`)", None),
        ("add_days(' ', `1`)", None),
        ("quarter_end('2025-01-01')", "2025-03-31"),
        ("quarter_end('2025-06-30')", "2025-06-30"),
        ("quarter_end('2025-08-05T00:00:00Z')", "2025-09-30"),
        ("quarter_end('2025-11-05')", "2025-12-31"),
        ("quarter_end(none)", None),
    ],
)
def test_dates(text: str, value: str | None) -> None:
    assert call(text) == value


@settings(deadline=None)
@given(st.dates())
def test_a_quarter_ends_within_its_quarter(day: date) -> None:
    end = date.fromisoformat(call("quarter_end(d)", d=day.isoformat()))
    assert day <= end
    assert (end.month - 1) // 3 == (day.month - 1) // 3
    if end < date.max:
        assert (end + timedelta(days=1)).day == 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("add_days('2025-02-30', `1`)", "add_days() wants a date, and '2025-02-30' is none"),
        ("add_days('2025-01-31Z', `1`)", "add_days() wants a date, and '2025-01-31Z' is none"),
        ("add_days('soon', `1`)", "add_days() wants a date"),
        ("add_days(`5`, `1`)", "add_days() wants a date"),
        ("add_days('9999-12-31', `1`)", "add_days() leaves the calendar"),
        (
            "add_days('2025-01-01', '1')",
            "add_days() wants a whole number of days, as in add_days(InvitationDate, `14`)",
        ),
        (
            "add_days('2025-01-01', `1.5`)",
            "add_days() wants a whole number of days, as in add_days(InvitationDate, `14`)",
        ),
        ("quarter_end('2025')", "quarter_end() wants a date, and '2025' is none"),
        ("quarter_end(@)", "quarter_end() wants a date"),
    ],
)
def test_dates_that_are_none(text: str, reason: str) -> None:
    assert failure(text) == reason


# -- countries and texts


def test_every_country_of_the_service_model_has_a_name() -> None:
    model = create_loader().load_service_model("partnercentral-selling", "service-2")
    codes = model["shapes"]["CountryCode"]["enum"]
    assert len(codes) > 240
    assert [code for code in codes if not call("country_name(c)", c=code)] == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("country_name('US')", "United States"),
        ("country_name('gb')", "United Kingdom"),
        ("country_name('NO')", "Norway"),
        ("country_name('DE', 'de')", "Deutschland"),
        ("country_name('BR', 'pt-BR')", "Brasil"),
        ("country_name('ZQ')", None),
        ("country_name('Norway')", None),
        ("country_name(none)", None),
        ("lower('ÄB')", "äb"),
        ("upper('äb')", "ÄB"),
        ("trim('  a b ')", "a b"),
        ("truncate('abc def', `4`)", "abc"),
        ("truncate('abc', `9`)", "abc"),
        ("replace('a & b & c', '&', 'and')", "a and b and c"),
        ("join_lines(['a', '', 'b'])", "a\nb"),
        ('join_lines(`["a", null, 5, " "]`)', "a\n5"),
        ("join_lines(`[]`)", None),
        ("lower(none)", None),
        ("truncate(none, `4`)", None),
        ("replace(none, 'a', 'b')", None),
        ("join_lines(none)", None),
    ],
)
def test_texts(text: str, value: str | None) -> None:
    assert call(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "lower(@)",
        "truncate('a', `0`)",
        "truncate('a', '1')",
        "replace('a', '', 'b')",
        "replace('a', 'a', none)",
        "join_lines('a')",
        'join_lines(`[{"a": 1}]`)',
        "country_name('DE', 'klingon')",
        "country_name('DE', none)",
        'country_name(`["DE"]`)',
        "domain(`5`)",
        "first_name(`5`)",
        "last_name(`[]`)",
        "spend_in(`[]`, `5`) || spend_in(`5`, 'USD')",
    ],
)
def test_what_a_function_cannot_use_is_said(text: str) -> None:
    assert failure(text)


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=10)
    | st.just("secret@example.com"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["Amount", "CurrencyCode", "Frequency", "Email", "FirstName"]), inner
        )
    ),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.sampled_from([function for function in catalogue() if function.ours]), ANYTHING, ANYTHING, ANYTHING)
def test_no_function_fails_but_with_a_reason(function: Any, a: Any, b: Any, c: Any) -> None:
    arguments = ", ".join("abc"[: function.signature.count(",") + 1])
    try:
        call(f"{function.name}({arguments})", a=a, b=b, c=c)
    except ExpressionError as error:
        assert str(error)
        assert "secret@example.com" not in str(error)


def test_the_catalogue_teaches_with_examples_that_compile() -> None:
    ours = [function for function in catalogue() if function.ours]
    assert {"annual_spend", "domain", "country_name", "quarter_end"} <= {function.name for function in ours}
    for function in ours:
        assert function.doc.endswith(".")
        assert function.signature.startswith(f"{function.name}(")
        expressions.compile(function.example, Functions(RATES))
    assert {"join", "not_null", "sort_by"} <= {f.name for f in catalogue() if not f.ours}


def test_the_catalogue_has_ours_first_and_says_what_those_of_jmespath_take() -> None:
    listed = catalogue()
    assert listed == sorted(listed, key=lambda function: (not function.ours, function.name))
    by_name = {function.name: function for function in listed}
    assert by_name["annual_spend"].doc == (
        "The recurring spend of a year: monthly amounts times 12, quarterly times 4. One-time amounts "
        "(Frequency None) are left out; items without Amount too."
    )
    for name, signature in (("contains", "contains(array/string, any)"), ("keys", "keys(object)")):
        assert by_name[name] == Function(name, signature, "JMESPath's own", "", ours=False)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("lower(`5`)", "lower() wants text"),
        ("truncate(`5`, `1`)", "truncate() wants text"),
        ("replace(`5`, 'a', 'b')", "replace() wants text"),
        ("domain(`5`)", "domain() wants text"),
        ("country_name(`5`)", "country_name() wants text"),
        ("truncate('a', `0`)", "truncate() wants a length of 1 or more, as in truncate(name, `80`)"),
        ("truncate('a', `true`)", "truncate() wants a length of 1 or more, as in truncate(name, `80`)"),
        ("replace('a', '', 'b')", "replace() wants a text to replace and one to put in its place"),
        ("join_lines('a')", "join_lines() wants a list"),
        (
            'join_lines(`[{"a": 1}]`)',
            "join_lines() wants a list of texts: pick one member, as in join_lines(list[].Name)",
        ),
        ("sum(['a'])", "sum() wants a list of numbers and got text"),
        ("join(', ', `[1]`)", "join() wants a list of strings and got a number"),
        ("join(', ', [to_number('1.5')])", "join() wants a list of strings and got a number"),
        ("to_string([&a])", "a function or comparison was given what it cannot use"),
        ("first_name(`5`)", "first_name() wants a contact or an e-mail address"),
        ("last_name(`5`)", "last_name() wants a contact or an e-mail address"),
        ("country_name('DE', 'klingon')", "country_name() wants a language such as 'en' or 'de'"),
        (
            "add_days('2025-01-01', `true`)",
            "add_days() wants a whole number of days, as in add_days(InvitationDate, `14`)",
        ),
    ],
)
def test_what_a_function_wants_is_said_with_its_name(text: str, reason: str) -> None:
    assert failure(text) == reason


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("truncate('ab', `1`)", "a"),
        ("truncate('ab ', `3`)", "ab "),
        ("domain('MAILTO:jane@example.com')", "example.com"),
        ("domain('mailto:jane@Example.com')", "example.com"),
        ("domain('ftp://example.com//a')", "example.com"),
        ("domain('//Example.com//a')", "example.com"),
        ("domain('Sub_1.example.com')", "sub_1.example.com"),
        ("domain('MÜNCHEN.example')", "xn--mnchen-3ya.example"),
        ("domain('exa$mple.com')", None),
        ("last_name('<mailto:jane.doe@aws@example.com>')", "Doe"),
        ("first_name('<mailto:jane.doe@example.com>')", "Jane"),
        ("first_name('<jane.doe@example.com>')", "Jane"),
        ("domain('mailto:example.com')", "example.com"),
        ("domain('MailTo:example.com')", "example.com"),
        ("first_name('Xavier.X.Doe@example.com')", "Xavier"),
        ("last_name('Xavier.X.Doe@example.com')", "X Doe"),
        ("quarter_end('2025-11-05T01Z')", "2025-12-31"),
        ("add_days('2025-01-01  ', `1`)", "2025-01-02"),
    ],
)
def test_what_people_write_in_many_ways(text: str, value: str | None) -> None:
    assert call(text) == value


def test_a_reason_names_twenty_characters_and_no_address() -> None:
    assert failure("annual_spend(s)", s=[spend("x" * 20)]) == f"Amount '{'x' * 20}' is no number"
    assert failure("annual_spend(s)", s=[spend("x" * 21)]) == f"Amount '{'x' * 20}…' is no number"
    assert failure("annual_spend(s)", s=[spend("jane@example.com")]) == "Amount '…' is no number"
    assert failure("annual_spend(s)", s=[spend("5", "A@B")]) == "no rate for … in currency.rates"


def test_a_text_that_would_be_too_long_is_not_made() -> None:
    with bounds.Allowance():
        assert call("replace(long, 'a', '')", long="a" * 11_000) == ""
        with pytest.raises(ExpressionError, match="steps"):
            call("replace(long, 'a', long)", long="a" * 11_000)


def test_a_sum_is_exact_where_a_context_of_twenty_eight_digits_would_round() -> None:
    large = Decimal("1234567890123456789012345678901.25")
    assert str(call("sum([a, b])", a=large, b=Decimal("0.10"))) == "1234567890123456789012345678901.35"
    assert call("sum([a, b, c])", a=Decimal("0.1"), b=0.2, c=3) == Decimal("3.3")
    assert call("sum(`[]`)") == 0


@pytest.mark.parametrize(
    ("spends", "sums"),
    [
        ([("100", "USD", "Monthly")], {"USD": ("100", "100")}),
        ([("100", "USD", "Monthly"), (" 20.5 ", "USD", "Monthly")], {"USD": ("120.5", "120.5")}),
        (
            [("100", "USD", "Annually"), ("9", "EUR", "Quarterly")],
            {"USD": ("8.33", "100"), "EUR": ("3.00", "9")},
        ),
        ([("100", "USD", None), ("100", "USD", "Weekly")], {"USD": ("0.00", "200")}),
        (
            [
                ("x", "USD", "Monthly"),
                (None, "USD", None),
                ("1", None, None),
                ("1", "usd", None),
                ("1", "", None),
                ("2", "EUR", "Monthly"),
            ],
            {"EUR": ("2", "2")},
        ),
        (
            [("1234567890123456789012345678901.25", "USD", "Monthly"), ("0.10", "USD", "Monthly")],
            {"USD": ("1234567890123456789012345678901.35", "1234567890123456789012345678901.35")},
        ),
        ([], {}),
    ],
)
def test_what_recurs_in_a_month_and_the_sum_by_currency(
    spends: Any, sums: dict[str, tuple[str, str]]
) -> None:
    found = by_currency(spends)
    assert {code: (str(monthly), str(total)) for code, (monthly, total) in found.items()} == sums


def test_an_amount_is_converted_into_the_base_to_the_cent() -> None:
    assert str(converted(Decimal("10.055"), "EUR", RATES)) == "10.86"
    assert str(converted(Decimal("1234567890123456789012345678901.255"), "USD", RATES)) == (
        "1234567890123456789012345678901.26"
    )
    with pytest.raises(ExpressionError, match="no rate for XOF"):
        converted(Decimal(1), "XOF", RATES)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("length('abc')", 3),
        ("contains(`[1, 2]`, `2`)", True),
        ("max([a, `3`])", Decimal("3.5")),
        ("abs(b)", Decimal("1.5")),
        ("to_string([a, c])", '["3.5","1000"]'),
    ],
)
def test_jmespath_s_own_functions_take_decimals(text: str, value: Any) -> None:
    assert call(text, a=Decimal("3.5"), b=Decimal("-1.5"), c=Decimal("1E+3")) == value
    assert (
        failure("length(a)", a=Decimal("3.5"))
        == "length() wants text or a list or a structure and got a number"
    )
