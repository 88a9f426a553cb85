"""What is done to a run from within its own process. Nothing in the product knows of it."""

from __future__ import annotations

import datetime as datetimes
import json
import os
import resource
import signal
import sqlite3
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import botocore.httpsession
import requests
import sqlalchemy as sa
from sqlalchemy.engine.default import DefaultDialect

CONNECTOR = str(Path(__file__).parents[2] / "connector") + os.sep
# Where a run can be killed: around a commit of any database (the CRM's or the ledger's), after a statement
# and so within a transaction, around a request of any service, at a line of the connector's own.
POINTS = ("before commit", "after commit", "after statement", "before request", "after request", "line")


@dataclass(frozen=True)
class Trouble:
    """``kill``: a point and which of them, counted from 1. ``count``: the file that is told how many points
    there were. ``file_bytes``: no file grows beyond. ``pages``: a database is full at so many pages (4 KB);
    ``full``: which, the part of its file's name. ``clock``: seconds that the clock is wrong; after ``step``
    calls of it, by so many more. ``zone``: the machine's time zone. ``stdout``: the file that it goes to."""

    kill: tuple[str, int] | None = None
    count: str | None = None
    file_bytes: int | None = None
    pages: int | None = None
    full: str = ".db"
    clock: float = 0.0
    step: tuple[int, float] | None = None
    zone: str | None = None
    stdout: str | None = None

    def begin(self) -> None:
        if self.kill or self.count:
            _watch(self.kill, self.count)
        if self.file_bytes is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (self.file_bytes, resource.RLIM_INFINITY))
        if self.pages is not None:
            _fill(self.pages, self.full)
        if self.clock or self.step:
            _set_clock(self.clock, self.step)
        if self.zone is not None:
            os.environ["TZ"] = self.zone
            time.tzset()


# -- kills


class _Points:
    """Counts the points that the run passes, and kills it at one."""

    def __init__(self, kill: tuple[str, int] | None) -> None:
        self._kill = kill
        self.seen: Counter[str] = Counter()

    def passed(self, point: str) -> None:
        self.seen[point] += 1
        if self._kill == (point, self.seen[point]):
            os.kill(os.getpid(), signal.SIGKILL)


def _watch(kill: tuple[str, int] | None, count: str | None) -> None:
    points = _Points(kill)
    _around(DefaultDialect, "do_commit", points, "commit")
    sa.event.listen(sa.Engine, "after_cursor_execute", lambda *_: points.passed("after statement"))
    _around(requests.Session, "send", points, "request")
    _around(botocore.httpsession.URLLib3Session, "send", points, "request")
    if count or (kill and kill[0] == "line"):
        _trace(points)
    if count:
        _on_leaving(lambda: Path(count).write_text(json.dumps(points.seen), encoding="utf-8"))


def _around(owner: type, name: str, points: _Points, point: str) -> None:
    original = getattr(owner, name)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        points.passed(f"before {point}")
        answer = original(*args, **kwargs)
        points.passed(f"after {point}")
        return answer

    setattr(owner, name, wrapped)


def _trace(points: _Points) -> None:
    def local(frame: FrameType, event: str, _: Any) -> Any:
        if event == "line":
            points.passed("line")
        return local

    def calls(frame: FrameType, event: str, _: Any) -> Any:
        code = frame.f_code
        return local if code.co_filename.startswith(CONNECTOR) and code.co_name != "<module>" else None

    threading.settrace(calls)
    sys.settrace(calls)


def _on_leaving(do: Callable[[], Any]) -> None:
    leave = sys.exit

    def leaving(code: Any = None) -> None:
        do()
        leave(code)

    sys.exit = leaving  # type: ignore[assignment]


# -- disks and clocks


def _fill(pages: int, which: str) -> None:
    @sa.event.listens_for(sa.Engine, "connect")
    def _limit(connection: Any, _: Any) -> None:
        if isinstance(connection, sqlite3.Connection):
            (_, _, file), *_others = connection.execute("PRAGMA database_list").fetchall()
            if which in file:
                connection.execute(f"PRAGMA max_page_count={pages}")


class _Real(type):
    """A real datetime is an instance of the wrong clock's, as code that was loaded before takes it."""

    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, _DATETIME)


_DATETIME = datetimes.datetime


def _set_clock(seconds: float, step: tuple[int, float] | None) -> None:
    """Every look at the time of day is wrong from now on, in all that is loaded; monotonic time goes on."""
    looks, real = Counter[str](), time.time

    def wrong_time() -> float:
        looks[""] += 1
        return real() + seconds + (step[1] if step and looks[""] > step[0] else 0.0)

    class Wrong(_DATETIME, metaclass=_Real):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return _DATETIME.fromtimestamp(wrong_time(), tz)

        @classmethod
        def utcnow(cls) -> Any:
            return _DATETIME.fromtimestamp(wrong_time(), datetimes.UTC).replace(tzinfo=None)

    time.time = wrong_time
    for module in list(sys.modules.values()):
        names = vars(module) if module is not None and module.__name__ != __name__ else {}
        for name, value in list(names.items()):
            if value is _DATETIME:
                setattr(module, name, Wrong)
            elif value is real:
                setattr(module, name, wrong_time)
