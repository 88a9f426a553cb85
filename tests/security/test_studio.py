"""The studio by the OWASP list: what tests/studio/test_guard.py does not look at already."""

from __future__ import annotations

import html
import logging
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from connector.cli import logs
from connector.cli.options import Options
from tests.promises.installation import ROOT
from tests.studio.conftest import CHROMIUM, Running, configured, studio_of

ALWAYS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
TRAVERSALS = (
    "/..%2f..%2f..%2fetc%2fpasswd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/invitations/..%2f..%2fconfig.yaml",
    "/_nicegui/{version}/static/..%2f..%2f..%2f..%2fetc/passwd",
    "/_nicegui/{version}/static/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "/_nicegui/{version}/components/..%2f..%2fetc%2fpasswd",
    "/_nicegui/{version}/esm/..%2f..%2f..%2fetc/passwd",
    "/_nicegui/{version}/resources/..%2f..%2f/etc/passwd",
    "/_nicegui/{version}/libraries/..%2f..%2fetc%2fpasswd",
    "/etc/passwd",
    "/config.yaml",
)


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    mappings = ROOT / "mappings"
    folder = tmp_path_factory.mktemp("studio")
    with studio_of(configured(folder, mappings / "sql.yaml", mappings / "samples")) as running:
        yield running


@pytest.fixture(scope="module")
def session(studio: Running) -> Iterator[requests.Session]:
    with requests.Session() as session:
        for number in range(200):  # A07: guesses neither open it nor use the token up
            guess = f"{studio.url}/?token=guess-{number}"
            assert requests.get(guess, timeout=60).status_code == 401
        # A07: an identifier that the browser brings along is never made the session's.
        session.cookies.set(f"studio-{studio.port}", "fixed-by-another", domain="127.0.0.1", path="/")
        assert session.get(studio.address, timeout=60, allow_redirects=False).status_code == 303
        yield session


def test_the_session_is_not_one_that_was_brought_along(studio: Running, session: requests.Session) -> None:
    held = [cookie.value for cookie in session.cookies if cookie.name == f"studio-{studio.port}"]
    assert held and all(
        value is not None and len(value) > 40 for value in held if value != "fixed-by-another"
    )
    fixed = {f"studio-{studio.port}": "fixed-by-another"}
    assert requests.get(studio.url, cookies=fixed, timeout=60).status_code == 401
    token = re.search(r"token=(.+)", studio.address)
    assert token is not None and len(token[1]) >= 32, "192 bits"
    assert token[1] not in held, "the token, which was printed, is not what opens the studio from then on"


def test_every_answer_has_the_headers_refusals_too(studio: Running, session: requests.Session) -> None:
    answers = [
        requests.get(studio.url, timeout=60),
        requests.get(studio.url, headers={"Host": "evil.example"}, timeout=60),
        session.get(studio.url, timeout=60),
        session.get(f"{studio.url}/nothing/here", timeout=60),
        session.get(f"{studio.url}/invitations/engi-unknown", timeout=60),
        session.put(studio.url, headers={"Origin": studio.origin}, timeout=60),
    ]
    for answer in answers:
        assert {name: answer.headers.get(name) for name in ALWAYS} == ALWAYS, answer.url
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert not {"Server", "X-Powered-By", "Access-Control-Allow-Origin"} & set(answer.headers)


@pytest.mark.parametrize("path", TRAVERSALS)
def test_no_path_leads_to_a_file(studio: Running, session: requests.Session, path: str) -> None:
    import nicegui

    url = studio.url + path.format(version=nicegui.__version__)
    request = session.prepare_request(requests.Request("GET", url))
    request.url = url  # as it is, without anything made shorter
    answer = session.send(request, timeout=60)
    assert "root:" not in answer.text and "ledger.db" not in answer.text
    assert answer.status_code in (200, 403, 404)


def test_there_are_no_pages_about_the_service(studio: Running, session: requests.Session) -> None:
    for path in ("/docs", "/redoc", "/openapi.json", "/debug", "/.env"):
        assert session.get(studio.url + path, timeout=60).status_code == 404


def test_another_page_cannot_ask_for_permission(studio: Running, session: requests.Session) -> None:
    headers = {"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}
    answer = session.options(studio.url, headers=headers, timeout=60)
    assert answer.status_code == 403
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_the_way_in_leads_to_no_other_host(tmp_path: Path) -> None:
    mappings = ROOT / "mappings"
    with studio_of(configured(tmp_path, mappings / "sql.yaml", mappings / "samples")) as studio:
        token = studio.address.partition("?")[2]
        answer = requests.get(f"{studio.url}//evil.example/?{token}", timeout=60, allow_redirects=False)
        assert answer.headers["Location"] == f"{studio.path}//evil.example/"


RECORDING = """#!/bin/sh
printf '%s\\n' "$@" > {told}.arguments
file=$(printf '%s' "$1" | sed 's,^file://,,')
stat -c %a "$file" > {told}.mode
cp "$file" {told}.page
mv {told}.arguments {told}
"""


def started_with_a_browser(folder: Path) -> tuple[Any, Path]:
    """A studio that opens a browser, which writes down what it was given."""
    mappings = ROOT / "mappings"
    installed = configured(folder, mappings / "sql.yaml", mappings / "samples")
    told, browser = folder / "told", folder / "browser"
    browser.write_text(RECORDING.format(told=told), encoding="utf-8")
    browser.chmod(0o700)
    (folder / "home").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BROWSER", f"{browser} %s")
        patch.setenv("HOME", str(folder / "home"))
        return installed.start("studio"), told


def ended(process: Any) -> None:
    process.send_signal(2)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said


def test_the_browser_is_told_the_token_by_a_private_file(tmp_path: Path) -> None:
    process, told = started_with_a_browser(tmp_path)
    address = process.line().split()[-1]
    token = address.partition("token=")[2]
    for _ in range(100):
        if told.exists():
            break
        time.sleep(0.1)
    (given,) = told.read_text(encoding="utf-8").split()
    assert token not in given and given.startswith("file:///")
    assert Path(f"{told}.mode").read_text(encoding="utf-8").strip() == "600"
    assert html.escape(address) in Path(f"{told}.page").read_text(encoding="utf-8")
    ended(process)
    assert list((tmp_path / "home").iterdir()) == [], "it is gone with the studio"


@pytest.mark.browser
def test_a_browser_gets_in_by_that_file_and_has_no_token_in_its_history(tmp_path: Path) -> None:
    from playwright.sync_api import sync_playwright

    process, told = started_with_a_browser(tmp_path)
    process.line()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.set_default_timeout(60_000)
        while not told.exists():
            time.sleep(0.1)
        page.goto(told.read_text(encoding="utf-8").strip())
        page.get_by_role("heading", level=1).wait_for()
        assert "token" not in page.url and "token" not in page.evaluate("document.referrer")
        while page.go_back() is not None and page.url.startswith("http"):
            assert "token" not in page.url
        browser.close()
    ended(process)


def test_a_bug_in_a_page_is_logged_without_the_values_that_it_met(capsys: pytest.CaptureFixture[str]) -> None:
    from connector.studio.app import without_words

    logs.configure(Options(debug=True))
    log = logging.getLogger("nicegui")
    log.addFilter(without_words)
    try:
        raise RuntimeError("Marked Customer")
    except RuntimeError as error:
        log.exception(error)
    finally:
        log.removeFilter(without_words)
    said = capsys.readouterr().err
    assert "RuntimeError" in said and "bug" in said
    assert "Marked" not in said
