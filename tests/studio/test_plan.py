"""The Plan page when not all goes as planned."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.promises.installation import ROOT, Installation
from tests.servers.partner_central_client import deals
from tests.studio.conftest import Browsed, Running, configured, studio_of

pytestmark = pytest.mark.browser

NUMBER = 30  # invitations: more than a page shows


def installed_with(folder: Path, raws: list[Any], **settings: Any) -> Installation:
    shutil.copy(ROOT / "mappings" / "sql.yaml", folder)
    (folder / "samples").mkdir()
    (folder / "samples" / "all.json").write_text(json.dumps(raws), encoding="utf-8")
    return configured(folder, folder / "sql.yaml", folder / "samples", **settings)


@pytest.fixture
def synced(tmp_path: Path) -> Installation:
    """All is in the CRM, and then the mapping gets another value for every lead."""
    limits = {"max_updates": 10, "max_updates_percent": None}
    installed = installed_with(tmp_path, deals(NUMBER), limits=limits)
    assert installed.run("sync", "--quiet").code in (0, 3)
    change_mapping(installed, "lookup: {PENDING: New", "lookup: {PENDING: Fresh")
    return installed


@pytest.fixture
def studio(synced: Installation) -> Iterator[Running]:
    with studio_of(synced) as running:
        yield running


def change_mapping(installed: Installation, old: str, new: str) -> None:
    mapping = installed.folder / "sql.yaml"
    text = mapping.read_text(encoding="utf-8")
    assert old in text
    mapping.write_text(text.replace(old, new), encoding="utf-8")


def plan(browsed: Browsed, studio: Running) -> Any:
    page = browsed.page
    if not page.url.startswith("http"):
        page.goto(studio.address)
    browsed.open(studio, "/plan")
    page.get_by_role("button", name="Make a plan").click()
    page.get_by_text("The plan is being made").wait_for()
    page.get_by_text("The plan is made").wait_for()
    return page


def apply(page: Any) -> None:
    page.get_by_role("button", name="Apply what is approved").click()


def renamed(installed: Installation) -> int:
    ((number,),) = installed.sql("SELECT count(*) FROM leads WHERE status = 'Fresh'")
    return int(number)


def test_a_run_that_the_limits_end_is_no_success_and_passing_them_is_asked_for(
    browsed: Browsed, synced: Installation, studio: Running
) -> None:
    page = plan(browsed, studio)
    beyond = page.get_by_role("checkbox", name="Write to more existing records")
    expect(beyond).to_have_count(0)
    apply(page)
    page.get_by_text("limits.max_updates is 10").first.wait_for()
    assert renamed(synced) == 10
    page = plan(browsed, studio)
    page.get_by_text(f"{NUMBER - 10} of {NUMBER - 10} invitations approved").wait_for()
    beyond.click()
    apply(page)
    page.get_by_text("Applied:").wait_for()
    assert renamed(synced) == NUMBER
    expect(beyond).to_have_count(0)


def test_some_are_applied_and_later_others_of_the_same_plan(
    browsed: Browsed, synced: Installation, studio: Running
) -> None:
    page = plan(browsed, studio)
    expect(page.get_by_role("checkbox")).to_have_count(25)
    page.get_by_role("navigation", name="Pages of the plan").get_by_label("2").click()
    page.wait_for_function(f"document.querySelectorAll('[role=checkbox]').length == {NUMBER - 25}")
    page.get_by_role("button", name="Approve none shown").click()
    page.get_by_text(f"0 of {NUMBER} invitations approved").wait_for()
    expect(page.get_by_role("button", name="Apply what is approved")).to_be_disabled()
    page.get_by_role("checkbox").first.click()
    page.get_by_text(f"1 of {NUMBER} invitations approved").wait_for()

    # One looks something up, and comes back to the same plan.
    browsed.open(studio, "/runs")
    browsed.open(studio, "/plan")
    page.get_by_text(f"1 of {NUMBER} invitations approved").wait_for()
    apply(page)
    page.get_by_text("Applied: 1 updated").wait_for()
    assert renamed(synced) == 1
    page.get_by_text(f"0 of {NUMBER - 1} invitations approved").wait_for()
    page.get_by_role("checkbox").first.click()
    page.get_by_text(f"1 of {NUMBER - 1} invitations approved").wait_for()
    apply(page)
    page.get_by_text(f"0 of {NUMBER - 2} invitations approved").wait_for()
    assert renamed(synced) == 2


def test_a_plan_is_not_applied_when_the_mapping_has_changed_meanwhile(
    browsed: Browsed, synced: Installation, studio: Running
) -> None:
    page = plan(browsed, studio)
    change_mapping(synced, "Fresh", "Something else")
    apply(page)
    page.get_by_text("the mapping has changed since the plan was made").wait_for()
    page.get_by_text("Nothing was applied.").wait_for()
    assert renamed(synced) == 0


def test_edits_that_stay_are_shown_and_what_fits_no_search_is_not(
    browsed: Browsed, synced: Installation, studio: Running
) -> None:
    synced.sql("UPDATE leads SET status = 'Called' WHERE rowid = 1")
    page = plan(browsed, studio)
    page.get_by_label("Show").click()
    page.get_by_role("option", name="kept").click()
    page.get_by_text("edited in the CRM, stays; AWS: Fresh").wait_for()
    expect(page.get_by_role("checkbox")).to_have_count(0)
    page.get_by_label("Search").fill("nothing has this")
    page.get_by_text("Nothing fits the search").wait_for()


HOSTILE_ID = 'x" innerHTML="<b id=planted>" onclick="alert(1)'


def test_ids_are_text_too(browsed: Browsed, tmp_path: Path) -> None:
    raws = deals(3)
    for number, raw in enumerate(raws):
        raw["Id"] = f"{HOSTILE_ID}{number}"
    raws[0]["Payload"]["OpportunityInvitation"]["ExpectedCustomerSpend"] = "none"  # so that it fails
    installed = installed_with(tmp_path, raws)
    with studio_of(installed) as studio:
        page = plan(browsed, studio)
        assert HOSTILE_ID in page.inner_text("main")
        apply(page)
        page.get_by_text("Applied:").wait_for()
        for path in ("/plan", "/invitations", "/runs"):
            browsed.open(studio, path)
            page.wait_for_timeout(1500)
            assert page.locator("#planted").count() == 0, path
        browsed.open(studio, "/invitations")
        page.get_by_role("link", name=HOSTILE_ID).first.click()
        page.get_by_text("first seen").wait_for()
        expect(page.locator("#planted")).to_have_count(0)
