"""Command lines in processes of their own, forked from one that has loaded everything: what a test asks for
is a process, and not the second of CPU that every Python takes to load a connector."""

from __future__ import annotations

import atexit
import io
import itertools
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
from pathlib import Path
from typing import Any, Self

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


_NUMBERS = itertools.count()


class Started:
    """A process of ``crm-connector`` that is under way, in this one's environment if no other is given. It
    calls ``before`` first. Asked as a ``Popen`` is; its output is in two files in ``place``."""

    def __init__(
        self,
        arguments: Sequence[str],
        place: Path,
        before: Callable[[], object] = bool,
        *,
        out: str | None = None,
        folder: Path = ROOT,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        number = next(_NUMBERS)
        self._out, self._err = (place / f"started-{number}.{name}" for name in ("out", "err"))
        streams = (out or self._out, self._err)
        asked = (list(arguments), streams, folder, dict(os.environ if environ is None else environ), before)
        self._process = _FORKS.Process(target=_run, args=asked)
        self._process.start()
        self.pid = self._process.pid or 0

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.returncode is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code. Raises TimeoutExpired when it has not ended after so many seconds."""
        self._process.join(timeout)
        if self.returncode is None:
            said = _read(self._out), _read(self._err)
            raise subprocess.TimeoutExpired("crm-connector", timeout or 0, *said)
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """What it has printed in all, once it has ended."""
        self.wait(timeout)
        return _read(self._out), _read(self._err)

    def done(self, timeout: float = 120) -> Done:
        """What came of it. Raises TimeoutExpired when it takes longer, and kills it."""
        try:
            out, err = self.communicate(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            self._process.join()
            raise
        for file in (self._out, self._err):
            file.unlink(missing_ok=True)
        return Done(self.wait(), out, err)

    def line(self, within: float = 60) -> str:
        """The first line that it prints, or all that it did when it has ended."""
        deadline = time.monotonic() + within
        while True:
            ended = self.returncode is not None
            text = _read(self._out)
            if "\n" in text or ended:
                return text.partition("\n")[0]
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.join()


def run(
    arguments: Sequence[str],
    timeout: float = 120,
    *,
    folder: Path = ROOT,
    environ: Mapping[str, str] | None = None,
) -> Done:
    """What became of ``crm-connector`` with these arguments. Raises TimeoutExpired after so many seconds."""
    with tempfile.TemporaryDirectory() as place:
        return Started(arguments, Path(place), folder=folder, environ=environ).done(timeout)


def _read(file: Path) -> str:
    return file.read_text("utf-8") if file.exists() else ""


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
