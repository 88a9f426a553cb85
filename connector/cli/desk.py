"""From a config to a desk: what deciding about invitations works with."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from connector.budget import ReadBudget
from connector.cli.session import open_ledger, spending
from connector.cli.sources import open_source
from connector.cli.stopping import stopping
from connector.desk import Desk
from connector.errors import UsageError
from connector.fetch.engagements import Operations
from connector.fetch.partner_central import PartnerCentral
from connector.ledger_decisions import Decision, DecisionLedger
from connector.sections import PartnerCentralSource
from connector.settings import Config


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
        reads = ReadBudget(settings.reads_per_day, ledger.reads(_now()), clock=_now)
        source = open_source(config, spending(settings, ledger, reads))
        if not isinstance(source, PartnerCentral):
            raise TypeError("open_source gave another source than the config names")
        stack.callback(source.close)
        stack.enter_context(stopping(stop, source.close))
        stack.enter_context(ledger.lock(wait, stop.wait))
        stack.callback(lambda: ledger.save_reads(reads.unsaved()))
        yield Desk(source, Operations(source), journal, stop=stop, watch=watch, sleep=stop.wait)


def _now() -> datetime:
    return datetime.now(UTC)
