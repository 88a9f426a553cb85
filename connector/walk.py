"""What a run works with, and what it reports."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from connector.apply import Kind, Outcome
from connector.budget import ReadBudget
from connector.crm.base import Crm
from connector.errors import ConnectorError, UsageError
from connector.fetch import Source
from connector.ledger import Ledger
from connector.limits import Limits
from connector.mapping.model import Mapping as MappingFile
from connector.retry import RetryPolicy, retry

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Link:
    """``write(opportunity, id)`` tells AWS the id of the record that ``rule`` makes of its opportunity."""

    rule: str
    write: Callable[[str, str], object]


@dataclass(slots=True)
class Broken:
    """What the CRM was seen to break at in a run: ``alone`` counts the records, sent by themselves, since
    anything passed; ``most`` is, by object, how many passed at once where more did not."""

    alone: int = 0
    most: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Walk:
    """What a run works with. ``stop``, once set, ends it after the batch in hand; ``watch`` is told of every
    outcome; ``batch_size`` counts invitations, and what has come within ``batch_seconds`` is a batch too: a
    run that is cut off every few minutes still gets on. ``link``, if given, tells AWS of the CRM's record.
    ``tenant`` is whose run it is, where there are several."""

    source: Source
    crm: Crm
    ledger: Ledger
    mapping: MappingFile
    limits: Limits = field(default_factory=Limits)
    policy: RetryPolicy = field(default_factory=RetryPolicy)
    budget: ReadBudget | None = None
    batch_size: int = 200
    batch_seconds: float = 120.0
    stop: threading.Event = field(default_factory=threading.Event)
    watch: Callable[[Outcome], None] = lambda _: None
    link: Link | None = None
    tenant: str = ""
    broken: Broken = field(default_factory=Broken)
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], object] = time.sleep

    def attempt(self, operation: str, function: Callable[[], T]) -> T:
        """A call of the CRM, tried again as the retry policy says."""
        return retry(self.policy, function, service=self.crm.name, operation=operation, sleep=self.sleep)


@dataclass(slots=True)
class Report:
    """How a run went. ``counts`` add up to ``listed``; ``error`` is what ended it early, ``left`` the
    invitations that it did not get to because of that. ``calls`` are by service and operation, ``waits`` by
    service and the code of the attempt that failed and came again."""

    run_id: int = 0
    counts: Counter[Kind] = field(default_factory=Counter)
    warned: int = 0
    left: list[str] = field(default_factory=list)
    calls: dict[str, dict[str, int]] = field(default_factory=dict)
    waits: dict[str, dict[str, int]] = field(default_factory=dict)
    seconds: float = 0.0
    error: ConnectorError | None = None

    @property
    def listed(self) -> int:
        return sum(self.counts.values())

    @property
    def needs_attention(self) -> bool:
        return bool(self.counts[Kind.FAILED] or self.counts[Kind.REVIEW] or self.warned)


def stay_with_the_crm(walk: Walk) -> None:
    """What the ledger knows of the records of one CRM is wrong of any other's: a sync would take them for
    done, and strangers with their ids for ours."""
    here, known = walk.crm.location, walk.ledger.crm()
    if here and known and here != known:
        raise another_crm(here, known)
    if here and not known:
        walk.ledger.remember_crm(here)


def another_crm(here: str, known: str) -> UsageError:
    return UsageError(
        f"the ledger is about the records of another CRM: of {known}, and the config's crm is {here}",
        hint="give each CRM a ledger of its own (ledger.url); if this is the same CRM at another address,"
        " `crm-connector ledger same-crm` says so",
    )
