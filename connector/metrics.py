"""What monitoring asks of a connector, from its ledger: how old the last good run is, what it did and cost,
what waits for people, what is left of AWS's quota. For Prometheus, in its text format."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from connector.apply import Kind
from connector.ledger_rows import Run

PREFIX = "crm_connector_"
LOOKED_AT = 50  # runs; the last good one is not far behind, or all is lost


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand, by the ledger. ``runs``: the latest, the newest first; ``reads_left`` of AWS's quota
    for 24 hours, None where there is none."""

    runs: Sequence[Run]
    reviews: int
    troubled: int
    reads_left: int | None

    @property
    def good(self) -> Run | None:
        """The last run that came to its end by itself."""
        return next((run for run in self.runs if run.state == "done" and run.finished_at), None)

    def lag(self, now: datetime) -> timedelta | None:
        """How long ago (``now`` is aware UTC) a run last came to its end; None when none ever did."""
        good = self.good
        return now - good.finished_at if good is not None and good.finished_at is not None else None


class _Collector:
    def __init__(self, standing: Standing) -> None:
        self._standing = standing

    def collect(self) -> Iterator[Metric]:
        standing = self._standing
        good, latest = standing.good, next(iter(standing.runs), None)
        if good is not None and good.finished_at is not None:
            meaning = "When a run last came to its end, in seconds since 1970."
            yield _gauge("last_good_run_timestamp_seconds", meaning, good.finished_at.timestamp())
        if latest is not None:
            yield from _of_run(latest)
        yield _gauge("reviews_open", "Matches that wait for a person.", standing.reviews)
        yield _gauge(
            "invitations_in_trouble", "Invitations that failed or wait, as things stand.", standing.troubled
        )
        if standing.reads_left is not None:
            meaning = "Reads left of the quota of Partner Central for 24 hours."
            yield _gauge("partner_central_reads_left", meaning, standing.reads_left)


def _of_run(run: Run) -> Iterator[Metric]:
    yield _gauge("run_id", "The latest run.", run.id)
    yield _gauge("run_done", "1 if the latest run came to its end by itself.", run.state == "done")
    if run.finished_at is not None:
        seconds = (run.finished_at - run.started_at).total_seconds()
        yield _gauge("run_duration_seconds", "How long the latest run took.", seconds)
    outcomes = GaugeMetricFamily(
        f"{PREFIX}run_invitations", "Invitations of the latest run.", labels=["outcome"]
    )
    for kind in Kind:
        outcomes.add_metric([kind.value], run.counts.get(kind.value, 0))
    yield outcomes
    calls = GaugeMetricFamily(
        f"{PREFIX}run_calls", "Calls of the latest run.", labels=["service", "operation"]
    )
    for service, operations in run.calls.items():
        for operation, count in operations.items():
            calls.add_metric([service, operation], count)
    yield calls


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(f"{PREFIX}{name}", meaning, value=float(value))


def exposition(standing: Standing) -> str:
    """``standing`` in Prometheus's text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(standing))
    return generate_latest(registry).decode()
