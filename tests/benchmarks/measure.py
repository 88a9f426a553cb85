"""One command, measured: what it took, and nothing of what this process or the services took."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.promises.installation import ROOT, Installation

Row = dict[str, Any]
Command = Sequence[str | Path]


def connector(there: Installation | None = None) -> list[str]:
    """How our command begins."""
    config = ["--config", str(there.folder / "config.yaml")] if there else []
    return [sys.executable, "-m", "connector", *config]


def timed(command: Command, environ: Mapping[str, str] | None = None) -> Row:
    """Wall seconds, CPU seconds of the process and its children, and the peak resident memory of the largest
    of them. (A child begins with its parent's memory: this process must stay small.)"""
    return _run(command, environ)[0]


def said(command: Command) -> tuple[Row, str]:
    """The same, and what it printed."""
    return _run(command, None)


def _run(command: Command, environ: Mapping[str, str] | None) -> tuple[Row, str]:
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as complaint:
        started = time.perf_counter()
        process = subprocess.Popen(
            list(map(str, command)),
            cwd=ROOT,
            env={**os.environ, **(environ or {})},
            stdout=out,
            stderr=complaint,
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        for file in (out, complaint):
            file.seek(0)
        if process.returncode not in (0, 3):
            why = complaint.read().decode()
            raise SystemExit(f"{' '.join(map(str, command))} ended with {process.returncode}: {why}")
        cpu = usage.ru_utime + usage.ru_stime
        row = {"seconds": seconds, "cpu_seconds": cpu, "peak_mb": usage.ru_maxrss / 1024}
        return row, out.read().decode()


def median(command: Command, times: int) -> Row:
    """The run of median wall time, of so many."""
    rows = sorted((timed(command) for _ in range(times)), key=lambda row: float(row["seconds"]))
    return rows[times // 2]
