"""Long lists of invitations and reviews, by mouse and keyboard, and decisions that AWS does not allow."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.promises.installation import ROOT, Installation
from tests.servers.partner_central import PartnerCentral
from tests.servers.partner_central_client import deals
from tests.studio import axe
from tests.studio.conftest import Browsed, Running, studio_of

pytestmark = pytest.mark.browser

NUMBER, REVIEWS = 60, 12  # more than a page shows of either
SOON = "2999-01-01T00:00:00Z"


@dataclass
class Place:
    aws: PartnerCentral
    installed: Installation
    studio: Running


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """The first REVIEWS of the invitations are accepted, and may be either of two opportunities."""
    raws = [raw | {"ExpirationDate": SOON} for raw in deals(NUMBER)]
    for number, raw in enumerate(raws):
        raw["Status"] = "ACCEPTED" if number < REVIEWS else "PENDING"
        raw["Payload"]["OpportunityInvitation"]["Project"]["Title"] = f"Title number {number}"
    shutil.copy(ROOT / "mappings" / "sql.yaml", tmp_path)
    with PartnerCentral(raws) as aws:
        mapping = str(tmp_path / "sql.yaml")
        installed = Installation.against(
            tmp_path, aws.url, mapping=mapping, source={"writes_per_second": 1000}
        )
        opened_by_hand(installed)
        assert installed.run("sync", "--quiet").code == 3
        with studio_of(installed) as studio:
            yield Place(aws, installed, studio)


def opened_by_hand(installed: Installation) -> None:
    from connector.crm.sql import Settings, SqlCrm

    SqlCrm.open(Settings(url="sqlite:///crm.db"), installed.folder).close()  # which makes the tables
    for number in range(REVIEWS):
        for each in "ab":
            installed.sql(
                "INSERT INTO opportunities (id, name, stage) VALUES (?, ?, 'Open')",
                f"hand_{number}_{each}",
                f"Title number {number}",
            )


def enter(browsed: Browsed, studio: Running) -> Any:
    browsed.page.goto(studio.address)
    browsed.page.get_by_role("heading", level=1).wait_for()
    return browsed.page


def test_many_invitations_are_found_by_status_outcome_and_text(browsed: Browsed, place: Place) -> None:
    page = enter(browsed, place.studio)
    browsed.open(place.studio, "/invitations")
    page.get_by_text(f"{NUMBER} of {NUMBER} invitations").wait_for()
    links = page.locator("td a")
    expect(links).to_have_count(50)
    pages = page.get_by_role("navigation", name="Pages of invitations")
    assert axe.violations(page, axe.source()) == []
    pages.get_by_label("2").click()
    page.wait_for_function(f"document.querySelectorAll('td a').length == {NUMBER - 50}")
    page.get_by_label("Outcome").click()
    page.get_by_role("option", name="review").click()
    page.get_by_text(f"{REVIEWS} of {NUMBER} invitations").wait_for()
    expect(links).to_have_count(REVIEWS)
    page.get_by_label("Search").fill(list(place.aws.invitations)[3].upper())
    page.get_by_text(f"1 of {NUMBER} invitations").wait_for()
    page.get_by_label("Status").click()
    page.get_by_role("option", name="PENDING").click()
    page.get_by_text(f"0 of {NUMBER} invitations").wait_for()


def test_what_aws_does_not_allow_is_said_and_not_asked(browsed: Browsed, place: Place) -> None:
    first, second, third = list(place.aws.invitations)[-3:]
    place.aws.invitations[first]["ExpirationDate"] = "2001-01-01T00:00:00Z"
    place.aws.invitations[second]["Status"] = "ACCEPTED"  # by somebody else, since the last sync
    page = enter(browsed, place.studio)
    for identifier, said in ((first, "It cannot be"), (second, "It is done already")):
        browsed.open(place.studio, f"/invitations/{identifier}")
        page.get_by_text("first seen").wait_for()
        page.get_by_role("button", name="Accept ...").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_text(said).wait_for()
        expect(dialog.get_by_role("button", name="Accept", exact=True)).to_have_count(0)
        assert axe.violations(page, axe.source()) == []
        dialog.get_by_role("button", name="Close").click()
    # And who thinks better of it has done nothing.
    browsed.open(place.studio, f"/invitations/{third}")
    page.get_by_role("button", name="Accept ...").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    page.get_by_role("dialog").wait_for(state="detached")
    assert not [name for name in place.aws.calls if name.startswith(("Start", "Reject"))]


def test_edits_in_the_crm_are_part_of_its_life(browsed: Browsed, place: Place) -> None:
    identifier = list(place.aws.invitations)[-1]
    page = enter(browsed, place.studio)
    browsed.open(place.studio, f"/invitations/{identifier}")
    page.get_by_text("first seen").wait_for()
    look = page.get_by_role("button", name="Look into the CRM")
    look.click()
    page.get_by_text("Nobody has edited").wait_for()
    place.installed.sql("UPDATE leads SET company = 'Mine' WHERE aws_invitation_id = ?", identifier)
    look.click()
    page.locator("li", has_text="edited").get_by_text("company").wait_for()
    page.get_by_role("button", name="Ask AWS").click()
    page.get_by_role("heading", name=f"Title number {NUMBER - 1}").wait_for()
    expect(page.locator("li", has_text="edited")).to_have_count(1)


def test_reviews_are_settled_by_keyboard_one_after_the_other(browsed: Browsed, place: Place) -> None:
    page = enter(browsed, place.studio)
    browsed.open(place.studio, "/review")
    page.get_by_text(f"{REVIEWS} reviews are open").wait_for()
    expect(page.locator("section.card")).to_have_count(10)
    assert axe.violations(page, axe.source()) == []
    settled = []
    for left in (REVIEWS - 1, REVIEWS - 2, REVIEWS - 3):
        settled.append(page.locator("section.card a").first.inner_text())
        button = page.get_by_role("button", name=("none of them", "Leave the CRM", "link")[len(settled) - 1])
        button.first.focus()
        page.keyboard.press("Enter")
        page.get_by_text(f"{left} reviews are open").wait_for()
        # The keyboard goes on at the top of what is left: the next stop is the first card's link.
        page.wait_for_function("document.activeElement.querySelector('section.card') !== null")
        page.keyboard.press("Tab")
        first = page.evaluate("document.activeElement.innerText")
        assert first == page.locator("section.card a").first.inner_text()
        assert first not in settled
    place.installed.run("sync", "--quiet")
    rows = place.installed.sql(
        "SELECT aws_invitation_id, id LIKE 'hand%' FROM opportunities WHERE aws_invitation_id IS NOT NULL"
    )
    assert dict(rows) == {settled[0]: 0, settled[2]: 1}


def test_pages_that_are_left_while_they_load_are_no_trouble(browsed: Browsed, place: Place) -> None:
    page = enter(browsed, place.studio)
    identifier = next(iter(place.aws.invitations))
    for path in ("/invitations", "/review", "/runs", "/plan", f"/invitations/{identifier}"):
        browsed.open(place.studio, path)
    browsed.open(place.studio, "/runs")
    page.get_by_text("Failed, or waiting for a person").wait_for()
    page.get_by_text(f"Which: {REVIEWS} invitations").click()
    page.get_by_role("link", name=identifier).wait_for()
    page.get_by_role("link", name="Settle them").click()
    page.get_by_text(f"{REVIEWS} reviews are open").wait_for()
