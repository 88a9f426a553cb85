"""How far a long command is: a bar on a terminal, a log line now and then elsewhere; on standard error."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from connector.cli.options import Options
from connector.cli.text import visible

log = logging.getLogger("connector.progress")
EVERY = 10.0  # seconds between log lines


class Progress:
    """A context; ``update`` may be called as often as one likes."""

    def __init__(self, label: str, options: Options, clock: Callable[[], float] = time.monotonic) -> None:
        self._label = label
        self._clock = clock
        self._logged_at = clock()
        self._bar: Bar | None = None
        if sys.stderr.isatty() and not options.quiet and options.log_format == "text":
            self._bar = _bar()
            self._task = self._bar.add_task(label, total=None)

    def update(self, done: int, total: int | None = None, message: str = "") -> None:
        """``done`` of ``total`` (None: not known yet); ``message`` is what is going on."""
        text = f"{self._label} {visible(message)}".strip()
        if self._bar is not None:
            self._bar.update(self._task, completed=done, total=total, description=text)
        elif self._clock() - self._logged_at >= EVERY:
            self._logged_at = self._clock()
            of = f" of {total:,}" if total is not None else ""
            log.info("%s: %s%s", text, f"{done:,}", of, extra={"done": done, "total": total})

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()


def _bar() -> Bar:
    return Bar(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(file=sys.stderr, markup=False, highlight=False, emoji=False),
        transient=True,
    )
