"""What others wrote stays text: on a terminal, in a log line, in JSON."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.cli.options import Options
from connector.cli.output import Output, to_json
from connector.cli.text import visible

ANYTHING = st.text(st.characters(codec=None), max_size=60)


@given(ANYTHING)
def test_nothing_that_is_printed_can_steer_a_terminal_or_forge_a_line(text: str) -> None:
    shown = visible(text)
    assert shown.isprintable() or not any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in shown)
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")
    shown.encode("utf-8")


@pytest.mark.parametrize("text", ["plain", "日本語 ﷺ नमस्ते 👩‍🚀", "[red]markup[/red] <b> %s {x}"])
def test_what_is_harmless_stays_as_it_is(text: str) -> None:
    assert visible(text) == text


def test_what_was_there_can_still_be_told() -> None:
    assert visible("a\nb\x1b[31m\x9b\u202e") == r"a\nb\x1b[31m\x9b\u202e"


@given(
    st.recursive(
        ANYTHING | st.integers() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(ANYTHING, inner)
    )
)
def test_json_is_valid_utf8_without_controls(value: object) -> None:
    text = to_json(value)
    text.encode("utf-8")
    assert not any(unicodedata.category(c) == "Cc" and c != "\n" for c in text)
    json.loads(text)


def test_json_shows_what_it_hides_as_other_answers_do() -> None:
    steering = "\x1b\x7f\x9b\u061c\u200e\u200f\u2028\u202e\u2066\ufeff\U000e0041"
    text = to_json([steering, {steering: "日本 👩‍🚀"}])
    assert not set(text) & set(steering)
    assert "日本 👩‍🚀" in text
    assert json.loads(text) == [steering, {steering: "日本 👩‍🚀"}]


def test_a_table_elsewhere_than_on_a_terminal_is_aligned_lines(capsys: pytest.CaptureFixture[str]) -> None:
    out = Output(Options())
    out.table(("name", "title"), [("日本", "[bold]a\nb[/bold]"), ("x", None)])
    assert capsys.readouterr().out.splitlines() == ["NAME  TITLE", r"日本  [bold]a\nb[/bold]", "x"]


def test_markup_is_not_interpreted_on_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    out = Output(Options())
    out.table(("title",), [("[red]x[/red] :smile: \x1b]0;owned\x07",)])
    out.line("[blink]y", "red")
    printed = capsys.readouterr().out
    assert r"[red]x[/red] :smile: \x1b]0;owned\x07" in printed
    assert "[blink]y" in printed
    assert "\x1b[31m" in printed


@pytest.mark.parametrize("columns", [100, 60, 40, 12])
def test_no_table_tears_an_id_apart(
    columns: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", str(columns))
    row = ("engi-0123456789abc", "2026-01-31T12:00:00Z", "", "a reason that is longer than a line of most")
    Output(Options()).table(("invitation", "when", "empty", "reason"), [row, row])
    lines = capsys.readouterr().out.splitlines()
    shown = [line.replace("\x1b[1m", "").replace("\x1b[0m", "") for line in lines]
    assert "".join(shown).count("engi-0123456789abc") == 2
    if columns >= 60:  # or each cell has a line of its own, which the terminal wraps
        assert max(len(line.rstrip()) for line in shown) <= columns
    assert " ".join("".join(shown).split()).count("a reason") == 2


def test_no_color_is_respected(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    Output(Options()).line("y", "red")
    assert "\x1b[31m" not in capsys.readouterr().out
