"""Traces and metrics by OTLP over HTTP, with OpenTelemetry's own SDK. A collector that is away, slow or
refuses costs a run seconds at its end and a warning, and nothing else."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from multiprocessing import current_process
from typing import Any

from opentelemetry import propagate
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricExportResult, MetricsData, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import SERVICE_INSTANCE_ID, SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExportResult
from opentelemetry.trace import Span, SpanKind, StatusCode, set_span_in_context

from connector import __version__, telemetry
from connector.errors import ConnectorError

log = logging.getLogger(__name__)

NAME = "crm-connector"
FLUSH_SECONDS = 5.0
PREFIX = "crm_connector."


class _Told:
    """Says once that a collector does not take what it is sent."""

    def __init__(self) -> None:
        self._said = False
        self._lock = threading.Lock()

    def not_taken(self) -> None:
        with self._lock:
            said, self._said = self._said, True
        if not said:
            log.warning("the OpenTelemetry collector does not take what it is sent; runs go on without it")


class _Spans(OTLPSpanExporter):
    def __init__(self, told: _Told) -> None:
        super().__init__()
        self._told = told

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = super().export(spans)
        if result is not SpanExportResult.SUCCESS:
            self._told.not_taken()
        return result


class _Metrics(OTLPMetricExporter):
    def __init__(self, told: _Told) -> None:
        super().__init__()
        self._told = told

    def export(
        self, metrics_data: MetricsData, timeout_millis: float | None = None, **kwargs: Any
    ) -> MetricExportResult:
        result = super().export(metrics_data, timeout_millis, **kwargs)
        if result is not MetricExportResult.SUCCESS:
            self._told.not_taken()
        return result


class OtlpExporter:
    """See ``telemetry.Exporter``. ``environ`` are OpenTelemetry's variables; its SDK reads most by itself."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        # Its own words quote addresses and tracebacks; what matters is said by `_Told`.
        sdk = logging.getLogger("opentelemetry")
        sdk.propagate = False
        sdk.addHandler(logging.NullHandler())
        self._told = _Told()
        resource = _resource(environ)
        self._tracing = TracerProvider(resource=resource, shutdown_on_exit=False)
        if _sends(environ, "TRACES"):
            self._tracing.add_span_processor(BatchSpanProcessor(_Spans(self._told)))
        readers = [PeriodicExportingMetricReader(_Metrics(self._told))] if _sends(environ, "METRICS") else []
        self._metering = MeterProvider(readers, resource=resource, shutdown_on_exit=False)
        self._tracer = self._tracing.get_tracer(NAME, __version__)
        self._meters = _Meters(self._metering)
        # As a scheduler or a CI system hands its own trace on.
        self._parent = propagate.extract({name.lower(): value for name, value in environ.items()})

    @contextlib.contextmanager
    def run(self, command: str, tenant: str) -> Iterator[telemetry.Run]:
        named = {"crm_connector.command": command} | ({"crm_connector.tenant": tenant} if tenant else {})
        span = self._tracer.start_span(command, self._parent, SpanKind.INTERNAL, named)
        try:
            yield _Run(self, span, named)
        except BaseException as error:
            _fail(span, error)
            raise
        finally:
            span.end()
            self._flush()

    @contextlib.contextmanager
    def call(
        self, run: telemetry.Run, within: Context, service: str, operation: str, named: Mapping[str, str]
    ) -> Iterator[telemetry.Call]:
        attributes = {"rpc.service": service, "rpc.method": operation}
        span = self._tracer.start_span(f"{service}/{operation}", within, SpanKind.CLIENT, attributes)
        try:
            yield _Call(run, service, span, self._meters, {**named, **attributes})
        except BaseException as error:
            _fail(span, error)
            raise
        finally:
            span.end()

    def count(self, how: telemetry.Ended, named: Mapping[str, str]) -> None:
        self._meters.count(how, named)

    def _flush(self) -> None:
        """Hand over what there is. The SDK's own flush may take as long as the collector likes."""
        thread = threading.Thread(target=self._force_flush, name="telemetry", daemon=True)
        thread.start()
        thread.join(FLUSH_SECONDS)
        if thread.is_alive():
            self._told.not_taken()

    def _force_flush(self) -> None:
        self._tracing.force_flush()
        self._metering.force_flush()


class _Meters:
    def __init__(self, metering: MeterProvider) -> None:
        meter = metering.get_meter(NAME, __version__)
        counter, gauge = meter.create_counter, meter.create_gauge
        self._invitations = counter(f"{PREFIX}invitations", "{invitation}", "Invitations by outcome.")
        self._calls = counter(f"{PREFIX}calls", "{call}", "Calls by service and operation.")
        self._waits = counter(f"{PREFIX}waits", "{wait}", "Attempts that failed and came again, by code.")
        self._waited = counter(f"{PREFIX}waited", "s", "Time between such attempts.")
        self._duration = meter.create_histogram(f"{PREFIX}run.duration", "s", "How long runs take.")
        self._good = gauge(f"{PREFIX}last_good_run", "s", "When a run last came to its end, since 1970.")
        self._reads_left = gauge(f"{PREFIX}reads_left", "{call}", "Left of AWS's quota for 24 hours.")

    def wait(self, seconds: float, named: Mapping[str, str]) -> None:
        self._waits.add(1, named)
        self._waited.add(seconds, named)

    def count(self, how: telemetry.Ended, named: Mapping[str, str]) -> None:
        for outcome, count in how.counts.items():
            self._invitations.add(count, {**named, "outcome": outcome})
        for service, operations in how.calls.items():
            for operation, count in operations.items():
                self._calls.add(count, {**named, "rpc.service": service, "rpc.method": operation})
        self._duration.record(how.seconds, {**named, "state": how.state})
        if how.state == "done":
            self._good.set(time.time(), named)
        if how.reads_left is not None:
            self._reads_left.set(how.reads_left, named)


class _Run(telemetry.Run):
    def __init__(self, exporter: OtlpExporter, span: Span, named: Mapping[str, str]) -> None:
        super().__init__()
        self._exporter, self._span, self._named = exporter, span, named
        self._within = set_span_in_context(span)

    def call(self, service: str, operation: str) -> contextlib.AbstractContextManager[telemetry.Call]:
        return self._exporter.call(self, self._within, service, operation, self._named)

    def ended(self, how: telemetry.Ended) -> None:
        self._span.set_attribute("crm_connector.state", how.state)
        self._span.set_attribute("crm_connector.rehearsed", how.rehearsed)
        self._span.set_attributes({f"crm_connector.{kind}": count for kind, count in how.counts.items()})
        if how.state != "done":
            self._span.set_status(StatusCode.ERROR)
        if not how.rehearsed:
            self._exporter.count(how, self._named)


class _Call(telemetry.Call):
    def __init__(
        self, run: telemetry.Run, service: str, span: Span, meters: _Meters, named: Mapping[str, str]
    ) -> None:
        super().__init__(run, service)
        self._span, self._meters, self._named = span, meters, named

    def waits(self, attempt: int, seconds: float, code: str) -> None:
        super().waits(attempt, seconds, code)
        failed = {"error.type": code}
        self._span.add_event("wait", {**failed, "attempt": attempt, "seconds": round(seconds, 3)})
        self._meters.wait(seconds, {**self._named, **failed})


def _fail(span: Span, error: BaseException) -> None:
    """An error's kind and code, never its words."""
    code = getattr(error, "code", "") if isinstance(error, ConnectorError) else ""
    span.set_attribute("error.type", code or type(error).__name__)
    span.set_status(StatusCode.ERROR)


def _resource(environ: Mapping[str, str]) -> Resource:
    """What is given to ``create`` goes before the environment, and the environment is to go before us."""
    named = environ.get("OTEL_SERVICE_NAME") or "service.name=" in environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    ours = {SERVICE_VERSION: __version__} | ({} if named else {SERVICE_NAME: NAME})
    if "service.instance.id=" not in environ.get("OTEL_RESOURCE_ATTRIBUTES", ""):
        # Of a worker's processes each counts for itself; by their names there are never more than a few.
        ours[SERVICE_INSTANCE_ID] = f"{socket.gethostname()}/{current_process().name}"
    return Resource.create(ours)


def _sends(environ: Mapping[str, str], which: str) -> bool:
    """Whether ``OTEL_{which}_EXPORTER`` does not say none, and there is an endpoint for it."""
    endpoint = any(environ.get(f"OTEL_EXPORTER_OTLP_{name}ENDPOINT") for name in ("", f"{which}_"))
    return endpoint and environ.get(f"OTEL_{which}_EXPORTER", "otlp").strip().lower() != "none"
