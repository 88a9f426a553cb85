"""What deciding works with, and what it reports."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from connector.errors import ConnectorError
from connector.fetch import Source
from connector.fetch.engagements import Operations
from connector.ledger_decisions import Decision, DecisionLedger
from connector.proposals import Proposal

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Desk:
    """What deciding works with. ``stop``, once set, ends it after the decision in hand; ``watch`` is told how
    each decision stands whenever that changes; ``token`` makes client tokens. Times in seconds."""

    source: Source
    operations: Operations
    journal: DecisionLedger
    stop: threading.Event = field(default_factory=threading.Event)
    watch: Callable[[Decision], None] = lambda _: None
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    timer: Callable[[], float] = time.monotonic
    sleep: Callable[[float], object] = time.sleep
    token: Callable[[], str] = lambda: str(uuid.uuid4())

    def record(self, decision: Decision) -> Decision:
        """Write down how a decision stands now."""
        if not decision.is_open and decision.finished_at is None:
            decision = replace(decision, finished_at=self.clock())
        self.journal.save(decision)
        self.watch(decision)
        log.info("%s %s: %s", decision.action, decision.invitation_id, decision.state)
        return decision


@dataclass(slots=True)
class Carried:
    """What became of proposals: ``decisions`` as they stand, those ``left`` undone, and the ``error`` that is
    the reason for it."""

    decisions: list[Decision] = field(default_factory=list)
    left: list[Proposal] = field(default_factory=list)
    error: ConnectorError | None = None
