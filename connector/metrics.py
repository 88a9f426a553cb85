"""What monitoring asks of a connector, from its ledger: how old the last good run is, what it did and cost,
what waits for people, what is left of AWS's quota. For Prometheus, in its text format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from connector.apply import Kind
from connector.ledger_rows import Run

if TYPE_CHECKING:
    from connector.distributed.standing import QueueStanding

PREFIX = "crm_connector_"


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand, by the ledger. ``latest`` is the latest run, ``good`` the latest that looked at all
    invitations and came to its end by itself; ``reads_left`` of AWS's quota for 24 hours, None where there is
    none."""

    latest: Run | None
    good: Run | None
    reviews: int
    troubled: int
    reads_left: int | None

    def lag(self, now: datetime) -> timedelta | None:
        """How long ago (``now`` is aware UTC) the last good run ended; None when there was none."""
        good = self.good
        return now - good.finished_at if good is not None and good.finished_at is not None else None


# Name -> what it means, and its labels beside the tenant's.
_GAUGES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "tenant_readable": ("1 if the tenant's settings and ledger can be read.", ()),
    "last_good_run_timestamp_seconds": (
        "When a run of all invitations last ended well, in seconds since 1970.",
        (),
    ),
    "run_id": ("The latest run.", ()),
    "run_done": ("1 if the latest run came to its end by itself.", ()),
    "run_duration_seconds": ("How long the latest run took.", ()),
    "run_invitations": ("Invitations of the latest run.", ("outcome",)),
    "run_calls": ("Calls of the latest run.", ("service", "operation")),
    "run_waits": ("Attempts of the latest run that failed and came again.", ("service", "code")),
    "reviews_open": ("Matches that wait for a person.", ()),
    "invitations_in_trouble": ("Invitations that failed or wait, as things stand.", ()),
    "partner_central_reads_left": ("Reads left of the quota of Partner Central for 24 hours.", ()),
}
_QUEUE: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "queue_readable": ("1 if the queue's database answers.", ()),
    "queue_jobs": ("Jobs in the queue: due, later, doing or failed.", ("task", "state")),
    "queue_oldest_due_seconds": ("How long the job that has waited longest is overdue.", ()),
    "queue_workers": ("Workers that were heard of lately.", ()),
}
_Sample = tuple[str, tuple[str, ...], float]  # the gauge's name, its labels, its value


class _Collector:
    def __init__(
        self, standings: Mapping[str, Standing | None], queues: Sequence[QueueStanding | None]
    ) -> None:
        self._standings, self._queues = standings, queues

    def collect(self) -> Iterator[Metric]:
        named = () if "" in self._standings else ("tenant",)
        gauges = {
            name: GaugeMetricFamily(f"{PREFIX}{name}", meaning, labels=[*named, *labels])
            for name, (meaning, labels) in _GAUGES.items()
            if named or name != "tenant_readable"
        }
        for tenant, standing in self._standings.items():
            # A file's name, which need not be UTF-8.
            whose = (tenant.encode(errors="backslashreplace").decode(),) if named else ()
            if named:
                gauges["tenant_readable"].add_metric(whose, float(standing is not None))
            for name, labels, value in _samples(standing) if standing is not None else ():
                gauges[name].add_metric((*whose, *labels), float(value))
        yield from gauges.values()
        for queue in self._queues:
            yield from _of_queue(queue)


def _samples(standing: Standing) -> Iterator[_Sample]:
    good, latest = standing.good, standing.latest
    if good is not None and good.finished_at is not None:
        yield "last_good_run_timestamp_seconds", (), good.finished_at.timestamp()
    if latest is not None:
        yield from _of_run(latest)
    yield "reviews_open", (), standing.reviews
    yield "invitations_in_trouble", (), standing.troubled
    if standing.reads_left is not None:
        yield "partner_central_reads_left", (), standing.reads_left


def _of_run(run: Run) -> Iterator[_Sample]:
    yield "run_id", (), run.id
    yield "run_done", (), run.state == "done"
    if run.finished_at is not None:
        yield "run_duration_seconds", (), (run.finished_at - run.started_at).total_seconds()
    for kind in Kind:
        yield "run_invitations", (kind.value,), run.counts.get(kind.value, 0)
    for service, operations in run.calls.items():
        for operation, count in operations.items():
            yield "run_calls", (service, operation), count
    for service, codes in run.waits.items():
        for code, count in codes.items():
            yield "run_waits", (service, code), count


def _of_queue(queue: QueueStanding | None) -> Iterator[Metric]:
    gauges = {
        name: GaugeMetricFamily(f"{PREFIX}{name}", meaning, labels=labels)
        for name, (meaning, labels) in _QUEUE.items()
    }
    gauges["queue_readable"].add_metric((), float(queue is not None))
    if queue is not None:
        for (task, state), count in sorted(queue.jobs.items()):
            gauges["queue_jobs"].add_metric((task, state), float(count))
        gauges["queue_oldest_due_seconds"].add_metric((), queue.oldest_due)
        gauges["queue_workers"].add_metric((), float(queue.workers))
    return iter(gauges.values())


def exposition(standings: Mapping[str, Standing | None], *queues: QueueStanding | None) -> str:
    """How things stand, in Prometheus's text format: by tenant, whose name is a label of every metric, or
    under the name "" where there are no tenants; and of the tenants' queue, if there is one. None is for a
    tenant, or a queue, of which that cannot be told."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(standings, queues))
    return generate_latest(registry).decode()
