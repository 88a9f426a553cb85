"""A sales operations person's way through the studio, in a real browser."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.promises.installation import ROOT, Installation
from tests.servers.partner_central import PartnerCentral
from tests.servers.partner_central_client import deals
from tests.studio import axe
from tests.studio.conftest import Browsed, Running, configured, studio_of

pytestmark = pytest.mark.browser

PAGES = ("/", "/plan", "/review", "/invitations", "/runs")
TWICE = "Warehouse forecasting"  # of the sample opportunity-accepted.json


@pytest.fixture
def installed(tmp_path: Path) -> Installation:
    shutil.copytree(ROOT / "mappings", tmp_path / "mappings")
    return configured(tmp_path, tmp_path / "mappings" / "sql.yaml", tmp_path / "mappings" / "samples")


def open_by_hand(installed: Installation, title: str, times: int) -> None:
    """So many opportunities that sales has opened before the connector came."""
    from connector.crm.sql import Settings, SqlCrm

    SqlCrm.open(Settings(url="sqlite:///crm.db"), installed.folder).close()  # which makes the tables
    for number in range(times):
        installed.sql(
            "INSERT INTO opportunities (id, name, stage) VALUES (?, ?, 'Open')", f"by_hand_{number}", title
        )


@pytest.fixture
def studio(installed: Installation) -> Iterator[Running]:
    with studio_of(installed) as running:
        yield running


def enter(browsed: Browsed, studio: Running) -> Any:
    browsed.page.goto(studio.address)
    browsed.page.get_by_role("heading", level=1).wait_for()
    return browsed.page


def test_from_a_mistake_to_applied_records_and_a_settled_review(
    browsed: Browsed, installed: Installation, tmp_path: Path
) -> None:
    mapping = tmp_path / "mappings" / "sql.yaml"
    good = mapping.read_text(encoding="utf-8")
    mapping.write_text(
        good.replace("stage: {value: Prospecting, write:", "stage: {value: Prospecting, wriet:")
    )
    open_by_hand(installed, TWICE, 2)
    with studio_of(installed) as studio:
        page = enter(browsed, studio)

        # A mistake is seen with its place and what was meant; there it is mended.
        mistake = page.get_by_role("button", name="wriet")
        mistake.wait_for()
        assert "write" in mistake.inner_text()
        expect(page.get_by_role("button", name="Save")).to_be_disabled()
        mistake.click()
        line = page.locator(".cm-line", has_text="wriet")
        line.wait_for()
        line.get_by_text("wriet", exact=False).last.dblclick()
        page.keyboard.type("write")
        page.get_by_text("good; not saved yet").wait_for()

        # It is tried on a sample, and saved.
        page.get_by_label("Sample invitation").click()
        page.get_by_label("Sample invitation").fill("Warehouse")
        page.get_by_role("option", name=TWICE).first.click()
        page.get_by_text("opportunity: opportunities").wait_for()
        page.get_by_text("samples become something else").wait_for()
        page.get_by_role("button", name="Save").click()
        page.get_by_text("good, and saved").wait_for()
        assert mapping.read_text(encoding="utf-8") == good

        # It is planned; one invitation is left out, the others are applied.
        page.get_by_role("link", name="Plan").click()
        page.get_by_role("button", name="Make a plan").click()
        page.get_by_text("The plan is made").wait_for()
        page.get_by_label("Search").fill("Call center assistant")
        page.wait_for_function("document.querySelectorAll('[role=checkbox]').length == 1")
        page.get_by_role("checkbox", name="engi-e4emptyamoun0").click()
        page.get_by_text("24 of ").wait_for()
        page.get_by_label("Search").fill("")
        page.get_by_role("button", name="Apply what is approved").click()
        page.get_by_text("Applied:").wait_for()
        assert installed.sql("SELECT count(*) FROM leads WHERE project_title = 'Call center assistant'") == [
            (0,)
        ]
        assert installed.sql("SELECT count(*) > 5 FROM leads") == [(1,)]

        # A review is settled, for good, with the keyboard.
        installed.run("sync", "--quiet")
        page.get_by_role("link", name="Review").click()
        link = page.get_by_role("button", name="It is by_hand_1: link")
        link.wait_for()
        assert "alike" in page.inner_text("main")
        link.focus()
        page.keyboard.press("Enter")
        page.get_by_text("There is nothing to review").wait_for()
        installed.run("sync", "--quiet")
        assert installed.sql("SELECT count(*) FROM opportunities WHERE name = ?", TWICE) == [(2,)]
        claimed = installed.sql(
            "SELECT id FROM opportunities WHERE name = ? AND aws_invitation_id != ''", TWICE
        )
        assert claimed == [("by_hand_1",)]

        # And its life is read.
        page.get_by_role("link", name="Invitations").click()
        page.get_by_role("link", name="engi-a2warehouse10").click()
        page.get_by_text("first seen").wait_for()
        assert "by_hand_1" in page.inner_text("main")


def test_every_page_is_accessible_wide_and_narrow_light_and_dark(
    browsed: Browsed, installed: Installation, studio: Running
) -> None:
    open_by_hand(installed, TWICE, 2)
    installed.run("sync", "--quiet")
    script = axe.source()
    page = enter(browsed, studio)
    for path in (*PAGES, "/invitations/engi-d1hostiletit0"):
        page.set_viewport_size({"width": 1280, "height": 800})
        browsed.open(studio, path)
        page.wait_for_timeout(700)
        if path == "/plan":
            page.get_by_role("button", name="Make a plan").click()
            page.get_by_text("The plan is made").wait_for()
            page.get_by_label("Search").first.focus()  # which has colours of its own
            page.wait_for_timeout(1000)  # while it fades in, it cannot be read
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 800})
            for dark in (False, True):
                assert axe.violations(page, script) == [], (path, width, dark)
                page.get_by_role("button", name="Dark or light").click()
                page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path


HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>{{7*7}} ${alert(3)} `'\"</textarea>"


def test_hostile_text_is_text_on_every_page(browsed: Browsed, tmp_path: Path) -> None:
    raws = deals(3)
    for number, raw in enumerate(raws):
        deal = raw["Payload"]["OpportunityInvitation"]
        deal["Project"]["Title"] = HOSTILE
        deal["Project"]["BusinessProblem"] = HOSTILE
        deal["Customer"] |= {"CompanyName": HOSTILE, "Industry": HOSTILE[:60], "CountryCode": "<b"}
        raw |= {"Status": "ACCEPTED", "EngagementTitle": HOSTILE, "Id": f"engi-hostile{number}00"}
    folder = tmp_path / "mappings"
    folder.mkdir()
    shutil.copy(ROOT / "mappings" / "sql.yaml", folder)
    (folder / "samples").mkdir()
    (folder / "samples" / "hostile.json").write_text(json.dumps(raws), encoding="utf-8")
    installed = configured(tmp_path, folder / "sql.yaml", folder / "samples")
    open_by_hand(installed, HOSTILE, 2)
    with studio_of(installed) as studio:
        page = enter(browsed, studio)
        page.get_by_text("opportunity: opportunities").wait_for()
        assert HOSTILE in page.inner_text("main")
        browsed.open(studio, "/plan")
        page.get_by_role("button", name="Make a plan").click()
        page.get_by_text("The plan is made").wait_for()
        assert HOSTILE in page.inner_text("main")
        installed.run("sync", "--quiet")
        for path in ("/review", "/invitations", "/runs", "/invitations/engi-hostile000"):
            browsed.open(studio, path)
            page.wait_for_timeout(1500)
        browsed.open(studio, "/review")
        page.get_by_text("alike").first.wait_for()
        assert HOSTILE in page.inner_text("main")
        browsed.open(studio, "/invitations/%3Cimg%20src=x%20onerror=alert(1)%3E")
        page.get_by_text("<img src=x").first.wait_for()


def test_an_invitation_is_accepted_and_another_rejected(browsed: Browsed, tmp_path: Path) -> None:
    raws = [raw | {"ExpirationDate": "2999-01-01T00:00:00Z"} for raw in deals(2)]
    with PartnerCentral(raws) as aws:
        installed = Installation.against(tmp_path, aws.url, source={"writes_per_second": 1000})
        installed.run("sync", "--quiet")
        with studio_of(installed) as studio:
            page = enter(browsed, studio)
            for raw, verb in zip(raws, ("Accept", "Reject"), strict=True):
                browsed.open(studio, f"/invitations/{raw['Id']}")
                page.get_by_role("button", name=f"{verb} ...").click()
                dialog = page.get_by_role("dialog")
                dialog.get_by_text(raw["Id"]).wait_for()
                if verb == "Reject":
                    assert dialog.get_by_role("button", name=verb, exact=True).is_disabled(), "no reason yet"
                    page.get_by_label("Reason").click()
                    page.get_by_role("option", name="Unable to support").click()
                dialog.get_by_role("button", name=verb, exact=True).click()
                page.get_by_text("Done.").wait_for()
                page.locator("button[disabled]", has_text=f"{verb} ...").wait_for()
        assert [aws.invitations[raw["Id"]]["Status"] for raw in raws] == ["ACCEPTED", "REJECTED"]


def test_what_goes_wrong_is_said_on_the_page(
    browsed: Browsed, installed: Installation, studio: Running
) -> None:
    page = enter(browsed, studio)
    (installed.folder / "mappings" / "sql.yaml").write_text("version: 1\nnmae: x\n", encoding="utf-8")
    browsed.open(studio, "/plan")
    page.get_by_role("button", name="Make a plan").click()
    page.get_by_text("nmae").first.wait_for()
