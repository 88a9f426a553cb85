"""From a config to the things a command works with: the CRM, the ledger, the mapping, and all of a run."""

from __future__ import annotations

import contextlib
import gc
import logging
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, TypeVar, cast

from connector import yamlfile
from connector.apply import Outcome
from connector.budget import ReadBudget
from connector.cli.options import Options
from connector.cli.sources import enriched, open_source
from connector.cli.stopping import patient, stopping
from connector.config import load
from connector.crm.base import BulkCrm, Crm
from connector.crm.keyless import Keyless
from connector.crm.planned import Planned
from connector.errors import ConfigurationError, Finding
from connector.fetch import Source
from connector.ledger import Ledger
from connector.ledger_cipher import ciphers
from connector.ledger_decisions import DecisionLedger, by_minute
from connector.limits import Limits
from connector.mapping.functions import Rates
from connector.mapping.load import deprecated
from connector.mapping.load import load as load_mapping_file
from connector.mapping.model import Mapping
from connector.mapping.nearest import did_you_mean
from connector.rehearsal import Rehearsal
from connector.retry import retry
from connector.sections import PartnerCentralSource
from connector.settings import Config
from connector.walk import Link, Walk
from connector.yamlfile import Document

if TYPE_CHECKING:
    from connector.fetch.engagements import Service

log = logging.getLogger(__name__)

T = TypeVar("T")
_RARELY = (100_000, 20, 20)


def load_config(options: Options) -> Config:
    """The config that ``options`` name. Raises ConfigurationError with all findings."""
    return load(options.config, tenant=options.tenant)


def load_mapping(config: Config) -> Mapping:
    """The config's mapping, compiled with its rates; what is deprecated in it is logged. Raises
    ConfigurationError with all findings, also for a mapping that is for another CRM."""
    document = yamlfile.read(config.mapping_path)
    mapping = load_mapping_file(document, Rates(config.currency.base, config.currency.rates))
    if wrong := for_another_crm(document, mapping, config):
        raise ConfigurationError(f"{config.mapping} is not for the config's CRM", [wrong])
    for finding in deprecated(document):
        _warn_once(str(finding))
    return mapping


def for_another_crm(document: Document, mapping: Mapping, config: Config) -> Finding | None:
    """What is wrong where the mapping in ``document`` is for another kind of CRM than the config's: it may be
    looked at and tested, and not run."""
    if mapping.crm == config.crm.type:
        return None
    message = f"the mapping is for a CRM of type {mapping.crm:.40}, and the config's is {config.crm.type}"
    hint = "correct crm here, or mapping or crm.type in the config"
    return Finding(message, document.position(("crm",)), hint)


@cache
def _warn_once(text: str) -> None:
    """In a process: a consumer of events opens a walk every minute."""
    log.warning("%s", text)


def ask_crm(config: Config, operation: str, question: Callable[[Crm], T]) -> T:
    """The answer of the config's CRM to a question outside of any run, tried again as the config says."""
    with config.open_crm(read_only=True) as crm:
        policy = config.retry.policy("crm")
        return retry(policy, lambda: question(crm), service=crm.name, operation=operation)


@contextlib.contextmanager
def open_ledger(config: Config, *, read_only: bool = False) -> Iterator[Ledger]:
    """The ledger; with ``read_only`` nothing is made or written."""
    kind = Rehearsal if read_only else Ledger
    ledger = kind.open(config.ledger_url(), config.directory, ciphers(config.ledger_key()))
    with ledger:
        yield ledger


@contextlib.contextmanager
def open_walk(
    config: Config,
    *,
    rehearse: bool = False,
    force: bool = False,
    watch: Callable[[Outcome], None] = lambda _: None,
    await_quota: Callable[[float], None] | None = None,
) -> Iterator[Walk]:
    """All that a run works with, and Ctrl-C's handler. With ``rehearse`` nothing can be written; with
    ``await_quota`` an exhausted daily quota is waited for."""
    _collect_rarely()
    for finding in (*config.deprecated(), *config.exposed()):
        _warn_once(str(finding))
    with contextlib.ExitStack() as stack:
        mapping = load_mapping(config)
        ledger = stack.enter_context(open_ledger(config, read_only=rehearse))
        crm = stack.enter_context(config.open_crm(read_only=rehearse))
        if isinstance(crm, BulkCrm):  # as those are that may lack the fields for our keys
            crm = Keyless(crm, ledger)
        stop = threading.Event()
        budget = _budget(config, ledger, stop, await_quota)
        source = open_source(config, _spending(config, ledger, budget))
        link = _link(config, source, mapping)
        source = enriched(source, mapping, ledger.engaged, linked=link is not None)
        stack.callback(source.close)
        stack.enter_context(stopping(stop, source.close))
        yield Walk(
            source,
            Planned(crm) if rehearse else crm,
            ledger,
            mapping,
            limits=Limits(config.limits.max_updates, config.limits.max_updates_percent, force),
            policy=config.retry.policy("crm"),
            budget=budget,
            batch_size=config.batch_size or crm.gather,
            stop=stop,
            watch=watch,
            link=None if rehearse else link,
            tenant=config.tenant,
            sleep=stop.wait,
        )


def _spending(config: Config, ledger: Ledger, budget: ReadBudget | None) -> Callable[[str], None]:
    if budget is None or not isinstance(config.source, PartnerCentralSource):
        return lambda _kind: None
    return spending(config.source, ledger, budget)


def spending(source: PartnerCentralSource, ledger: Ledger, reads: ReadBudget) -> Callable[[str], None]:
    """What is to be asked before every call of the service: the quota of ``reads``, or that of writes. Of
    earlier runs' writes, those are counted that are in the journal of decisions."""
    made = by_minute(DecisionLedger(ledger).since(datetime.now(UTC) - timedelta(hours=24)))
    writes = ReadBudget(source.writes_per_day, made, clock=lambda: datetime.now(UTC), what="writes")
    return lambda kind: (writes if kind == "write" else reads).take()


def _collect_rarely() -> None:
    """A walk makes many values and no cycles: the collector's usual pace costs a fifth of a backfill's time.
    Once in a process: what is frozen is never freed, and a consumer of events opens a walk every minute."""
    if gc.get_threshold() != _RARELY:
        gc.freeze()
        gc.set_threshold(*_RARELY)


def _link(config: Config, source: Source, mapping: Mapping) -> Link | None:
    """What tells AWS of the CRM's records, if the config wants that. Raises ConfigurationError for a rule
    that the mapping does not have."""
    if not isinstance(config.source, PartnerCentralSource) or config.source.write_back is None:
        return None
    rule, names = config.source.write_back, [rule.name for rule in mapping.records]
    if rule not in names:
        message = f"source.write_back: the mapping has no rule {rule}"
        raise ConfigurationError(message, hint=did_you_mean(rule, names) or f"one of {', '.join(names)}")
    from connector.fetch.linking import link

    return Link(rule, lambda opportunity, record_id: link(cast("Service", source), opportunity, record_id))


def _budget(
    config: Config,
    ledger: Ledger,
    stop: threading.Event,
    await_quota: Callable[[float], None] | None,
) -> ReadBudget | None:
    if not isinstance(config.source, PartnerCentralSource):
        return None
    now = datetime.now(UTC)
    wait = patient(stop, await_quota) if await_quota else None
    return ReadBudget(
        config.source.reads_per_day, ledger.reads(now), clock=lambda: datetime.now(UTC), wait=wait
    )
