"""``aws_output`` against the AWS CLI's own formatters, and libyaml for YAML, byte for byte."""

from __future__ import annotations

import atexit
import functools
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # comes with awscli
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.resolver import implicit_resolvers

from connector.cli.aws_output import query, render, render_pages
from connector.errors import UsageError
from tests.servers.invitations import make_invitations

OPERATION = "GetEngagementInvitation"
RECORDED = Path(__file__).parents[3] / "shared" / "reference" / "partner-central"

AWKWARD = " ab0\n\t:#'\"-,\\é日🚀\x1b\x7f\x85\u2028\ufeff|{}[]&*!%@`"
LOOKS_LIKE = (
    "",
    "NO",
    "yes",
    "null",
    "true",
    "2025-01-24T20:48:55.457306587Z",
    "0x1f",
    "1:20",
    "~",
    "=",
    "1e3",
    "- a",
)
characters = st.one_of(st.sampled_from(AWKWARD), st.characters(exclude_categories=["Cs"]))
texts = st.one_of(
    st.sampled_from(LOOKS_LIKE),
    st.text(characters, max_size=30),
    st.text(characters, min_size=70, max_size=200),
)
names = st.one_of(st.sampled_from(["Id", "Status", "Customer"]), st.text("abXY1 -:#'é日", max_size=6))
# (PyYAML writes exponents as YAML 1.1 wants them, ruamel.yaml as 1.2: no such floats.)
floats = st.integers(-(10**6), 10**6).map(lambda number: number / 8)
scalars = st.one_of(texts, st.none(), st.booleans(), st.integers(), floats)
rows = st.lists(st.dictionaries(names, scalars, max_size=4), max_size=4)
nested = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
    max_leaves=20,
)
answers = st.dictionaries(names, st.one_of(scalars, rows, nested), max_size=5)


class AwsCliFailed(Exception):
    """The AWS CLI ended in an exception."""


@functools.cache
def formatter() -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.cli.aws_formatter"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    atexit.register(end, process)
    return process


def end(process: subprocess.Popen[str]) -> None:
    process.communicate()


def aws_cli(answer: Any, output: str, expression: str | None = None) -> str:
    """What the AWS CLI prints."""
    process = formatter()
    assert process.stdin is not None and process.stdout is not None
    asked = {"answer": answer, "output": output, "expression": expression}
    process.stdin.write(json.dumps(asked) + "\n")
    process.stdin.flush()
    printed = json.loads(process.stdout.readline())
    if isinstance(printed, dict):
        raise AwsCliFailed(printed["error"])
    return str(printed)


def libyaml(answer: Any) -> str:
    """PyYAML's libyaml emitter with YAML 1.2's rules: what AWS CLI 2 has in ruamel.yaml.clib."""
    resolvers: dict[Any, list[Any]] = {}
    for versions, tag, pattern, firsts in implicit_resolvers:
        if (1, 2) in versions:
            for first in firsts or (None,):
                resolvers.setdefault(first, []).append((tag, pattern))
    dumper = type("Dumper", (yaml.CSafeDumper,), {"yaml_implicit_resolvers": resolvers})
    return str(yaml.dump(answer, Dumper=dumper, default_flow_style=False, allow_unicode=True))


@pytest.mark.parametrize("output", ["json", "text", "table"])
@settings(deadline=None, max_examples=150)
@given(answer=st.one_of(answers, rows, nested))
def test_prints_any_answer_as_the_aws_cli(output: Any, answer: Any) -> None:
    try:
        expected = aws_cli({"it": answer}, output, "it")
    except AwsCliFailed:
        with pytest.raises(UsageError, match=f"--output {output} cannot show"):
            render(answer, output, OPERATION)
    else:
        assert render(answer, output, OPERATION) == expected


@settings(deadline=None, max_examples=150)
@given(answer=st.one_of(answers.filter(bool), rows, st.lists(nested, max_size=4)))
def test_yaml_is_what_libyaml_writes(answer: Any) -> None:
    assert render(answer, "yaml", OPERATION) == libyaml(answer)


@pytest.mark.parametrize("output", ["json", "yaml", "text", "table"])
def test_invitations_of_every_kind(output: Any) -> None:
    for invitation in make_invitations(60, seed=3):
        expected = libyaml(invitation) if output == "yaml" else aws_cli(invitation, output)
        assert render(invitation, output, OPERATION) == expected


@pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded answers are not at hand")
@pytest.mark.parametrize("output", ["json", "yaml", "text", "table"])
def test_recorded_answers(output: Any) -> None:
    for path in sorted(RECORDED.glob("[gl]*.json")):
        answer = json.loads(path.read_bytes())
        expected = libyaml(answer) if output == "yaml" else aws_cli(answer, output)
        assert render(answer, output, OPERATION) == expected


@pytest.mark.parametrize(
    "expression",
    [
        "Payload.OpportunityInvitation.Project.Title",
        "{Company: Payload.*.Customer.CompanyName, Spend: Payload.*.Project.ExpectedCustomerSpend[]}",
        "[Id, Status, Nothing]",
        "Nothing",
        "length(keys(@))",
        "Payload.OpportunityInvitation.SenderContacts[].[Email, FirstName]",
        "Status == 'PENDING'",
    ],
)
@pytest.mark.parametrize("output", ["json", "text", "table"])
def test_query_then_output(output: Any, expression: str) -> None:
    for invitation in make_invitations(20, seed=4):
        expected = aws_cli(invitation, output, expression)
        assert render(query(invitation, expression), output, OPERATION) == expected


@pytest.mark.parametrize(
    ("output", "nothing"), [("json", "null\n"), ("yaml", "null\n"), ("text", "None\n"), ("table", "")]
)
def test_a_query_that_finds_nothing(output: Any, nothing: str) -> None:
    assert render(query({"Id": "engi-1"}, "Missing"), output, OPERATION) == nothing


@pytest.mark.parametrize("output", ["json", "yaml", "text", "table"])
def test_an_empty_answer_prints_nothing(output: Any) -> None:
    assert render({}, output, OPERATION) == ""


@pytest.mark.parametrize("expression", ["Payload.", "sort_by(Id, &x)", "[", "nosuch(@)"])
def test_a_bad_query_is_the_users_to_mend(expression: str) -> None:
    with pytest.raises(UsageError) as caught:
        query({"Id": "engi-1"}, expression)
    assert expression in caught.value.message


HOSTILE = {
    "Title": "\x1b[31mred\x1b]0;owned\x07 \x9b2J\nAccepted\tby\r\u202eevil\u2066\u200f\ufeff\x7f\x00",
    "Rows": [{"Name": "\x1b[2J"}, {"Name": "ok"}],
}


@pytest.mark.parametrize("output", ["json", "yaml", "text", "table"])
def test_on_a_terminal_nothing_in_an_answer_acts(output: Any) -> None:
    printed = render(HOSTILE, output, OPERATION, escape=True)
    allowed = "\n\t" if output == "text" else "\n"
    assert all(character.isprintable() or character in allowed for character in printed)
    assert "[31mred" in printed


def test_on_a_terminal_a_newline_makes_no_row() -> None:
    calm = {"Title": "x", "Rows": [{"Name": "y"}, {"Name": "ok"}]}
    for output in ("text", "table"):
        lines = render(HOSTILE, output, OPERATION, escape=True).count("\n")
        assert lines == render(calm, output, OPERATION).count("\n")


@settings(deadline=None, max_examples=100)
@given(answer=answers.filter(bool))
def test_escapes_in_json_and_yaml_lose_nothing(answer: Any) -> None:
    assert json.loads(render(answer, "json", OPERATION, escape=True)) == answer
    assert YAML(typ="safe", pure=True).load(render(answer, "yaml", OPERATION, escape=True)) == answer


def test_plain_text_is_the_same_on_a_terminal() -> None:
    answer = {"Title": "Größe データ 🚀", "Rows": [{"Name": "é"}]}
    for output in ("json", "yaml", "text", "table"):
        shown = render(answer, output, OPERATION, escape=True)
        assert shown == render(answer, output, OPERATION)


@pytest.mark.parametrize("output", ["json", "yaml", "text", "table"])
def test_lone_surrogates_can_be_written(output: Any) -> None:
    printed = render({"Title": "half \ud83d of one", "Id": "engi-1"}, output, OPERATION)
    assert ("\\ud83d" if output == "json" else "\ufffd") in printed
    printed.encode()


def test_a_wide_table_turns_upright_at_the_width_of_the_terminal() -> None:
    answer = {"Id": "engi-1", "Status": "PENDING", "Title": "x" * 70}
    upright, across = render(answer, "table", OPERATION), render(answer, "table", OPERATION, width=200)
    assert upright == aws_cli(answer, "table")
    assert [line.split("|")[1].strip() for line in upright.splitlines()[3:6]] == ["Id", "Status", "Title"]
    assert across.splitlines()[3].replace("|", " ").split() == ["Id", "Status", "Title"]


def test_text_of_several_pages_goes_page_by_page() -> None:
    first = {"Summaries": [{"Id": "a", "Date": "2025"}, {"Id": "b", "Date": "2025"}]}
    last = {"Summaries": [{"Id": "c"}]}
    assert render_pages([first, last], None) == (
        "SUMMARIES\t2025\ta\nSUMMARIES\t2025\tb\nSUMMARIES\tc\n"  # columns are a page's own
    )
    assert render_pages([first, last], None, "length(Summaries)") == "2\n1\n"
    assert render_pages([last], "token") == "SUMMARIES\tc\nNEXTTOKEN\ttoken\n"
