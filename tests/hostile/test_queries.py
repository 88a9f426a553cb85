"""Any text is found through our questions to a CRM, and only itself: no quote, wildcard or backslash in it is
more than a character."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from connector.crm import hubspot_search, odoo_read, salesforce_soql
from connector.crm.sql import Settings, SqlCrm
from connector.match import fold
from tests.hostile.shapes import TEXTS
from tests.servers.salesforce_objects import org_objects
from tests.servers.soql import parse
from tests.servers.soql_run import Runner

PIECES = [
    "'",
    "\\",
    "%",
    "_",
    '"',
    "\n",
    "\r",
    "\t",
    "\\'",
    "\\u0027",
    "' OR Name != '",
    "a",
    "A b",
    "Straße",
    "ﬁ",
    ")",
]
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=8).map("".join) | st.sampled_from(
    TEXTS
)
askable = texts.map(salesforce_soql.askable).filter(bool)


def near(text: str) -> list[str]:
    """``text``, and others that a careless question would find as well."""
    other = [
        f"{text}x",
        f"x{text}",
        text.replace("'", ""),
        text.replace("\\", ""),
        text.upper(),
        "%",
        "_",
        "a",
        "A%b",
    ]
    other += [text.replace("_", "x").replace("%", "xyz"), " ".join(text.split()), "nobody's"]
    return list(dict.fromkeys(each for each in [text, *other] if each.strip()))


def asked(names: list[str], where: str) -> list[str]:
    """The names that an org of ``names`` gives for a condition."""
    rows: list[dict[str, Any]] = [{"Id": f"001{n:015d}", "Name": name} for n, name in enumerate(names)]
    runner = Runner(_OBJECTS, lambda _: rows, lambda _: None)
    return [row["Name"] for row in runner.run(parse(salesforce_soql.select("Account", ["Name"], where)))[1]]


_OBJECTS = org_objects(
    custom_fields=True, person_accounts=False, multi_currency=False, country_picklists=False
)


@settings(max_examples=200)
@given(askable)
def test_soql_finds_a_text_and_only_itself(text: str) -> None:
    names = near(text)
    (where,) = salesforce_soql.one_of("Name", [text], 20_000)
    assert asked(names, where) == [name for name in names if name.lower() == text.lower()]


@settings(max_examples=200)
@given(askable)
def test_soql_finds_a_title_and_after_our_own_comparison_only_itself(text: str) -> None:
    names = near(text)
    found = asked(names, salesforce_soql.title_condition("Name", text))
    assert text in found
    assert {name for name in found if fold(name) == fold(text)} <= {n for n in names if fold(n) == fold(text)}


def ilike(pattern: str, text: str) -> bool:
    """PostgreSQL's."""
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    wild = {"%": ".*", "_": "."}
    regex = "".join(wild.get(part) or re.escape(part[-1]) for part in parts)
    return re.fullmatch(regex, text, re.DOTALL | re.IGNORECASE) is not None


@given(texts)
def test_odoo_is_asked_for_a_text_and_only_itself(text: str) -> None:
    for name in near(text):
        assert ilike(odoo_read._literal(text), name) == (
            re.fullmatch(re.escape(text), name, re.I) is not None
        )
    _, operator, value = odoo_read._may_be("name", text)
    assert text in value if operator == "in" else ilike(value, text)


@given(texts.filter(str.strip))
@example("a\u0301\u0323" * 300)
@example("a" + "\u0301\u0323" * 300)
def test_hubspot_is_asked_for_words_of_the_title(text: str) -> None:
    for condition in hubspot_search._condition("name", text):
        if condition["operator"] == "IN":
            assert text.lower() in condition["values"]
        else:
            marks = re.match(r".[\u0300-\u036f]*", text.lstrip())
            assert fold(condition["value"].rstrip("*")) in fold(text) or (marks and len(marks[0]) > 20)


def test_sql_finds_titles_and_only_those_equal(tmp_path: Path) -> None:
    titles: list[str] = []

    @settings(max_examples=150, suppress_health_check=list(HealthCheck))
    @given(texts.map(salesforce_soql.plain_text).filter(str.strip))
    def collect(text: str) -> None:
        titles.append(text)

    collect()
    with SqlCrm.open(Settings(url="sqlite:///crm.db"), tmp_path) as crm:
        connection = sqlite3.connect(tmp_path / "crm.db")
        rows = [(str(number + 1), title) for number, title in enumerate(titles)]
        connection.executemany("INSERT INTO opportunities (id, name, stage) VALUES (?, ?, 'x')", rows)
        connection.commit()
        connection.close()
        for title in dict.fromkeys(titles):
            found = crm.find_titles("opportunities", ["name"], [title], "aws_invitation_id", ["name"])
            same = [name for name in titles if fold(name) == fold(title)]
            assert sorted(str(record.fields["name"]) for record in found) == sorted(same)
