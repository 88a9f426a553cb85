"""However the studio ends, the files that it made for itself go with it."""

from __future__ import annotations

import functools
import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from tests.promises.forked import Started
from tests.promises.installation import ROOT
from tests.studio.conftest import configured


def _drafts_in(folder: Path, *, nohup: bool) -> None:
    tempfile.tempdir = str(folder)
    signal.signal(signal.SIGHUP, signal.SIG_IGN if nohup else signal.SIG_DFL)


def started(folder: Path, *, nohup: bool = False) -> Started:
    """A studio that is served and has opened a browser (one that does nothing). Its own files are in the
    folders ``tmp`` (the plan's) and ``home`` (the browser's)."""
    mappings = ROOT / "mappings"
    installed = configured(folder, mappings / "sql.yaml", mappings / "samples")
    for name in ("tmp", "home"):
        (folder / name).mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BROWSER", "true %s")
        patch.setenv("HOME", str(folder / "home"))
        process = installed.start("studio", before=functools.partial(_drafts_in, folder / "tmp", nohup=nohup))
    url = process.line().split()[-1].partition("?")[0]
    assert requests.get(url, timeout=60).status_code == 401  # it is served
    until(lambda: left(folder) == ["home", "tmp"])
    return process


def left(folder: Path) -> list[str]:
    """The folders in which there is something."""
    return [name for name in ("home", "tmp") if list((folder / name).iterdir())]


def until(there: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not there():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM, signal.SIGINT])
def test_nothing_is_left_when_it_is_told_to_end_or_its_terminal_is_closed(
    tmp_path: Path, number: signal.Signals
) -> None:
    process = started(tmp_path)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (0, "Ctrl-C ends it.\n")
    assert left(tmp_path) == []


def test_under_nohup_it_outlives_its_terminal(tmp_path: Path) -> None:
    process = started(tmp_path, nohup=True)
    process.send_signal(signal.SIGHUP)
    with pytest.raises(Exception, match="timed out"):
        process.wait(timeout=2)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 0
