"""``query`` and ``help``."""

from __future__ import annotations

import io
import json

import click
import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from connector.cli import query
from connector.cli.completing import ExpressionCompleter
from tests.cli.conftest import ROOT, Cli, Home, accepted

SAMPLE = str(ROOT / "mappings" / "samples" / "several-currencies.json")


def test_an_expression_is_answered_in_json(cli: Cli, home: Home) -> None:
    home.put(accepted("engi-1", "A\x1b[2J"))
    assert cli("query", "Payload.OpportunityInvitation.Project.Title", "--id", "engi-1").json == "A\x1b[2J"
    answer = cli("query", "deal.{title: Project.Title, company: Customer.CompanyName}", "--id", "engi-1")
    assert "\x1b" not in answer.out
    assert answer.json["company"] == "Acme"
    assert home.files() == ["config.yaml", "inbox"]


def test_functions_use_the_rates_of_the_config(cli: Cli, home: Home) -> None:
    home.configure(currency={"base": "USD", "rates": {"EUR": "2"}})
    spend = [{"Amount": "10", "CurrencyCode": "EUR", "Frequency": "Monthly"}]
    home.put(accepted(ExpectedCustomerSpend=spend))
    assert float(cli("query", "annual_spend(spend)", "--id", "engi-1").json) == 240


def test_a_file_needs_no_config(cli: Cli, home: Home) -> None:
    (home.folder / "config.yaml").unlink()
    assert cli("query", "Status", "--file", SAMPLE).json == "ACCEPTED"
    assert cli("query", "Status", "--id", "engi-1").code == 2


def test_a_name_that_is_nowhere_is_said_with_what_was_meant(cli: Cli, home: Home) -> None:
    answer = cli("query", "Payload.OportunityInvitation", "--file", SAMPLE)
    assert answer.json is None
    assert "did you mean OpportunityInvitation?" in answer.err
    assert "did you mean customer?" in cli("query", "custmer.CompanyName", "--file", SAMPLE).err
    assert "did you mean SenderContacts?" in cli("query", "deal.SenderContact", "--file", SAMPLE).err
    assert "names stand under its let" in cli("query", "zzz", "--file", SAMPLE).err


def test_a_file_that_is_not_there_is_named_as_it_was_meant(cli: Cli, home: Home) -> None:
    error = cli("query", "Id", "--file", "nowhere.json").err
    assert str(home.folder / "nowhere.json") in error
    assert "--file and --on from the current" in error


def test_what_is_no_expression_ends_with_2_and_what_fails_with_3(cli: Cli, home: Home) -> None:
    answer = cli("query", "Payload[", "--file", SAMPLE)
    assert (answer.code, answer.out) == (2, "")
    assert "character" in answer.err
    assert cli("query", "annual_spend(`1`)", "--file", SAMPLE).code == 3


def test_what_grows_without_end_as_it_is_written_out_fails(cli: Cli, home: Home) -> None:
    answer = cli("query", "@" + " | [@, @]" * 60, "--file", SAMPLE)
    assert (answer.code, answer.out) == (3, "")
    assert "more than 1,000,000 steps" in answer.err


def test_lines_of_a_pipe_are_answered_and_a_bad_one_stops_nothing(
    cli: Cli, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("Status\n\nPayload[\nlower(Status)\n"))
    answer = cli("query", "--file", SAMPLE)
    assert answer.code == 2
    assert answer.out.split() == ['"ACCEPTED"', '"accepted"']
    assert "a [ is not closed" in answer.err


def test_standard_input_cannot_be_both(cli: Cli, home: Home) -> None:
    assert cli("query", "--file", "-").code == 2


def test_of_several_invitations_each_is_answered_for(cli: Cli, home: Home) -> None:
    home.put(accepted("engi-1"), accepted("engi-2"))
    assert cli("query", "Id", "--file", "inbox").out.split() == ['"engi-1"', '"engi-2"']


def test_the_prompt_takes_lines_until_the_end_and_remembers_nothing(home: Home) -> None:
    asked = query._Asked([{"Id": "x"}], (), query.Functions(query.Rates()))
    with create_pipe_input() as typed, create_app_session(input=typed, output=DummyOutput()):
        typed.send_text("Id\rupper(Id)\r\x04")
        assert list(query._prompted(asked)) == ["Id", "upper(Id)"]
    assert home.files() == ["config.yaml", "inbox"]


def test_ctrl_c_at_the_prompt_is_an_interruption(home: Home) -> None:
    asked = query._Asked([{"Id": "x"}], (), query.Functions(query.Rates()))
    with create_pipe_input() as typed, create_app_session(input=typed, output=DummyOutput()):
        typed.send_text("Id\x03")
        with pytest.raises(click.Abort):
            list(query._prompted(asked))


def test_members_and_functions_are_completed() -> None:
    completer = ExpressionCompleter([{"Payload": {"Deal": None}}])
    (found,) = completer.get_completions(Document("Payload.D"), CompleteEvent())
    assert (found.text, found.start_position) == ("Deal", -1)


# help


def test_the_manual_is_text_where_there_is_no_terminal(cli: Cli) -> None:
    answer = cli("help", "mapping")
    assert (answer.code, answer.err) == (0, "")
    assert "annual_spend(spends, currency?)" in answer.out
    assert 'domain(customer.WebsiteUrl)\n        = "acme.example"' in answer.out
    titles = [section["title"] for section in json.loads(cli("help", "mapping", "--output", "json").out)]
    assert titles[0] == "The file"
