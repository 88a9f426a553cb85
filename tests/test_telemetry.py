"""A run tells an OpenTelemetry collector what it did, in names, codes and numbers alone, and is none the
worse for one that is away, slow or refuses."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from connector import telemetry
from connector.errors import TransientError
from connector.retry import RetryPolicy, retry
from tests.promises.installation import ROOT, Installation
from tests.servers.otlp import Collector, labels
from tests.servers.partner_central import Faults, PartnerCentral, make_invitations

NOT_TAKEN = "the OpenTelemetry collector does not take what it is sent"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "2")
    return monkeypatch


def test_a_run_is_a_trace_of_its_calls_and_metrics_of_what_it_did(
    tmp_path: Path, asked: pytest.MonkeyPatch
) -> None:
    invitations = make_invitations(60)
    with Collector() as collector, PartnerCentral(invitations, faults=Faults(0.1, ("throttling",))) as server:
        asked.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        done = Installation.against(tmp_path, server.url).run("sync", "--output", "json")
    assert done.code in (0, 3), done.err
    assert NOT_TAKEN not in done.err

    (top,) = (span for span in collector.spans if span.name == "sync")
    calls = [span for span in collector.spans if span is not top]
    assert {span.parent_span_id for span in calls} == {top.span_id}
    assert {span.trace_id for span in calls} == {top.trace_id}
    assert all(top.start_time_unix_nano <= span.start_time_unix_nano for span in calls)
    assert all(span.end_time_unix_nano <= top.end_time_unix_nano for span in calls)
    assert Counter(span.name for span in calls)["partnercentral-selling/GetEngagementInvitation"] == 60
    assert "sql/write" in {span.name for span in calls}
    for kind, count in done.answer["counts"].items():
        assert labels(top.attributes)[f"crm_connector.{kind}"] == str(count)
        assert collector.values("invitations", outcome=kind) == [count]

    (throttled,) = done.answer["waits"]["partnercentral-selling"].values()
    assert throttled == server.calls.total() - 61 > 0
    waits = [event for span in calls for event in span.events]
    assert len(waits) == throttled
    assert {labels(event.attributes)["error.type"] for event in waits} == {"ThrottlingException"}
    assert sum(collector.values("waits", **{"error.type": "ThrottlingException"})) == throttled
    for operation, count in done.answer["calls"]["partnercentral-selling"].items():
        assert collector.values("calls", **{"rpc.method": operation}) == [count]
    assert collector.values("run.duration", state="done") == [1]
    (good,) = collector.values("last_good_run")
    assert abs(good - time.time()) < 300
    assert {resource["service.name"] for resource in collector.resources} == {"crm-connector"}


def test_what_a_collector_gets_has_no_customer_no_id_and_no_secret(
    tmp_path: Path, asked: pytest.MonkeyPatch
) -> None:
    invitations = make_invitations(40)
    with Collector() as collector, PartnerCentral(invitations, faults=Faults(0.2)) as server:
        asked.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        asked.setenv("AWS_SECRET_ACCESS_KEY", "a-secret-to-be-kept")
        Installation.against(tmp_path, server.url).run("sync")
    heard = b"".join(collector.bodies)
    assert b"GetEngagementInvitation" in heard
    for invitation in invitations:
        payload = json.dumps(invitation["Payload"])
        company = next(iter(invitation["Payload"].values()))["Customer"]
        assert invitation["Id"].encode() not in heard, payload
        assert company.get("Account", company).get("CompanyName", "-").encode() not in heard
    for word in (b"a-secret-to-be-kept", str(tmp_path).encode(), b"crm.db"):
        assert word not in heard


def test_a_run_that_fails_is_told_of_by_codes(tmp_path: Path, asked: pytest.MonkeyPatch) -> None:
    with Collector() as collector, PartnerCentral(make_invitations(3)) as server:
        server.denied_operations = {"ListEngagementInvitations"}
        asked.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        done = Installation.against(tmp_path, server.url).run("sync")
    assert done.code == 2
    (refused,) = (
        span for span in collector.spans if span.name == "partnercentral-selling/ListEngagementInvitations"
    )
    assert refused.status.code == Status.STATUS_CODE_ERROR
    assert labels(refused.attributes)["error.type"] == "AccessDeniedException"
    assert refused.status.message == ""
    assert not refused.events
    (top,) = (span for span in collector.spans if span.name == "sync")
    assert labels(top.attributes)["crm_connector.state"] == "stopped"
    assert top.status.code == Status.STATUS_CODE_ERROR
    assert collector.values("last_good_run") == []


def test_what_was_only_rehearsed_is_a_trace_and_no_metric(tmp_path: Path, asked: pytest.MonkeyPatch) -> None:
    samples = {"type": "files", "path": str(ROOT / "mappings" / "samples")}
    with Collector() as collector:
        asked.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        assert Installation(tmp_path, samples).run("sync", "--dry-run").code in (0, 3)
    assert [span.name for span in collector.spans if not span.parent_span_id] == ["sync"]
    assert {point.name for point in collector.points} <= {"crm_connector.waits", "crm_connector.waited"}


@pytest.mark.parametrize("trouble", ["away", "refuses", "slow", "no address"])
def test_a_run_is_none_the_worse_for_a_collector_that_does_not_take_it(
    tmp_path: Path, asked: pytest.MonkeyPatch, trouble: str
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{unused.getsockname()[1]}"
    with (
        Collector(500 if trouble == "refuses" else 200, 600 if trouble == "slow" else 0) as collector,
        PartnerCentral(make_invitations(20)) as server,
    ):
        urls = {"away": nobody, "no address": "not an address"}
        asked.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", urls.get(trouble, collector.url))
        installed = Installation.against(tmp_path, server.url)
        done = installed.run("sync", "--output", "json")
        again = installed.run("sync", "--output", "json")
    assert done.code in (0, 3), done.err
    assert sum(done.answer["counts"].values()) == 20
    assert done.err.count(NOT_TAKEN) == 1
    assert "Traceback" not in done.err
    assert again.answer["counts"] == {"unchanged": 20}


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("OTEL_PROPAGATORS", "nobody-knows"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "0"),
        ("OTEL_ATTRIBUTE_COUNT_LIMIT", "-1"),
    ],
)
def test_a_run_is_none_the_worse_for_variables_that_are_no_good(
    tmp_path: Path, asked: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    asked.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    asked.setenv(variable, value)
    samples = {"type": "files", "path": str(ROOT / "mappings" / "samples")}
    done = Installation(tmp_path, samples).run("sync")
    assert done.code == 3, done.err
    assert done.err.count("OpenTelemetry cannot go by its variables") == 1


def test_a_run_goes_into_the_trace_of_whoever_started_it(tmp_path: Path, asked: pytest.MonkeyPatch) -> None:
    with Collector() as collector:
        asked.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", f"{collector.url}/v1/traces")
        asked.setenv("TRACEPARENT", f"00-{'ab' * 16}-{'cd' * 8}-01")
        asked.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=test,service.instance.id=one")
        asked.setenv("OTEL_SERVICE_NAME", "partner-sync")
        samples = {"type": "files", "path": str(ROOT / "mappings" / "samples")}
        done = Installation(tmp_path, samples).run("sync", "--quiet")
    assert done.code in (0, 3), done.err
    (top,) = (span for span in collector.spans if span.name == "sync")
    assert (top.trace_id, top.parent_span_id) == (b"\xab" * 16, b"\xcd" * 8)
    assert top.kind == Span.SPAN_KIND_INTERNAL
    assert collector.points == []  # only traces were asked for
    assert collector.resources[0]["deployment.environment"] == "test"
    assert collector.resources[0]["service.name"] == "partner-sync"
    assert collector.resources[0]["service.instance.id"] == "one"


def test_tenants_are_told_apart(tmp_path: Path, asked: pytest.MonkeyPatch) -> None:
    samples = {"type": "files", "path": str(ROOT / "mappings" / "samples")}
    tenants = {name: {"crm": {"type": "sql", "url": f"sqlite:///{name}.db"}} for name in ("north", "south")}
    installed = Installation(
        tmp_path, samples, tenants=tenants, ledger={"url": "sqlite:///ledger-{tenant}.db"}
    )
    with Collector() as collector:
        asked.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        done = installed.run("sync", "--all-tenants", "--output", "json")
    assert done.code in (0, 3), done.err
    tops = [span for span in collector.spans if span.name == "sync"]
    assert {labels(span.attributes)["crm_connector.tenant"] for span in tops} == {"north", "south"}
    for name in tenants:
        assert max(collector.values("invitations", outcome="created", **{"crm_connector.tenant": name})) > 20


@pytest.mark.parametrize(
    "environ", [{}, {"OTEL_SDK_DISABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}]
)
def test_nothing_of_opentelemetry_is_loaded_unless_it_is_asked_for(
    tmp_path: Path, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    Installation(tmp_path, {"type": "files", "path": str(ROOT / "mappings" / "samples")})
    program = (
        "import sys; from connector.cli.main import run; code = run(sys.argv[1:]);"
        "print([name for name in sys.modules if name.startswith('opentelemetry')]); sys.exit(code)"
    )
    words = ["--config", str(tmp_path / "config.yaml"), "--quiet", "sync"]
    done = subprocess.run(
        [sys.executable, "-c", program, *words], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 3, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"


def test_waits_are_counted_by_service_and_code_and_a_code_is_never_a_text() -> None:
    answers = iter(
        [("40001", "Busy"), ("HTTP 502", "Away"), ("Dear Ms Jones,\nplease", "x"), ("", "y"), None]
    )

    def ask() -> str:
        answer = next(answers)
        if answer is None:
            return "done"
        raise TransientError(answer[1], service="crm", code=answer[0])

    with telemetry.run("sync") as told:
        done = retry(RetryPolicy(), ask, service="crm", operation="write", sleep=lambda _: None)
    assert done == "done"
    assert told.waits() == {"crm": {"40001": 1, "HTTP 502": 1, "TransientError": 2}}
    with telemetry.run("sync") as another:
        pass
    assert another.waits() == {}
