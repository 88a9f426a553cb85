"""Full disks: for every file, for the ledger or the CRM alone, for what is printed; and a real one."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.campaign.round import Round
from tests.campaign.trouble import Trouble
from tests.campaign.world import World, world

RUNS = 3  # on the full disk


def full_disks(round: Round) -> None:
    """Runs on a full disk end with a word, and once there is room the next goes on."""
    title, run = WAYS[round.seed % len(WAYS)]
    round.title = title
    with world(round.folder / "full", "files", "sql") as there:
        round.begin(there)
        run(round, there)
        round.close(there, round.rep_edits(there))


def _no_file_grows(round: Round, there: World) -> None:
    for _ in range(round.times(RUNS)):
        _expect_a_word(round, there, Trouble(file_bytes=round.dice.randint(0, 60_000)))


def _the_ledger_is_full(round: Round, there: World) -> None:
    for more in (0, 1, 3):
        _expect_a_word(round, there, Trouble(pages=_pages(there, "ledger.db") + more, full="ledger.db"))


def _the_crm_is_full(round: Round, there: World) -> None:
    for more in (0, 1, 3):
        _expect_a_word(round, there, Trouble(pages=_pages(there, "crm.db") + more, full="crm.db"))


def _nothing_can_be_printed(round: Round, there: World) -> None:
    done = round.heed(there.there.run("sync", "--output", "json", trouble=Trouble(stdout="/dev/full")), there)
    round.expect(done.code != 0, "it said that all was printed")


def _a_real_one(round: Round, there: World) -> None:
    with _volume(there.folder) as filled:
        round.title += "" if filled else " (no right to mount one: skipped)"
        for _ in range(RUNS if filled else 0):
            _expect_a_word(round, there, Trouble(), heard=False)


@contextlib.contextmanager
def _volume(folder: Path) -> Iterator[bool]:
    """The installation on a volume of 1 MB without room; False without the right to mount one."""
    aside = folder.with_name("aside")
    folder.rename(aside)
    folder.mkdir()
    try:
        mounted = _mount("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder))
        _copy(aside, folder)
        if mounted:
            with contextlib.suppress(OSError):
                (folder / "filler").write_bytes(b"x" * (1 << 20))
        yield mounted
        (folder / "filler").unlink(missing_ok=True)
        for file in folder.iterdir():
            (aside / file.name).write_bytes(file.read_bytes())
    finally:
        _mount("umount", str(folder))
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
        aside.rename(folder)


def _mount(*command: str) -> bool:
    return os.getuid() == 0 and subprocess.run(command, capture_output=True, check=False).returncode == 0


def _copy(source: Path, target: Path) -> None:
    for file in source.iterdir():
        (target / file.name).write_bytes(file.read_bytes())


def _pages(there: World, name: str) -> int:
    return -(-(there.folder / name).stat().st_size // 4096)


def _expect_a_word(round: Round, there: World, trouble: Trouble, *, heard: bool = True) -> None:
    """``heard``: standard error is elsewhere than on the full disk."""
    done = round.heed(there.there.run("sync", "--output", "json", trouble=trouble), there)
    round.counts["faults"] += done.code not in (0, 3)
    round.expect(done.code in (0, 2, 3, 4), f"on a full disk: {done.code}, {done.err[-300:]}")
    if heard and done.code in (2, 4):
        round.expect(bool(done.err.strip()), "it ended without a word")


WAYS: tuple[tuple[str, Callable[[Round, World], None]], ...] = (
    ("no file grows", _no_file_grows),
    ("the ledger is full", _the_ledger_is_full),
    ("the CRM is full", _the_crm_is_full),
    ("nothing can be printed", _nothing_can_be_printed),
    ("a full volume", _a_real_one),
)
