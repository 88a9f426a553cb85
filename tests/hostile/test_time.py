"""Where the text of others meets a pattern or a comparison of ours, twice the text takes twice the time.

Each is tried with texts on which a careless pattern takes the square of their length, or worse.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

import pytest

from connector import completion, redaction
from connector.cli.text import visible
from connector.crm import hubspot_errors, odoo_values, salesforce_bulk, salesforce_errors
from connector.crm.title_patterns import pattern, spellings
from connector.mapping import dates, likeness, money, names, proposal_yaml
from connector.mapping.nearest import did_you_mean
from connector.mapping.suggest import suggest
from connector.mapping.syntax import Problem, parse
from connector.mapping.template import split
from connector.match import fold
from connector.resemblance import similarity

LENGTH = 60_000
SECONDS = 10.0

# What is repeated, between a beginning and an end.
EVIL = [
    ("", "a", ""), ("", "a", "!"), ("", " ", "x!"), ("", "a.", " "), ("", "\"", " "), ("", "\"a", ""),
    ("", "[]", " "), ("", "[?", ""), ("{", "a: , ", "}"), ("{a:  ", "a:  ", "}"), ("A::", " ", "x!"),
    ("A:", ": -- ", "x!"), ("", "a://", ""), ("a://b", ":", ""), ("", "://b:c", ""), ("", "?password=", ""),
    ("", "a+", ""), ("", "-", ""), ("https://", "www.", "!"), ("", "a-", "."), ("", "é", ".com"),
    ("", "é.", "com"), ("", "0", "x"), ("", "1.", ""), ("", "\u0301\u0323", ""), ("a", "\u0345\u0301", ""),
    ("", "\ufdfa", ""), ("", "\t\n ", "x"), ("", "%_\\", "x"), ("", "{{", ""), ("", "{{ a }}", ""),
    ("{{", "'", ""), ("", "`", ""), ("", "'\\", ""), ("", "((", ""), ("", "!", ""), ("", "&", ""),
    ("", "a | ", ""), ("", "role ", ""), ("", "database \"", ""), ("", "[{", ""), ("[", " ", ""),
    ("", "<b>", ""), ("", "\x1b[", ""), ("", "@", ""), ("", "\\", ""),
]  # fmt: skip


def _tried(function: Callable[[str], object]) -> Callable[[str], object]:
    def tried(text: str) -> None:
        with contextlib.suppress(Problem, money.ExpressionError):
            function(text)

    return tried


MEETINGS: dict[str, Callable[[str], object]] = {
    "redact": redaction.mask,
    "visible": visible,
    "fold": fold,
    "pattern": pattern,
    "spellings": spellings,
    "resemblance": lambda text: similarity(text, text[::-1] + "x"),
    "suggest": lambda text: suggest(text, []),
    "complete a value": lambda text: completion.complete(f"a: {text}", len(text) + 3, completion.Known({})),
    "complete a key": lambda text: completion.complete(f"{text}\n  a", len(text) + 4, completion.Known({})),
    "domain": _tried(names.domain),
    "last_name": _tried(names.last_name),
    "country_name": _tried(lambda text: names.country_name(text, "en")),
    "add_days": _tried(lambda text: dates.add_days(text, 1)),
    "to_number": money.number,
    "expression": _tried(parse),
    "template": _tried(split),
    "nearest": lambda text: did_you_mean(text, ["Payload", "Status"] * 20),
    "words": lambda text: likeness._CAPITAL.sub(" ", text),
    "proposal": lambda text: [proposal_yaml._PLAIN.fullmatch(text), proposal_yaml._LISTS.fullmatch(text)],
    "bulk error": salesforce_bulk.parse_error,
    "Salesforce error": lambda text: salesforce_errors.record_error({"statusCode": "X", "message": text}, {}),
    "HubSpot error": lambda text: hubspot_errors._EMBEDDED.search(text[: hubspot_errors._LONGEST]),
    "Odoo HTML": lambda text: odoo_values.read(text, None, markup=True),
}


@pytest.mark.parametrize("meeting", MEETINGS)
def test_twice_the_text_takes_twice_the_time(meeting: str) -> None:
    started = time.process_time()
    for begin, repeated, end in EVIL:
        text = begin + repeated * (LENGTH // len(repeated)) + end
        before = time.process_time()
        MEETINGS[meeting](text)
        assert time.process_time() - before < SECONDS, (meeting, begin, repeated, end)
    assert time.process_time() - started < 4 * SECONDS
