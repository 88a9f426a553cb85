"""SIGKILL while records go to Salesforce as jobs: opened, remembered, filled, begun, awaited, read."""

from __future__ import annotations

from tests.campaign import kills
from tests.campaign.round import Round
from tests.campaign.world import world

SIZE = 400  # invitations, so that more leads are new at once than go by calls
KILLS = 6
_SETTINGS = {"batch_size": 1000, "crm": {"bulk_from": 200, "read_timeout": 2.0}}
_POINTS = {
    "before request": 30,
    "after request": 30,
    "before commit": 12,
    "after commit": 12,
    "line": 200_000,
}


def killed_jobs(round: Round) -> None:
    with world(round.folder / "jobs", "files", "salesforce", _SETTINGS) as there:
        assert there.org is not None
        there.org.bulk_seconds = round.dice.choice((0.0, 0.3, 1.5))
        round.title = f"jobs of {there.org.bulk_seconds} s"
        there.give(round.story.first)
        for _ in range(round.times(KILLS)):
            done = round.heed(kills.killed(round, there, _POINTS, 3.0, "sync", "--quiet"), there)
            if done.code != kills.KILLED:
                break
        round.expect(round.sync(there).code in (0, 3), "the first chapter's closing run")
        round.expect(bool(there.org.jobs), "there was no job")
        there.book.open_by_hand(*round.story.by_hand)
        there.give(round.story.then)
        round.close(there)
