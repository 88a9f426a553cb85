"""Every fault of the two loopback services, at three rates: throttled, refused, reset, lost, cut, late."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import ClassVar, Self

from tests.campaign.round import Round
from tests.campaign.world import World, world
from tests.servers import faults, salesforce_http

RATES = (0.01, 0.05, 0.20)
AWS_KINDS = faults.KINDS
ORG_KINDS = salesforce_http.KINDS
WITHIN = 20  # calls, in which there is at least one fault
TRIES = 3  # runs under faults, at most, until one has come to its end


@dataclass(frozen=True)
class Counted(salesforce_http.Faults):
    """Of every kind, also of those that usually are scripted; ``tally`` has those that were drawn."""

    known: ClassVar[tuple[str, ...]] = tuple(dict.fromkeys((*AWS_KINDS, *ORG_KINDS)))
    tally: list[str] = field(default_factory=list, compare=False)

    @classmethod
    def of(cls, rate: float, kinds: tuple[str, ...], seed: int) -> Self:
        """By the first seed from ``seed`` on that has a fault ``WITHIN`` the first calls: 1 % of few calls
        would often be none."""
        for number in count(seed * 1000):
            trial = cls(rate, kinds, number)
            if any(trial.draw() for _ in range(WITHIN)):
                return cls(rate, kinds, number)
        raise AssertionError  # count has no end

    def draw(self) -> str | None:
        kind = super().draw()
        self.tally.extend([kind] if kind else [])
        return kind

    @property
    def drawn(self) -> int:
        return len(self.tally)


def of_aws(round: Round) -> None:
    """Of Partner Central, into SQL."""
    kind, rate = _chosen(round, AWS_KINDS)
    round.title = f"{kind} {rate:.0%}"
    with world(round.folder / "faulted", "partner_central", "sql") as there:
        assert there.service is not None
        there.service.page_size = 10
        there.service.faults = Counted.of(rate, (kind,), round.seed)
        _first_chapter(round, there)
        there.service.faults = Counted.of(rate, (kind,), -1 - round.seed)
        _under_faults(round, there)
        there.service.faults = None
        if kind in faults.CHANGES:  # these answers looked whole and were not; then AWS lists them otherwise
            there.give([raw | {"EngagementTitle": "Listed anew"} for raw in round.story.then])
        round.close(there)


def of_the_org(round: Round) -> None:
    """Of Salesforce, from files."""
    kind, rate = _chosen(round, ORG_KINDS)
    round.title = f"{kind} {rate:.0%}"
    with world(round.folder / "faulted", "files", "salesforce") as there:
        assert there.org is not None
        there.org.faults = Counted.of(rate, (kind,), round.seed)
        _first_chapter(round, there)
        there.org.faults = Counted.of(rate, (kind,), -1 - round.seed)
        _under_faults(round, there)
        there.org.faults = None
        round.close(there)


def _first_chapter(round: Round, there: World) -> None:
    there.give(round.story.first)
    _under_faults(round, there)
    there.book.open_by_hand(*round.story.by_hand)
    there.give(round.story.then)


def _under_faults(round: Round, there: World) -> None:
    for _ in range(TRIES):
        if round.sync(there, "--verbose").code in (0, 3):
            break
    for service in (there.service, there.org):
        if service is not None and isinstance(service.faults, Counted):
            round.counts["faults"] += service.faults.drawn


def _chosen(round: Round, kinds: tuple[str, ...]) -> tuple[str, float]:
    return kinds[round.seed // len(RATES) % len(kinds)], RATES[round.seed % len(RATES)]
