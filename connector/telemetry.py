"""What a run's calls went through, and runs as OpenTelemetry sees them: a trace of each, with its calls, and
metrics of what it did.

OpenTelemetry is asked for by its own variables, one of ``ENDPOINTS``; without them nothing of it is loaded.
No span or metric has a text of a customer's, an id or a service's words: names, codes and numbers alone.
https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
"""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

log = logging.getLogger(__name__)

ENDPOINTS = tuple(f"OTEL_EXPORTER_OTLP_{which}ENDPOINT" for which in ("", "TRACES_", "METRICS_"))


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run has ended: ``state`` (done or stopped), how many seconds it took, invitations by outcome,
    calls by service and operation, and what is left of AWS's quota of reads, where there is one. What was
    ``rehearsed`` has not happened."""

    state: str
    seconds: float
    counts: Mapping[str, int] = field(default_factory=dict)
    calls: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    reads_left: int | None = None
    rehearsed: bool = False


class Call:
    """A call of a ``service`` by a run, its attempts included."""

    def __init__(self, run: Run, service: str) -> None:
        self._run, self._service = run, service

    def waits(self, attempt: int, seconds: float, code: str) -> None:  # noqa: ARG002
        """An ``attempt`` (from 1) has failed with ``code``; the next comes in so many seconds."""
        self._run.count_wait(self._service, code)


class Run:
    """A run under way, of any number of threads. It counts the waits of its calls; this one tells nobody."""

    def __init__(self) -> None:
        self._waits: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    def call(self, service: str, operation: str) -> AbstractContextManager[Call]:  # noqa: ARG002
        return contextlib.nullcontext(Call(self, service))

    def count_wait(self, service: str, code: str) -> None:
        with self._lock:
            self._waits[service, code] += 1

    def waits(self) -> dict[str, dict[str, int]]:
        """How many attempts have failed and come again: by service, and by the code that it gave."""
        with self._lock:
            found = sorted(self._waits.items())
        services: dict[str, dict[str, int]] = {}
        for (service, code), count in found:
            services.setdefault(service, {})[code] = count
        return services

    def ended(self, how: Ended) -> None:
        """To be told once, when it is over."""


class Exporter(Protocol):
    """``run`` is a context: what has been told of it is handed over at its end, within seconds."""

    def run(self, command: str, tenant: str) -> AbstractContextManager[Run]: ...


_OUTSIDE = Run()


class _Now:
    """A process has one run at a time; its calls may come from any thread."""

    run = _OUTSIDE


@contextlib.contextmanager
def run(command: str, tenant: str = "") -> Iterator[Run]:
    """A run of ``command`` for ``tenant``, from its beginning to its end."""
    exporter = _exporter() if wanted(os.environ) else None
    with exporter.run(command, tenant) if exporter else contextlib.nullcontext(Run()) as _Now.run:
        try:
            yield _Now.run
        finally:
            _Now.run = _OUTSIDE


def call(service: str, operation: str) -> AbstractContextManager[Call]:
    """A call, as a part of the run under way."""
    return _Now.run.call(service, operation)


def wanted(environ: Mapping[str, str]) -> bool:
    """Whether OpenTelemetry's variables ask for anything."""
    disabled = environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    return not disabled and any(environ.get(name, "").strip() for name in ENDPOINTS)


@functools.cache
def _exporter() -> Exporter | None:
    try:
        from connector.telemetry_otlp import OtlpExporter

        return OtlpExporter(os.environ)
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("opentelemetry"):
            raise
        log.warning(
            "OpenTelemetry is asked for by the environment, and not installed: "
            "pip install 'partner-central-crm-connector[opentelemetry]'"
        )
    except Exception as error:  # its SDK checks its variables, and those of plug-ins, in many ways
        log.warning("OpenTelemetry cannot go by its variables (OTEL_...), runs go on without it: %s", error)
    return None
