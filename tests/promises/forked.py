"""Command lines in processes of their own, forked from one that has loaded everything: what a test asks for
is a process, and not the second of CPU that every Python takes to load a connector."""

from __future__ import annotations

import atexit
import io
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.promises.loaded"])
Streams = tuple[str | Path, str | Path]  # the files that take standard output and standard error


@dataclass(frozen=True, slots=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def answer(self) -> Any:
        return json.loads(self.out)


def run(
    arguments: Sequence[str],
    timeout: float = 120,
    *,
    folder: Path = ROOT,
    environ: Mapping[str, str] | None = None,
) -> Done:
    """What became of ``crm-connector`` with these arguments. Raises TimeoutExpired after so many seconds."""
    with tempfile.TemporaryDirectory() as place:
        out, err = Path(place, "out"), Path(place, "err")
        process = begin(arguments, (out, err), folder=folder, environ=environ)
        process.join(timeout)
        code = process.exitcode
        if code is None:
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(list(arguments), timeout, out.read_bytes(), err.read_bytes())
        process.close()
        return Done(code, out.read_text("utf-8"), err.read_text("utf-8"))


def begin(
    arguments: Sequence[str],
    streams: Streams,
    before: Callable[[], object] = bool,
    *,
    folder: Path = ROOT,
    environ: Mapping[str, str] | None = None,
) -> ForkServerProcess:
    """The process itself, in this one's environment if no other is given. It calls ``before`` first."""
    asked = (list(arguments), streams, folder, dict(os.environ if environ is None else environ), before)
    process = _FORKS.Process(target=_run, args=asked)
    process.start()
    return process


def _run(
    arguments: list[str],
    streams: Streams,
    folder: Path,
    environ: Mapping[str, str],
    before: Callable[[], object],
) -> None:
    os.environ.clear()
    os.environ.update(environ)
    time.tzset()
    os.chdir(folder)
    for number, path in enumerate(streams, 1):
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdout, sys.stderr = _writing(1, "strict"), _writing(2, "backslashreplace")
    signal.signal(signal.SIGINT, signal.default_int_handler)
    before()
    sys.argv = ["crm-connector", *arguments]
    from connector.__main__ import main

    code = 0
    try:
        main()
    except SystemExit as end:
        code = int(end.code or 0)
    _leave(code)


def _writing(number: int, errors: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BufferedWriter(io.FileIO(number, "w", closefd=False)), "utf-8", errors)


def _leave(code: int) -> None:
    """As Python itself does; multiprocessing's way calls nobody who wants to know."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        code = 120
    os._exit(code)
