from __future__ import annotations

import contextlib
import json
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.promises.forked import Started
from tests.promises.installation import Installation

CHROMIUM = "/usr/bin/chromium"


@dataclass
class Running:
    """A studio that is served. ``address`` opens it; ``url`` is without the token, ``origin`` also without
    the path."""

    address: str
    process: Started

    @property
    def url(self) -> str:
        return self.address.partition("/?")[0]

    @property
    def origin(self) -> str:
        return self.url.rpartition("/")[0]

    @property
    def path(self) -> str:
        return self.url.removeprefix(self.origin)

    @property
    def port(self) -> int:
        return int(self.origin.rpartition(":")[2])


@contextlib.contextmanager
def studio_of(installed: Installation, *options: str) -> Iterator[Running]:
    process = installed.start("studio", "--no-browser", *options)
    try:
        line = process.line()
        assert "http" in line, process.communicate(timeout=120)
        yield Running(line.split()[-1], process)
    finally:
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=120)
        assert process.returncode == 0, said
        assert "Traceback" not in said, said


@dataclass
class Browsed:
    """A page of a browser, and what went wrong on it: errors, messages of the console, dialogs, and requests
    to anybody else."""

    page: Any
    wrong: list[str] = field(default_factory=list)

    def open(self, studio: Running, path: str = "/") -> None:
        self.page.goto(f"{studio.url}{path}")
        self.page.get_by_role("heading", level=1).wait_for()


@pytest.fixture(scope="module")  # while it is there, no test can have an event loop of its own
def chromium() -> Iterator[Any]:
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=60_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def browsed(chromium: Any) -> Iterator[Browsed]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(60_000)
    found = Browsed(context.new_page())
    page, wrong = found.page, found.wrong
    page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    page.on("console", lambda said: wrong.append(said.text) if _is_wrong(said) else None)
    page.on("dialog", lambda dialog: (wrong.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    page.on("request", lambda asked: None if _own(asked.url) else wrong.append(f"asks {asked.url}"))
    yield found
    context.close()
    assert wrong == []


def _is_wrong(said: Any) -> bool:
    ended = "ERR_CONNECTION_REFUSED" in said.text  # a page that is still there when its studio has ended
    return said.type in ("error", "warning") and not ended


def _own(url: str) -> bool:
    return url.startswith(("http://127.0.0.1:", "data:", "blob:"))


def configured(folder: Path, mapping: Path, samples: Path, **settings: Any) -> Installation:
    return Installation(folder, {"type": "files", "path": str(samples)}, mapping=str(mapping), **settings)


def write_json(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")
