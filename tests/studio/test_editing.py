"""What the mapping page shows, without a page."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from connector.cli.options import Options
from connector.completion import Known, complete
from connector.errors import UsageError
from connector.fetch.service_model import mappable
from connector.studio.editing import Editing
from tests.promises.installation import ROOT
from tests.studio.conftest import configured

MEMBERS = mappable()[0]


@pytest.fixture
def editing(tmp_path: Path) -> Editing:
    shutil.copytree(ROOT / "mappings", tmp_path / "mappings")
    configured(tmp_path, tmp_path / "mappings" / "sql.yaml", tmp_path / "mappings" / "samples")
    editing = Editing.of(Options(config=tmp_path / "config.yaml"))
    editing.check(editing.saved)
    return editing


def test_the_shipped_mapping_is_good_and_its_samples_are_there(editing: Editing) -> None:
    assert editing.is_good
    assert len(editing.samples) > 20
    assert editing.difference() is not None
    assert editing.difference().is_same  # type: ignore[union-attr]


def test_a_mistake_is_named_with_its_place_and_what_was_meant(editing: Editing) -> None:
    broken = editing.saved.replace("write: create}", "wriet: create}", 1)
    editing.check(broken)
    assert not editing.is_good
    (finding, *_) = editing.findings
    assert finding.position is not None
    assert broken.splitlines()[finding.position.line - 1][finding.position.column - 1 :].startswith("wriet")
    assert "write" in f"{finding.message} {finding.hint}"


@pytest.mark.parametrize("text", ["", "a: [", "\t", "version: 1\n- x", "{{{{", "\x00", "&a [*a]", "?" * 5000])
def test_whatever_is_typed_is_told_and_breaks_nothing(editing: Editing, text: str) -> None:
    editing.check(text)
    assert editing.findings
    assert editing.records(editing.samples[0]), "what was good last is still shown"


def test_a_change_is_compared_over_all_samples(editing: Editing) -> None:
    editing.check(editing.saved.replace("value: Prospecting", "value: Qualification"))
    found = editing.difference()
    assert found is not None
    assert found.counts.fields["opportunity.stage"] > 5


def test_what_has_mistakes_is_not_saved(editing: Editing) -> None:
    with pytest.raises(UsageError):
        editing.save("version: 2")
    assert editing.chosen.path.read_text(encoding="utf-8") == editing.saved


def test_what_somebody_else_saved_is_not_overwritten(editing: Editing) -> None:
    editing.chosen.path.write_text(editing.saved + "# mine\n", encoding="utf-8")
    with pytest.raises(UsageError, match="changed on disk"):
        editing.save(editing.saved + "# yours\n")
    assert editing.chosen.path.read_text(encoding="utf-8").endswith("# mine\n")


def test_what_is_good_is_saved_as_it_was_typed(editing: Editing) -> None:
    text = editing.saved + "# a word of mine: Straße\n"
    editing.save(text)
    assert editing.chosen.path.read_text(encoding="utf-8") == text
    assert editing.saved == text


def test_line_ends_stay_as_they_were(editing: Editing) -> None:
    path, text = editing.chosen.path, editing.saved
    path.write_bytes(text.replace("\n", "\r\n").encode())
    opened = Editing(editing.chosen, editing.samples, editing.saved)
    opened.save(f"{text}# mine\n")
    assert path.read_bytes() == f"{text}# mine\n".replace("\n", "\r\n").encode()
    opened.save(text)
    assert path.read_bytes() == text.replace("\n", "\r\n").encode()
    path.write_bytes(text.encode())
    opened.save(f"{text}# mine\n")
    assert path.read_bytes() == f"{text}# mine\n".encode()


def test_a_file_with_a_lone_carriage_return_is_opened_in_lines(editing: Editing) -> None:
    editing.chosen.path.write_bytes(b"a: 1\r\nb: 2\rc: 3\n")
    assert (
        Editing.of(Options(config=editing.chosen.path.parents[1] / "config.yaml")).saved
        == "a: 1\nb: 2\nc: 3\n"
    )


# -- completion

MAPPING = """version: 1
let:
  deal: Payload.OpportunityInvitation
records:
  account:
    object: accounts
    key: {aws_customer_key: Id}
    fields:
      name: deal.|
"""


def offered(text: str, known: Known | None = None) -> list[str]:
    offset = text.index("|")
    found = complete(text.replace("|", "", 1), offset, known or Known(MEMBERS))
    return [each.text for each in found]


def test_members_are_offered_in_expressions() -> None:
    assert "OpportunityInvitation" in offered("let:\n  deal: Payload.|")
    assert "deal" in offered(MAPPING.replace("deal.|", "de|"))
    assert offered(MAPPING.replace("deal.|", "annual_s|")) == ["annual_spend("]
    assert "CompanyName" in offered(MAPPING.replace("deal.|", "{from: Payload.LeadInvitation.Customer.|}"))


def test_keys_are_offered_by_where_they_stand() -> None:
    assert {"version", "records", "let"} <= set(offered("|"))
    assert "for_each" in offered("records:\n  account:\n    |")
    assert offered("records:\n  a:\n    match:\n      no|") == ["none"]
    assert offered("records:\n  a:\n    fields:\n      x: {value: 1, write: cr|}") == ["create"]
    assert offered(MAPPING.replace("deal.|", "{ref: ac|}")) == ["account"]


def test_the_crms_fields_are_offered() -> None:
    from connector.crm.sql_schema import build, describe

    objects = {name: describe(table) for name, table in build("sqlite", {}).tables.items()}
    known = Known(MEMBERS, objects)
    assert "website" in offered(MAPPING.replace("name: deal.|", "web|"), known)
    assert "opportunities" in offered("records:\n  a:\n    object: opp|", known)


@pytest.mark.parametrize("text", ["", "a", ":::", "records:\n\n\n      |", "\t|", "let:\n  x: '|", "🙂: |"])
def test_anywhere_in_anything_it_answers(text: str) -> None:
    for offset in range(len(text) + 1):
        complete(text, offset, Known(MEMBERS))


def test_an_edit_is_answered_while_one_types(editing: Editing) -> None:
    """The figures are in the benchmarks; here only that nothing grows with what was typed before."""
    began = time.perf_counter()
    for number in range(5):
        editing.check(f"{editing.saved}# {number}\n")
        editing.records(editing.samples[0])
    assert time.perf_counter() - began < 30
