"""Records told to AWS while runs are killed and answers lost: every opportunity of AWS has its record's id,
and nothing else of it has changed."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from tests.campaign import kills
from tests.campaign.faults import RATES, Counted
from tests.campaign.findings import Finding
from tests.campaign.round import Round
from tests.campaign.world import Raw, World, world
from tests.servers.faults import ALL_TRANSIENT

KILLS = 5
_MEMBER = "PartnerOpportunityIdentifier"
_OURS = {_MEMBER, "LastModifiedDate"}
_POINTS = dict.fromkeys(("before request", "after request", "before commit", "after commit"), 60)


def linked_back(round: Round) -> None:
    """Every second round has faults, too."""
    rate = RATES[round.seed // 2 % len(RATES)] if round.seed % 2 else 0.0
    round.title = f"kills and {rate:.0%} faults" if rate else "kills"
    settings = {"source": {"write_back": "opportunity"}}
    with world(round.folder / "linked", "partner_central", "sql", settings) as there:
        assert there.service is not None
        round.begin(there)
        with there.service.lock:
            there.service.settle()
            before = copy.deepcopy(there.service.opportunities)
        faults = there.service.faults = Counted.of(rate, ALL_TRANSIENT, round.seed) if rate else None
        for _ in range(round.times(KILLS)):
            done = round.heed(kills.killed(round, there, _POINTS, 1.0, "sync", "--quiet"), there)
            if done.code != kills.KILLED:
                break
        there.service.faults = None
        round.counts["faults"] += faults.drawn if faults else 0
        round.close(there)
        round.find(_of_aws(there, before))


def _of_aws(there: World, before: dict[str, Raw]) -> Iterator[Finding]:
    assert there.service is not None
    ids = {row["key"]: row["id"] for row in there.book.rows()["opportunities"]}
    for number, opportunity in there.service.opportunities.items():
        origin = there.service.origin(number)
        expected = ids[origin["Id"]] if origin else None
        if opportunity.get(_MEMBER) != expected:
            yield "lost", f"AWS's {number}: {opportunity.get(_MEMBER)} instead of {expected}"
        old, new = _said(before[number]), _said(opportunity)
        changed = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)} - _OURS
        if changed:
            yield "half written", f"AWS's {number}: {sorted(changed)}"


def _said(value: Any) -> Any:
    """Without nulls, which AWS answers with but does not take."""
    if isinstance(value, dict):
        return {name: _said(member) for name, member in value.items() if member is not None}
    return [_said(item) for item in value if item is not None] if isinstance(value, list) else value
