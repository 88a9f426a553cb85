"""What the studio does at an edit: ``python -m tests.benchmarks.editing CONFIG TIMES`` prints its seconds."""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

from connector.cli.options import Options
from connector.studio.editing import Editing


def main(config: str, times: str) -> None:
    editing = Editing.of(Options(config=Path(config)))
    seconds = []
    for number in range(int(times)):
        text = editing.saved.replace("max_length: 120", f"max_length: {100 + number}")
        started = time.perf_counter()
        editing.check(text)
        editing.records(editing.samples[0])
        editing.difference()
        seconds.append(time.perf_counter() - started)
    print(statistics.median(seconds))


if __name__ == "__main__":
    main(*sys.argv[1:])
