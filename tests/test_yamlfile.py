"""YAML files: exact values, exact places, and plain words for whatever is wrong."""

from __future__ import annotations

import time
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from connector import yamlfile
from connector.errors import ConfigurationError, Finding


def refused(text: str) -> list[Finding]:
    with pytest.raises(ConfigurationError) as caught:
        yamlfile.parse(text, "m.yaml")
    assert caught.value.findings
    return list(caught.value.findings)


def places(text: str) -> list[str]:
    return [str(finding) for finding in refused(text)]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("NO", "NO"),
        ("yes", "yes"),
        ("on", "on"),
        ("true", True),
        ("~", None),
        ("", None),
        ("12", 12),
        ("012", 12),
        ("0x1F", 31),
        ("0o17", 15),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        ("2025-01-31", "2025-01-31"),
        ("2025-01-31T10:00:00Z", "2025-01-31T10:00:00Z"),
        ("1.10", Decimal("1.10")),
        ("1e3", Decimal("1e3")),
        ("'5'", "5"),
        ("!!str 5", "5"),
        ("=", "="),
        ("x\u2028y", "x\u2028y"),
    ],
)
def test_plain_values_follow_the_core_schema(written: str, value: object) -> None:
    parsed = yamlfile.parse(f"a: {written}\n", "m.yaml").value["a"]
    assert parsed == value
    assert type(parsed) is type(value)
    assert str(parsed) == str(value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a:\n\tb: 1", "m.yaml:2:1: a tab: YAML indents with spaces only (replace the tab by spaces)"),
        ("a: 1\nb: 2\na: 3", "m.yaml:3:1: the key 'a' is here twice (first in line 1)"),
        ("a: @x", "m.yaml:1:4: text cannot begin with @ (put the text in quotes)"),
        ("a: [1,\nb: 2", "m.yaml:1:4: a [ is not closed with ]"),
        ("a: 'x\nb: y", "m.yaml:1:4: a quote is opened and never closed (close it)"),
        ("a: b: c", "m.yaml:1:5: a ': ' where none can be"),
        ("a: ! 5", "m.yaml:1:4: the tag ! is not allowed (delete it; quotes make text"),
        ("a: !secret x", "m.yaml:1:4: the tag !secret is not allowed"),
        ("a: !!timestamp 2025-01-31", "m.yaml:1:4: the tag !!timestamp is not allowed"),
        ("a: !!set {b, c}", "m.yaml:1:4: the tag !!set is not allowed"),
        ("a: 1\n---\nb: 2", "m.yaml:2:1: a second document starts here"),
        ("%YAML 1.1\n---\na: NO", "m.yaml:2:1: only '%YAML 1.2' may stand before the document"),
        ("1: a", 'm.yaml:1:1: the key 1 is not text (put it in quotes: "1")'),
        ("null: a", "m.yaml:1:1: a key is empty or null"),
        ("{a: b}: c", "m.yaml:1:1: a key must be text, not a list or a mapping"),
        ("<<: {a: 1}", "m.yaml:1:1: '<<' merges are not part of YAML 1.2"),
        ("a: *b", "m.yaml:1:4: there is no anchor &b before this"),
        ("a: &b [*b]", "m.yaml:1:8: there is no anchor &b before this"),
        ("a: .inf", "m.yaml:1:4: .inf is not a number that can be used here"),
        ("a: -.nan", None),
        ("a: 1e999999", "m.yaml:1:4: the number 1e999999 is too large or too small"),
        ("a: b\x00c", "m.yaml:1:5: a control character (U+0000)"),
        ("a: b\x1b[31m", "m.yaml:1:5: a control character (U+001B)"),
        ('a: "\\x1b[31m"', "m.yaml:1:4: the text holds a control character (U+001B)"),
        ('a: "\\U00110000"', "m.yaml:1:5: there is no character of this number"),
        ('b: "\\U0010FFFD"\na: "\\UFFFFFFFF"', "m.yaml:2:5: there is no character of this number"),
        ("%YAML 1.3\n---\na: 1", "m.yaml:1:1: this is not YAML 1.2"),
        (f"%YAML 1.{'9' * 5_000}\n---\na: 1", "m.yaml:1:1: this is not YAML 1.2"),
        (b"a: \\ud800".decode("unicode_escape"), "m.yaml:1:4: a control character (U+D800)"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, expected: str | None) -> None:
    if expected is None:
        assert yamlfile.parse(text, "m.yaml").value == {"a": "-.nan"}
    else:
        assert places(text)[0].startswith(expected)


def test_every_duplicate_and_foreign_key_is_named_at_once() -> None:
    assert len(refused("a: 1\na: 2\n5: x\nb: {c: 1, c: 2}\n")) == 3


def bomb(levels: int) -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for level in range(1, levels):
        lines.append(f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]")
    return "\n".join(lines)


@pytest.mark.parametrize(
    "text",
    [
        bomb(9),
        "[" * 100_000,
        "{a: " * 100_000,
        "- " * 100_000,
        "a: 1\n" * 100_000,
        "".join(f"k{n}: v\n" for n in range(80_000)),
        "a0: &a0 x\n" + "".join(f"a{n + 1}: &a{n + 1} {'[' * 40}*a{n}{']' * 40}\n" for n in range(50)),
        f"a: &a {'x' * 100_000}\nb: [{', '.join(['*a'] * 9000)}]",
        "a: " + "x" * 1_000_001,
    ],
    ids=[
        "aliases",
        "brackets",
        "braces",
        "dashes",
        "duplicates",
        "keys",
        "deep aliases",
        "long alias",
        "size",
    ],
)
def test_bombs_are_refused_quickly(text: str) -> None:
    started = time.process_time()
    assert len(refused(text)) <= 100
    assert time.process_time() - started < 20


def test_a_few_aliases_are_fine() -> None:
    document = yamlfile.parse("a: &a {x: 1}\nb: *a\n", "m.yaml")
    assert document.value == {"a": {"x": 1}, "b": {"x": 1}}
    assert str(document.position(("b",))) == "m.yaml:2:4"


def test_an_empty_file_is_null() -> None:
    assert yamlfile.parse("# nothing yet\n", "m.yaml").value is None


def test_positions_of_keys_and_values() -> None:
    document = yamlfile.parse("a:\r\n  - b: 1\r\n    c:\r\n", "m.yaml")
    assert str(document.position(("a", 0, "b"))) == "m.yaml:2:8"
    assert str(document.position(("a", 0, "b"), key=True)) == "m.yaml:2:5"
    assert str(document.position(("a", 0, "c"))) == "m.yaml:3:5"  # empty: its key's place
    assert str(document.position(("a", 0, "missing", "deeper"))) == "m.yaml:2:5"


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("a: one TWO", 1, 8),
        ("a: 'one TWO'", 1, 9),
        ('a: "one TWO"', 1, 9),
        ("a: 'it''s TWO'", 1, 11),
        ('a: "\\u0041\\n TWO"', 1, 14),
        ('a: "\\"\\tTWO"', 1, 9),
        ("a: one\n  TWO", 2, 3),
        ("a: >-\n  one\n\n  TWO", 4, 3),
        ("a: |\n  one\n    TWO", 3, 5),
        ("a: >2 # here\n  one\n  TWO", 3, 3),
        ("{a: [one TWO]}", 1, 10),
        ("a: &b one TWO", 1, 11),
        ("a: !!str &b 'one TWO'", 1, 18),
        ('a: &b "one \\u0041 TWO"', 1, 19),
        ("a: &b # here\n  one TWO", 2, 7),
        ("a: &b |\n  one\n  TWO", 3, 3),
        ("{a: [&b one TWO, *b]}", 1, 13),
    ],
)
def test_a_place_inside_a_text(text: str, line: int, column: int) -> None:
    document = yamlfile.parse(text, "m.yaml")
    value = document.value["a"]
    path = ("a", 0) if isinstance(value, list) else ("a",)
    value = value[0] if isinstance(value, list) else value
    position = document.locate(path, value.index("TWO"))
    assert (position.line, position.column) == (line, column)


WORDS = st.text("abc 'é😀\n\t\"\\#:{}[],&*!|>%@`-", max_size=20)


@settings(deadline=None)
@given(WORDS)
@example("")
def test_a_double_quoted_text_comes_back_and_is_located(text: str) -> None:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    source = f'a: "{escaped}"'
    document = yamlfile.parse(source, "m.yaml")
    assert document.value == {"a": text}
    for offset, character in enumerate(text):
        if not character.isspace():
            column = document.locate(("a",), offset).column
            assert source[column - 1 :].lstrip("\\").startswith(character.lstrip("\\"))


@settings(deadline=None)
@given(st.text(max_size=200))
@example("a: \t- b\n")
@example("? \n? x")
@example("--- |\n%")
@example("&a &a")
@example("a: !<tag:yaml.org,2002:str> b")
@example("\x85\u2028: \ufeff")
def test_any_text_is_parsed_or_refused_in_our_words(text: str) -> None:
    try:
        yamlfile.parse(text, "m.yaml")
    except ConfigurationError as error:
        for finding in error.findings:
            assert finding.position is not None
            assert finding.position.line >= 1
            assert finding.position.column >= 1
            assert "while" not in finding.message
            assert "<" not in finding.message.replace("'<<'", "").replace("cannot begin with <", "")[:20]


YAMLISH = st.lists(
    st.sampled_from(
        ["a", ": ", "- ", "\n", "  ", "\t", "[", "]", "{", "}", ",", "'", '"', "|", ">", "&x ", "*x"]
    )
    | st.sampled_from(
        ["!t ", "!!int ", "# c", "1", "null", "<<", "---\n", "...\n", "%YAML 1.2\n", "\\", "?", "é"]
    ),
    max_size=30,
).map("".join)


@settings(deadline=None)
@given(YAMLISH)
def test_nearly_yaml_is_parsed_or_refused_in_our_words(text: str) -> None:
    test_any_text_is_parsed_or_refused_in_our_words.hypothesis.inner_test(text)  # type: ignore[attr-defined]


def test_files_in_other_encodings(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_bytes("\ufeffname: Zoë\n".encode())
    assert yamlfile.read(path).value == {"name": "Zoë"}
    path.write_bytes("name: Zoë\n".encode("latin-1"))
    with pytest.raises(ConfigurationError) as caught:
        yamlfile.read(path)
    assert str(caught.value.findings[0]) == f"{path}:1:9: a byte that is not UTF-8 (save the file as UTF-8)"
    path.write_bytes("name: Zoë\n".encode("utf-16"))
    with pytest.raises(ConfigurationError) as caught:
        yamlfile.read(path)
    assert caught.value.findings[0].message == "the file is UTF-16"


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="there is no such file"):
        yamlfile.read(tmp_path / "none.yaml")
    with pytest.raises(ConfigurationError, match="cannot be read: Is a directory"):
        yamlfile.read(tmp_path)
    (tmp_path / "large.yaml").write_bytes(b"a: 1\n" * 900_000)
    with pytest.raises(ConfigurationError) as caught:
        yamlfile.read(tmp_path / "large.yaml")
    assert caught.value.findings[0].message == "the file is larger than 1 MB"
