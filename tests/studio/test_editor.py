"""The mapping page's editor: what is typed stays, is completed, underlined, and answered at once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.promises.installation import ROOT
from tests.studio import axe
from tests.studio.conftest import Browsed, Running, configured, studio_of

pytestmark = pytest.mark.browser

# What the page says of the text after a change of it.
ANSWERED = """text => new Promise(answered => {
    const all = [...document.querySelectorAll("[role=status]")];
    const state = all.find(e => /good|mistake/.test(e.textContent));
    const before = state.textContent;
    new MutationObserver((_, observer) => {
        if (state.textContent === before) return;
        observer.disconnect();
        answered(state.textContent);
    }).observe(state, {childList: true, characterData: true, subtree: true});
    document.querySelector(".cm-content").focus();
    document.execCommand(text ? "insertText" : "delete", false, text);
})"""


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Running]:
    shutil.copytree(ROOT / "mappings", tmp_path / "mappings")
    installed = configured(tmp_path, tmp_path / "mappings" / "sql.yaml", tmp_path / "mappings" / "samples")
    with studio_of(installed) as running:
        yield running


@pytest.fixture
def page(studio: Running, browsed: Browsed) -> Any:
    browsed.page.goto(studio.address)
    browsed.page.get_by_text("good, and saved").wait_for()
    browsed.page.locator(".cm-content[aria-label]").wait_for()  # it is ready
    return browsed.page


def typed(page: Any, keys: str) -> None:
    page.locator(".cm-content").click()
    page.keyboard.press("Control+End")
    page.keyboard.type(keys)


def last_line(page: Any) -> str:
    return str(page.locator(".cm-line").last.inner_text())


def take(page: Any, name: str) -> None:
    page.get_by_role("listbox", name="Completions").get_by_role("option", name=name).wait_for()
    page.wait_for_timeout(150)  # a key that comes sooner was not meant for the list
    page.keyboard.press("Enter")


def test_nothing_that_is_typed_fast_is_lost(page: Any) -> None:
    said = "# " + "the quick brown fox jumps over the lazy dog " * 5
    typed(page, said)
    page.get_by_text("good; not saved yet").wait_for()
    assert last_line(page).strip() == said.strip()
    page.wait_for_timeout(500)
    assert last_line(page).strip() == said.strip()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("good, and saved").wait_for()


def test_what_may_stand_there_is_offered_and_taken_with_the_keyboard(page: Any) -> None:
    typed(page, "  thing:\n  obj")
    take(page, "object")
    page.keyboard.type(": opportunitie")
    take(page, "opportunities")  # a table of the CRM
    assert last_line(page).strip() == "object: opportunities"
    page.keyboard.type("\nwhen: Payload.OpportunityInvitation.Pro")
    take(page, "Project")
    assert last_line(page).strip() == "when: Payload.OpportunityInvitation.Project"
    page.keyboard.type("\n")
    page.get_by_role("button", name="Suggestions").click()
    page.get_by_role("option", name="for_each").wait_for()


def test_a_mistake_is_underlined_where_it_is_and_gone_to(page: Any) -> None:
    typed(page, "# 🙂\n  thing:\n  objekt: leads")
    underlined = page.locator(".cm-content .mistake", has_text="objekt")
    underlined.wait_for()
    assert underlined.inner_text() == "objekt"
    assert "object" in underlined.get_attribute("title")
    page.keyboard.press("Control+Home")
    page.locator(".finding", has_text="unknown key 'objekt'").click()
    page.wait_for_function("document.activeElement.closest('.cm-editor')")
    page.keyboard.type("X")
    page.locator(".cm-line", has_text="Xobjekt: leads").wait_for()


def test_what_is_not_saved_is_not_left_unasked(page: Any, browsed: Browsed) -> None:
    typed(page, "# mine")
    page.get_by_text("good; not saved yet").wait_for()
    with page.expect_event("dialog"):
        page.get_by_role("link", name="Plan").click()
    assert browsed.wrong == ["dialog: "]  # the browser's own words; it was dismissed
    browsed.wrong.clear()
    assert page.get_by_role("heading", level=1).inner_text() == "Mapping"
    assert last_line(page) == "# mine"


def test_the_editor_is_accessible_while_one_writes(page: Any) -> None:
    script = axe.source()
    for _ in ("light", "dark"):
        typed(page, "#\n  thing:\n  obj")
        page.get_by_role("option", name="object").wait_for()
        page.wait_for_timeout(500)
        assert axe.violations(page, script) == []
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Dark or light").click()


def test_every_edit_is_answered(page: Any) -> None:
    """How soon is measured by tests.benchmarks."""
    page.locator(".cm-content").click()
    page.keyboard.press("Control+Home")
    said = [page.evaluate(ANSWERED, "x" if number % 2 == 0 else "") for number in range(4)]
    assert ["good" in text for text in said] == [False, True] * 2
