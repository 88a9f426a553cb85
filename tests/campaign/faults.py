"""Every fault of the two loopback services, at three rates: throttled, refused, reset, lost, cut, late."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import ClassVar, Self

from tests.campaign.round import Round
from tests.campaign.world import Raw, World, world
from tests.servers import faults, salesforce_http
from tests.servers.partner_central import PartnerCentral
from tests.servers.salesforce import Salesforce

RATES = (0.01, 0.05, 0.20)
# (An answer with "two_members" says that an accepted deal is a lead, too, and a lead comes of it: as told.)
AWS_KINDS = tuple(kind for kind in faults.KINDS if kind != "two_members")
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
        _tell(round, there, there.service, kind, rate)
        round.close(there)


def of_the_org(round: Round) -> None:
    """Of Salesforce, from files."""
    kind, rate = _chosen(round, ORG_KINDS)
    round.title = f"{kind} {rate:.0%}"
    with world(round.folder / "faulted", "files", "salesforce") as there:
        assert there.org is not None
        _tell(round, there, there.org, kind, rate)
        round.close(there)


def _tell(round: Round, there: World, faulty: PartnerCentral | Salesforce, kind: str, rate: float) -> None:
    """The story's chapters under faults, but for the end of the last."""
    there.give(round.story.first)
    _under_faults(round, there, faulty, Counted.of(rate, (kind,), round.seed))
    _list_anew(there, kind, round.story.first)
    # What a chapter has made, the next one changes.
    round.expect(round.sync(there).code in (0, 3), "the first chapter's closing run")
    there.book.open_by_hand(*round.story.by_hand)
    there.give(round.story.then)
    _under_faults(round, there, faulty, Counted.of(rate, (kind,), -1 - round.seed))
    _list_anew(there, kind, round.story.then)


def _under_faults(round: Round, there: World, faulty: PartnerCentral | Salesforce, drawn: Counted) -> None:
    faulty.faults = drawn
    for _ in range(TRIES):
        if round.sync(there, "--verbose").code in (0, 3):
            break
    faulty.faults = None
    round.counts["faults"] += drawn.drawn


def _list_anew(there: World, kind: str, raws: list[Raw]) -> None:
    """Some answers looked whole and were not; nobody asks for these again before AWS lists them otherwise."""
    if kind in faults.CHANGES:
        there.give([raw | {"EngagementTitle": f"One of {len(raws)}"} for raw in raws])


def _chosen(round: Round, kinds: tuple[str, ...]) -> tuple[str, float]:
    return kinds[round.seed // len(RATES) % len(kinds)], RATES[round.seed % len(RATES)]
