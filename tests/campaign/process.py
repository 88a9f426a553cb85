"""The command line in processes of its own, each forked from one that has loaded what a run loads: as a
scheduler's run, but there at once, so that hundreds can be killed."""

from __future__ import annotations

from itertools import count
from pathlib import Path

from tests.campaign.trouble import Trouble
from tests.promises import forked
from tests.promises.installation import Done, Installation

_numbers = count()
NO_TROUBLE = Trouble()


class Process:
    """A run of the command line. ``wait`` gives what came of it; it is killed if it takes too long."""

    def __init__(self, folder: Path, arguments: tuple[str, ...], trouble: Trouble) -> None:
        self._streams = [folder / f"{next(_numbers)}.{name}" for name in ("out", "err")]
        streams = (trouble.stdout or self._streams[0], self._streams[1])
        self._process = forked.begin(arguments, streams, trouble.begin)

    @property
    def is_over(self) -> bool:
        return self._process.exitcode is not None

    def kill(self) -> None:
        self._process.kill()

    def wait(self, seconds: float = 120) -> Done:
        self._process.join(seconds)
        if self._process.exitcode is None:
            self._process.kill()
            self._process.join()
            raise AssertionError(f"no end after {seconds} seconds: {self._read()[1]}")
        code = self._process.exitcode
        self._process.close()
        return Done(code, *self._read())

    def _read(self) -> list[str]:
        texts = [file.read_text(encoding="utf-8") if file.exists() else "" for file in self._streams]
        for file in self._streams:
            file.unlink(missing_ok=True)
        return texts


class Forked(Installation):
    """An installation whose runs are forked. ``done``: what became of each of them."""

    def begin(self, *args: str, trouble: Trouble = NO_TROUBLE) -> Process:
        command = ("--config", str(self.folder / "config.yaml"), *args)
        return Process(self.folder, command, trouble)

    def run(self, *args: str, timeout: float = 120, trouble: Trouble = NO_TROUBLE) -> Done:
        return self.begin(*args, trouble=trouble).wait(timeout)
