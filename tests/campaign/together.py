"""Two runs at once, on one ledger or on two; and a network that is gone for a while."""

from __future__ import annotations

import shutil
import threading
import time
from typing import Any

from tests.campaign import kills
from tests.campaign.process import Forked
from tests.campaign.round import Round
from tests.campaign.world import RETRY, World, world

AWAY = (0.3, 1.5)  # seconds; a minute, as the retries' pauses are a fortieth of what they usually are


def two_at_once(round: Round) -> None:
    source, crm = kills.PLACES[round.seed % len(kills.PLACES)]
    waits, is_killed = round.seed // 4 % 2 == 1, round.seed // 8 % 2 == 1
    two_ledgers = not waits and is_killed
    how = "two ledgers" if two_ledgers else "one waits" if waits else "one leaves"
    round.title = f"{how}, {source}, {crm}"
    with world(round.folder / "twice", source, crm) as there:
        round.begin(there)
        seconds = round.twin(there).seconds
        other = _other(there) if two_ledgers else there.there
        first = there.there.begin("sync", "--quiet")
        time.sleep(round.dice.uniform(0, seconds / 2))
        second = other.begin("sync", "--quiet", *(["--wait", "60"] if waits else []))
        if is_killed:
            time.sleep(round.dice.uniform(0, seconds))
            first.kill()
        ends = [round.heed(process.done(), there).code for process in (first, second)]
        allowed = {0, 3} if waits or two_ledgers else {0, 3, 5}
        round.expect(ends[1] in allowed, f"the second ended with {ends[1]}")
        round.close(there)


def _other(there: World) -> Forked:
    """The same, with a ledger of its own, as on another machine."""
    folder = there.folder / "other"
    folder.mkdir()
    config = (there.folder / "config.yaml").read_text(encoding="utf-8")
    shutil.copy(there.folder / "ledger.db", folder / "ledger.db")
    for name in ("crm.db", "in.ndjson"):
        config = config.replace(f"sqlite:///{name}", f"sqlite:///{there.folder / name}")
        config = config.replace(f'"{name}"', f'"{there.folder / name}"')
    (folder / "config.yaml").write_text(config, encoding="utf-8")
    other = Forked.__new__(Forked)
    other.folder = folder
    other.run("ledger", "same-crm")  # from there, a file of SQLite has another name
    return other


def network_gone(round: Round) -> None:
    """Every service is away in the midst of a run, and back: before the run gives up, or after."""
    source, crm = kills.PLACES[1 + round.seed % (len(kills.PLACES) - 1)]
    short = round.seed // 3 % 2 == 0
    retry: dict[str, Any] = {**RETRY, "attempts": 100} if short else {**RETRY, "attempts": 3}
    round.title = f"{'shorter' if short else 'longer'} than it is waited for, {source}, {crm}"
    with world(round.folder / "away", source, crm, {"retry": retry}) as there:
        round.begin(there)
        twin = round.twin(there)
        back = threading.Timer(round.dice.uniform(*AWAY), there.connect)
        process = there.there.begin("sync", "--quiet")
        time.sleep(round.dice.uniform(0, twin.seconds))
        there.cut_off()
        round.counts["faults"] += 1
        back.start()
        done = round.heed(process.done(), there)
        back.join()
        allowed = (0, 3) if short else (0, 3, 4)
        round.expect(done.code in allowed, f"without a network: {done.code}, {done.err[-300:]}")
        round.close(there)
