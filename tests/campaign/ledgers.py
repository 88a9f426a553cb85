"""Ledgers that are lost, half deleted, or an earlier version's."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from tests.campaign import kills
from tests.campaign.round import Round
from tests.campaign.trouble import Trouble
from tests.campaign.world import World, world
from tests.promises.installation import ROOT

OLD = sorted((ROOT / "tests" / "ledgers").glob("*.sql"))
SAMPLES = ROOT / "mappings" / "samples"


def lost_or_old(round: Round) -> None:
    """Every second round deletes ledgers, the others bring an earlier version's."""
    if round.seed % 2:
        _old(round, OLD[round.seed // 2 % len(OLD)])
    else:
        _deleted(round)


def _deleted(round: Round) -> None:
    """After a kill the ledger is gone, wholly or but for what SQLite has beside it: what is in the CRM is
    found again by keys and titles."""
    source, crm = kills.PLACES[round.seed // 4 % len(kills.PLACES)]
    whole = round.seed // 2 % 2 == 0
    round.title = f"deleted{'' if whole else ', but for its log'}, {source}, {crm}"
    with world(round.folder / "forgetful", source, crm) as there:
        round.begin(there)
        edits, twin = dict(round.rep_edits(there)), round.twin(there)
        for _ in range(round.times(3)):
            round.heed(kills.killed(round, there, twin.points, twin.seconds, "sync", "--quiet"), there)
            for file in there.folder.glob("ledger.db*" if whole else "ledger.db"):
                file.unlink()
        round.close(there, edits)


def _old(round: Round, dump: Path) -> None:
    """The CRM is as this version left it, with a ledger as an earlier one had it; runs that bring it up to
    date are killed at every turn."""
    round.title = f"{dump.stem}.sql"
    with world(round.folder / "old", "files", "sql", {"source": {"path": str(SAMPLES)}}) as there:
        round.expect(round.sync(there).code in (0, 3), "the first run, which had no trouble")
        records, listed = there.book.records(), len(list(SAMPLES.glob("*.json")))
        _restore(there, dump)
        for point in ("after statement", "before commit", "after commit", "line")[: round.times(4)]:
            trouble = Trouble(kill=(point, round.dice.randint(1, 60 if point != "line" else 20_000)))
            round.heed(there.there.run("sync", "--quiet", trouble=trouble), there)
        done = round.sync(there)
        round.expect(done.code in (0, 3), f"the closing run: {done.err[-500:]}")
        round.compare(there, records, {}, sum(done.answer["counts"].values()))
        round.expect(sum(done.answer["counts"].values()) >= listed, "some samples were not looked at")


def _restore(there: World, dump: Path) -> None:
    for file in there.folder.glob("ledger.db*"):
        file.unlink()
    with contextlib.closing(sqlite3.connect(there.folder / "ledger.db")) as database:
        database.executescript(dump.read_text(encoding="utf-8"))
