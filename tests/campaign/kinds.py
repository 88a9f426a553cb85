"""The kinds of trouble that there are."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.campaign import clocks, decisions, disks, faults, kills, ledgers, together
from tests.campaign.round import Round


@dataclass(frozen=True)
class Kind:
    """``rounds``: how many it takes to try every way that it has, each of them with its own luck."""

    play: Callable[[Round], None]
    rounds: int
    steady: bool = False


KINDS = {
    "kills": Kind(kills.killed_syncs, 80),
    "decisions": Kind(decisions.once_each, 12),
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
    """One round; what it leaves on the disk is removed."""
    folder.mkdir(parents=True)
    played = Round(kind, seed, folder, steady=KINDS[kind].steady, short=short)
    try:
        KINDS[kind].play(played)
    finally:
        shutil.rmtree(folder)
    return played
