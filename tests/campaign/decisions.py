"""Accepting and rejecting: killed, and with answers spoilt or lost, each is done at AWS exactly once."""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from tests.campaign import kills
from tests.campaign.faults import RATES, Counted
from tests.campaign.findings import Finding
from tests.campaign.round import Round
from tests.campaign.trouble import Trouble
from tests.campaign.world import FAR, Raw, World, world
from tests.servers.faults import ALL_TRANSIENT
from tests.servers.partner_central_client import deals, leads

KILLS = 4  # of each command
_OPERATIONS = {  # what is done at AWS, by command and type of the invitation
    ("accept", "OpportunityInvitation"): "StartEngagementByAcceptingInvitationTask",
    ("accept", "LeadInvitation"): "AcceptEngagementInvitation",
    ("reject", "OpportunityInvitation"): "RejectEngagementInvitation",
    ("reject", "LeadInvitation"): "RejectEngagementInvitation",
}
_points: dict[str, int] = {}  # that an undisturbed run passes, the same for every round


def once_each(round: Round) -> None:
    """Half of what is pending is accepted, the others are rejected; every second round has faults, too."""
    raws = [raw | {"ExpirationDate": FAR} for raw in (*deals(10, round.seed), *leads(4, round.seed))]
    rate = RATES[round.seed // 2 % len(RATES)] if round.seed % 2 else 0.0
    round.title = f"kills and {rate:.0%} faults" if rate else "kills"
    round.story = replace(round.story, then=raws)
    with world(round.folder / "decided", "partner_central", "sql") as there:
        assert there.service is not None
        there.give(raws)
        round.sync(there)
        faults = Counted.of(rate, ALL_TRANSIENT, round.seed) if rate else None
        there.service.faults = faults
        for verb, chosen in (("accept", raws[::2]), ("reject", raws[1::2])):
            _decide(round, there, verb, chosen)
        there.service.faults = None
        round.counts["faults"] += faults.drawn if faults else 0
        for command in (_command(there, "accept", raws[::2]), _command(there, "reject", raws[1::2])):
            done = round.heed(there.there.run(*command), there)
            round.expect(
                done.code == 0, f"the closing {command[1]} ended with {done.code}: {done.err[-500:]}"
            )
        round.expect(round.sync(there).code in (0, 3), "the closing sync")
        round.find(_of_aws(there, raws))
        round.find(_of_the_journal(round, there, raws))
        round.find(_of_the_crm(there, raws))


def _decide(round: Round, there: World, verb: str, chosen: list[Raw]) -> None:
    command = _command(there, verb, chosen)
    for _ in range(round.times(KILLS)):
        done = round.heed(kills.killed(round, there, _points_of(round), 0.5, *command), there)
        if done.code == 0:
            return


def _command(there: World, verb: str, chosen: list[Raw]) -> tuple[str, ...]:
    file = there.folder / verb
    file.write_text("\n".join(raw["Id"] for raw in chosen), encoding="utf-8")
    reason = ("--reason", "Other") if verb == "reject" else ()
    return ("invitations", verb, *reason, "--file", str(file), "--yes", "--quiet", "--wait", "20")


def _points_of(round: Round) -> dict[str, int]:
    if not _points:
        raws = [raw | {"ExpirationDate": FAR} for raw in (*deals(5), *leads(2))]
        with world(round.folder / "undisturbed", "partner_central", "sql") as there:
            there.give(copy.deepcopy(raws))
            file = there.folder / "points.json"
            done = there.there.run(*_command(there, "accept", raws), trouble=Trouble(count=str(file)))
            assert done.code == 0, done.err
            _points.update(json.loads(file.read_text(encoding="utf-8")))
    return _points


def _of_aws(there: World, raws: list[Raw]) -> Iterator[Finding]:
    assert there.service is not None
    applied = Counter(there.service.applied)
    for place, raw in enumerate(raws):
        operation = _OPERATIONS["reject" if place % 2 else "accept", raw["PayloadType"]]
        number = applied.pop((operation, raw["Id"]), 0)
        if number != 1:
            yield "lost" if number == 0 else "doubled", f"{operation} of {raw['Id']} was done {number} times"
    yield from (("doubled", f"{what} was done, which nobody decided") for what in applied)


def _of_the_journal(round: Round, there: World, raws: list[Raw]) -> Iterator[Finding]:
    done = round.heed(
        there.there.run("invitations", "decisions", "--limit", "1000", "--output", "json"), there
    )
    number = Counter(each["invitation"] for each in done.answer)
    if number != Counter(raw["Id"] for raw in raws):
        yield "wrong", f"the journal of decisions: {number}"
    yield from (("wrong", f"decision: {each}") for each in done.answer if each["state"] != "done")


def _of_the_crm(there: World, raws: list[Raw]) -> Iterator[Finding]:
    """The status of every invitation's records is what AWS has, and accepted deals are opportunities."""
    assert there.service is not None
    rows = there.book.rows()
    status = {
        (name, row["key"]): row["aws_status"] for name in ("leads", "opportunities") for row in rows[name]
    }
    for raw in raws:
        stands = there.service.invitations[raw["Id"]]["Status"]
        objects = ["leads"]
        if stands == "ACCEPTED" and raw["PayloadType"] == "OpportunityInvitation":
            objects.append("opportunities")
        for object in objects:
            held = status.pop((object, raw["Id"]), None)
            if held != stands:
                yield (
                    "lost" if held is None else "half written",
                    f"{object} {raw['Id']}: {held}, at AWS {stands}",
                )
    yield from (("doubled", f"{' '.join(record)}, which nobody invited") for record in status)
