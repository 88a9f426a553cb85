"""SIGKILL: at any line, around any commit, within any transaction, around any request, after any time."""

from __future__ import annotations

import signal
import time
from collections.abc import Mapping

from tests.campaign.round import Round
from tests.campaign.trouble import POINTS, Trouble
from tests.campaign.world import CrmName, SourceName, World, between, world
from tests.promises.installation import Done

PLACES: tuple[tuple[SourceName, CrmName], ...] = (
    ("files", "sql"),
    ("partner_central", "sql"),
    ("files", "salesforce"),
    ("partner_central", "salesforce"),
)
KILLS = 5  # in a round, at most
KILLED = -signal.SIGKILL  # a process's exit code


def killed_syncs(round: Round) -> None:
    """A sync of the story's last chapter, or what applies its plan, is killed, begun again and killed again,
    before one may end."""
    source, crm = PLACES[round.seed % len(PLACES)]
    round.title = f"{source}, {crm}"
    with world(round.folder / "killed", source, crm) as there:
        round.begin(there)
        edits = dict(round.rep_edits(there))
        twin = round.twin(there)
        changes = round.dice.random() < 0.5  # what AWS has to say, between two kills
        if changes:
            there.give(between(round.story))
        for number in range(round.times(KILLS)):
            if changes and number == round.times(KILLS) // 2:
                there.give([raw | {"EngagementTitle": "At last"} for raw in round.story.then])
            command: tuple[str, ...] = ("sync", "--quiet")
            if round.dice.random() < 0.2:
                plan = str(there.folder / "plan.json")
                round.heed(there.there.run("plan", "--quiet", "--out", plan), there)
                command = ("apply", "--quiet", plan)
            done = round.heed(killed(round, there, twin.points, twin.seconds, *command), there)
            if done.code != KILLED and not changes:
                break
            if round.dice.random() < 0.3:  # in the midst of it, with what there is by now
                edits |= round.rep_edits(there)
        round.close(there, edits)


def killed(round: Round, there: World, points: Mapping[str, int], seconds: float, *command: str) -> Done:
    """A run that is killed at one of the ``points`` that an undisturbed one passes, or within its
    ``seconds``, rather early; unless it is over by then, since it had less to do."""
    point = round.dice.choice([*(name for name in POINTS if points.get(name)), "time"])
    if point == "time":
        process = there.there.begin(*command)
        time.sleep(round.dice.uniform(0.0, round.dice.uniform(0.0, seconds)))
        process.kill()
        done = process.done()
    else:
        number = round.dice.randint(1, round.dice.randint(1, points[point]))
        done = there.there.run(*command, trouble=Trouble(kill=(point, number)))
    round.counts[point] += done.code == KILLED
    return done
