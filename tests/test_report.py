"""A report can be sent to anybody: right, readable, self-contained, and harmless whatever is in it."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector import report as reports
from connector.facts import Facts, Spend
from connector.ledger_rows import Run
from connector.mapping.money import Rates
from connector.report_csv import COLUMNS, harmless, to_csv
from connector.report_html import to_html

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
HOSTILE = "=cmd|' /C calc'!A0 </style><script>alert(1)</script><img src=https://evil.example/x>\x1b[2J"


def facts(id: str = "engi-1", status: str = "PENDING", **known: Any) -> Facts:
    base = {"invitation_date": NOW - timedelta(days=3), "expiration_date": NOW + timedelta(days=2)}
    spend = {"USD": Spend(Decimal("1000.50"), Decimal("5000"))}
    return Facts(id, status, **base | {"target_date": NOW.date(), "spend": spend, "country": "NO"} | known)


def report(*known: Facts, **given: Any) -> reports.Report:
    run = Run(7, "sync", NOW, NOW + timedelta(seconds=2), "done", {"created": 1}, {}, {}, HOSTILE)
    troubled = [{"invitation_id": "engi-1", "outcome": "failed", "reason": HOSTILE}]
    settings = {"rates": Rates(), "now": NOW, "known": len(known)} | given
    return reports.make(known, [run], troubled, [], **settings)


class Page(HTMLParser):
    """The elements of a page, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def html() -> str:
    accepted = facts("engi-2", "ACCEPTED", first_seen={"PENDING": NOW - timedelta(days=2), "ACCEPTED": NOW})
    return to_html(report(facts(industry=HOSTILE), accepted, facts("engi-3", HOSTILE, spend={})))


def test_the_page_loads_nothing_and_runs_nothing(html: str) -> None:
    page = Page(html)
    names = {name for name, _ in page.elements}
    assert not names & {"script", "img", "link", "iframe", "object", "base", "form", "a", "image", "use"}
    for _, attributes in page.elements:
        assert not {"src", "href", "style", "xlink:href"} & set(attributes)
        assert not any(name.startswith("on") for name in attributes)
    assert "url(" not in html and "@import" not in html
    (policy,) = (m["content"] for m in page.all("meta") if m.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None and policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


def test_hostile_text_is_text(html: str) -> None:
    page = Page(html)
    assert "</style><script>alert(1)</script>" in page.text
    assert "<script" not in html and html.count("</style>") == 1
    assert "\x1b" not in html and "\\x1b[2J" in html


def test_every_chart_has_a_title_a_description_and_a_table(html: str) -> None:
    page = Page(html)
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    charts = [svg for svg in page.all("svg") if svg.get("aria-hidden") != "true"]
    assert len(charts) == 5
    for chart in charts:
        assert chart["role"] == "img"
        assert set(str(chart["aria-labelledby"]).split()) <= set(ids)
    assert len(page.all("caption")) >= len(charts)
    outside = re.sub(r"<svg.*?</svg>", "", html, flags=re.DOTALL)
    assert re.search(r'<ul class="legend"><li>PENDING</li>', outside)
    assert page.all("html") == [{"lang": "en"}]
    assert len(page.all("main")) == len(page.all("h1")) == 1
    assert all(cell.get("scope") in ("col", "row") for cell in page.all("th"))


def contrast(one: str, other: str) -> float:
    """WCAG 2.2: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio"""

    def luminance(colour: str) -> float:
        parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_colours_stand_out_light_dark_and_on_paper(html: str) -> None:
    themes = [
        dict(re.findall(r"--(\w+): (#\w{6})", block)) for block in re.findall(r":root {.*?}", html, re.S)
    ]
    assert len(themes) == 3
    for theme in themes:
        for name, colour in theme.items():
            least = {"ink": 4.5, "faint": 4.5}.get(name, 3.0)
            if name not in ("paper", "line"):
                assert contrast(colour, theme["paper"]) >= least, name


def test_an_empty_ledger_has_a_report_too() -> None:
    empty = reports.make([], [], [], [], rates=Rates(), now=NOW, known=3)
    text = Page(to_html(empty)).text
    assert "Of 3 invitations, 3 are not counted" in text
    assert "There was no run." in text and "None." in text
    assert reports.to_json(empty)["days_to_acceptance"] == {"median": None, "days": [], "unknown": 0}
    assert to_csv(empty).startswith(",".join(COLUMNS))


@pytest.mark.parametrize(
    "first",
    ["=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠", "﹢", "\n", "\0=", " =", "\ufeff=", "\u3000＝"],
)
def test_a_text_that_could_be_a_formula_is_made_harmless(first: str) -> None:
    assert harmless(f"{first}1+1") == f"'{first}1+1".replace("\0", "")
    assert harmless(f"Acme;{first}1+1") == f"Acme;'{first}1+1".replace("\0", "")


@given(st.one_of(st.integers(), st.decimals(allow_nan=False), st.floats(allow_nan=False), st.none()))
def test_numbers_stay_numbers(number: Any) -> None:
    assert harmless(number) is number


@given(st.text())
def test_no_text_is_lost(text: str) -> None:
    kept = text.replace("\0", "")
    parts = zip(str(harmless(text)).split(";"), kept.split(";"), strict=True)
    assert all(part in (own, f"'{own}") for part, own in parts)


def test_the_csv_has_a_row_for_each_number() -> None:
    text = to_csv(report(facts(industry="=1+1", country="-2"), facts("=HYPERLINK(1)", expiration_date=NOW)))
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert tuple(rows[0]) == COLUMNS
    assert {len(row) for row in rows} == {6}
    assert ["industry", "'=1+1", "monthly", "1000.50", "USD", ""] in rows
    assert ["country", "'-2", "invitations", "1", "", ""] in rows
    assert ["expiring", "'=HYPERLINK(1)", "2026-03-04 12:00 UTC", "0.0", "days", ""] in rows
    assert ["run", "7", "sync, done", "2.0", "seconds", f"'{HOSTILE}"] in rows
    for row in rows[1:]:
        float(row[3])
        assert not any(cell[:1] in "=+@\t\r" for cell in row if cell)


def test_money_is_exact_in_every_form() -> None:
    most = Decimal("1234567890123456789012345678901.23")
    made = report(facts(spend={"USD": Spend(most, most)}))
    assert reports.to_json(made)["spend_by_month"][0]["monthly"] == str(most)
    assert str(most) in to_csv(made)
    assert f"{most:,.2f}" in Page(to_html(made)).text


@pytest.mark.parametrize("count", [1, 5, 7, 100])
def test_an_axis_has_round_numbers(count: int) -> None:
    html = to_html(report(*(facts(f"engi-{n}") for n in range(count))))
    (chart,) = re.findall(r"<svg[^>]*by-week.*?</svg>", html, re.DOTALL)
    middle, top = (int(text) for text in re.findall(r'"end">(\d+)<', chart)[1:])
    assert top == 2 * middle >= count


def test_the_weeks_are_those_since_then_as_far_as_a_chart_can_show() -> None:
    assert len(report(since=NOW - timedelta(days=3)).weeks) == 2  # from a Sunday to a Wednesday
    assert len(report(since=NOW - timedelta(days=2)).weeks) == 1
    assert len(report(since=NOW + timedelta(days=400)).weeks) == 1
    assert len(report(since=datetime(1, 1, 1, tzinfo=UTC)).weeks) == 104
