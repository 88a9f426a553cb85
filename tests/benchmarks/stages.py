"""Seconds of map + match + plan alone, without the reads and writes around them:
``python -m tests.benchmarks.stages CONFIG`` syncs, and prints them."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

from connector import sync
from connector.cli.main import root


class Timed:
    """A function, and how long its calls took."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self.seconds = 0.0

    def __call__(self, *given: Any) -> Any:
        started = time.perf_counter()
        try:
            return self._function(*given)
        finally:
            self.seconds += time.perf_counter() - started


def main(config: str) -> None:
    stages = [Timed(sync.mapped), Timed(sync.plan)]
    sync.mapped, sync.plan = stages  # type: ignore[assignment]
    root(["--config", config, "sync", "--quiet"], standalone_mode=False)
    print(sum(stage.seconds for stage in stages))


if __name__ == "__main__":
    main(*sys.argv[1:])
