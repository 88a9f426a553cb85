"""The kinds of trouble that there are."""

from __future__ import annotations

import shutil
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.campaign import clocks, decisions, disks, faults, jobs, kills, ledgers, links, together
from tests.campaign.round import Round


@dataclass(frozen=True)
class Kind:
    """``rounds``: how many it takes to try every way that it has, each with its own luck; ``size``: the
    invitations of its story, which are ``steady`` if they only become more."""

    play: Callable[[Round], None]
    rounds: int
    steady: bool = False
    size: int = 40


KINDS = {
    "kills": Kind(kills.killed_syncs, 80),
    "jobs": Kind(jobs.killed_jobs, 12, size=jobs.SIZE),
    "decisions": Kind(decisions.once_each, 12),
    "links": Kind(links.linked_back, 12),
    "aws-faults": Kind(faults.of_aws, len(faults.AWS_KINDS) * len(faults.RATES)),
    "salesforce-faults": Kind(faults.of_the_org, len(faults.ORG_KINDS) * len(faults.RATES)),
    "disks": Kind(disks.full_disks, 2 * len(disks.WAYS)),
    # (Without the ledger nobody can tell what a person has edited from what AWS has changed.)
    "ledgers": Kind(ledgers.lost_or_old, max(16, 4 * len(ledgers.OLD)), steady=True),
    "clocks": Kind(clocks.wrong_clocks, 2 * len(clocks.WRONG)),
    "dates": Kind(clocks.dates, len(clocks.ZONES)),
    "two-at-once": Kind(together.two_at_once, 16),
    "network": Kind(together.network_gone, 12),
}


def play(kind: str, seed: int, folder: Path, *, short: bool = False) -> Round:
    """One round; what it leaves on the disk is removed. One that cannot go on has found why."""
    folder.mkdir(parents=True)
    chosen = KINDS[kind]
    played = Round(kind, seed, folder, steady=chosen.steady, size=chosen.size, short=short)
    try:
        chosen.play(played)
    except Exception:
        played.find([("wrong", traceback.format_exc())])
    finally:
        shutil.rmtree(folder)
    return played
