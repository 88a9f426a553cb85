"""A loopback collector of OpenTelemetry's: OTLP over HTTP, decoded by OpenTelemetry's own classes."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from opentelemetry.proto.trace.v1.trace_pb2 import Span


@dataclass(frozen=True, slots=True)
class Point:
    """A metric's value: of a histogram, how often it was recorded."""

    name: str
    labels: dict[str, str]
    value: float


class Collector:
    """``status`` is what it answers with, after ``seconds``."""

    def __init__(self, status: int = 200, seconds: float = 0.0) -> None:
        self.bodies: list[bytes] = []
        self.resources: list[dict[str, str]] = []
        self.spans: list[Span] = []
        self.points: list[Point] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: Any) -> None:
                pass

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                collector.take(self.path, body)
                time.sleep(seconds)
                self.send_response(status)
                self.send_header("Content-Type", "application/x-protobuf")
                self.send_header("Content-Length", "0")
                self.end_headers()

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def take(self, path: str, body: bytes) -> None:
        self.bodies.append(body)
        if path.endswith("/v1/traces"):
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                self.resources.append(labels(resource.resource.attributes))
                self.spans += [span for scope in resource.scope_spans for span in scope.spans]
        else:
            assert path.endswith("/v1/metrics"), path
            for measured in ExportMetricsServiceRequest.FromString(body).resource_metrics:
                self.resources.append(labels(measured.resource.attributes))
                for scope in measured.scope_metrics:
                    self.points += [point for metric in scope.metrics for point in _points(metric)]

    def values(self, name: str, **wanted: str) -> list[float]:
        """Of a metric without its prefix, where its labels have ``wanted``."""
        return [
            point.value
            for point in self.points
            if point.name == f"crm_connector.{name}" and wanted.items() <= point.labels.items()
        ]

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


def labels(attributes: Any) -> dict[str, str]:
    return {each.key: each.value.string_value or str(each.value.int_value) for each in attributes}


def _points(metric: Metric) -> Iterator[Point]:
    if metric.HasField("histogram"):
        for measured in metric.histogram.data_points:
            yield Point(metric.name, labels(measured.attributes), measured.count)
        return
    for point in metric.sum.data_points if metric.HasField("sum") else metric.gauge.data_points:
        yield Point(metric.name, labels(point.attributes), point.as_double or point.as_int)
