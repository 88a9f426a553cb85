"""From a config to a desk: what deciding about invitations works with."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from connector.budget import ReadBudget
from connector.cli.session import open_ledger
from connector.cli.sources import open_source
from connector.cli.stopping import stopping
from connector.desk import Desk
from connector.errors import UsageError
from connector.fetch.engagements import Operations
from connector.fetch.partner_central import PartnerCentral
from connector.ledger import Ledger
from connector.ledger_decisions import Decision, DecisionLedger, by_minute
from connector.settings import Config, PartnerCentralSource


@contextlib.contextmanager
def open_desk(
    config: Config,
    *,
    rehearse: bool = False,
    wait: float = 0.0,
    watch: Callable[[Decision], None] = lambda _: None,
) -> Iterator[Desk]:
    """A desk, and Ctrl-C's handler. It holds the ledger's lock, for which it waits as long as ``wait`` says;
    with ``rehearse`` there is none to hold, and nothing can be written. Raises UsageError for a source that
    is not the service itself."""
    settings = config.source
    if not isinstance(settings, PartnerCentralSource):
        hint = "give the config `source: {type: partner_central, ...}`"
        raise UsageError("files can be read, but not accepted or rejected", hint=hint)
    stop = threading.Event()
    with contextlib.ExitStack() as stack:
        ledger = stack.enter_context(open_ledger(config, read_only=rehearse))
        journal = DecisionLedger(ledger)
        reads, budget = _budgets(settings, ledger, journal)
        source = open_source(config, budget)
        if not isinstance(source, PartnerCentral):
            raise TypeError("open_source gave another source than the config names")
        stack.callback(source.close)
        stack.enter_context(stopping(stop, source.close))
        stack.enter_context(ledger.lock(wait, stop.wait))
        stack.callback(lambda: ledger.save_reads(reads.unsaved()))
        yield Desk(source, Operations(source), journal, stop=stop, watch=watch, sleep=stop.wait)


def _budgets(
    settings: PartnerCentralSource, ledger: Ledger, journal: DecisionLedger
) -> tuple[ReadBudget, Callable[[str], None]]:
    """The two quotas of 24 hours. Of earlier runs' writes, those are counted that are in the journal."""
    now = _now()
    reads = ReadBudget(settings.reads_per_day, ledger.reads(now), clock=_now)
    made = by_minute(journal.since(now - timedelta(hours=24)))
    writes = ReadBudget(settings.writes_per_day, made, clock=_now, what="writes")
    return reads, lambda kind: (writes if kind == "write" else reads).take()


def _now() -> datetime:
    return datetime.now(UTC)
