"""Makes the pictures of docs/studio.md: ``python -m tests.studio.screenshots``."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from tests.promises.installation import ROOT, Installation
from tests.studio.conftest import CHROMIUM, Running, configured, studio_of

MISTAKE = ("stage: {value: Prospecting, write:", "stage: {value: Prospecting, wriet:")
TITLE = "Warehouse forecasting"  # of the sample opportunity-accepted.json
BY_HAND = (
    ("by_hand_1", "Warehouse forecasting", "Open"),
    ("by_hand_2", "WAREHOUSE forecasting", "Open"),
)


def main() -> None:
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        installed = _installation(Path(name))
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        with studio_of(installed) as studio:
            _mapping(page, studio)
            _review(page, studio)
        browser.close()


def _installation(folder: Path) -> Installation:
    """The samples are synced, one of them may be either of two opportunities; then comes the mistake."""
    from connector.crm.sql import Settings, SqlCrm

    shutil.copytree(ROOT / "mappings", folder / "mappings")
    mapping = folder / "mappings" / "sql.yaml"
    installed = configured(folder, mapping, folder / "mappings" / "samples")
    SqlCrm.open(Settings(url="sqlite:///crm.db"), folder).close()  # which makes the tables
    for row in BY_HAND:
        installed.sql("INSERT INTO opportunities (id, name, stage) VALUES (?, ?, ?)", *row)
    installed.run("sync", "--quiet")
    text = mapping.read_text(encoding="utf-8")
    assert MISTAKE[0] in text
    mapping.write_text(text.replace(*MISTAKE), encoding="utf-8")
    return installed


def _mapping(page: Any, studio: Running) -> None:
    page.goto(studio.address)
    page.get_by_role("button", name="wriet").click()
    page.get_by_label("Sample invitation").fill(TITLE)
    page.get_by_role("option", name=TITLE).first.click()
    page.get_by_text("opportunity: opportunities").wait_for()
    _save(page, "studio-mapping.png")


def _review(page: Any, studio: Running) -> None:
    page.goto(f"{studio.url}/review")
    page.get_by_text("100 alike").first.wait_for()
    _save(page, "studio-review.png")


def _save(page: Any, name: str) -> None:
    page.mouse.move(0, 0)
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_timeout(1000)  # what moves has come to rest
    page.screenshot(path=ROOT / "docs" / name)


if __name__ == "__main__":
    main()
