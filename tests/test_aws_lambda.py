"""The Lambda function does what the consumer and the scheduled sync do, and its template is fit to deploy."""

from __future__ import annotations

import gc
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from connector.aws_lambda import handler
from connector.errors import ConnectorError
from connector.fetch.service_model import service_model
from tests.promises.test_events import event_of
from tests.promises.test_life import accept, enriched_mapping
from tests.servers.partner_central import PartnerCentral, make_invitations
from tests.servers.partner_central_client import deals, leads
from tests.walks import ROOT, rows

TEMPLATE = ROOT / "deploy" / "sam" / "template.yaml"


def record(number: int, body: str) -> dict[str, Any]:
    """One message as Lambda hands it over."""
    return {
        "messageId": f"message-{number}",
        "receiptHandle": f"receipt-{number}",
        "body": body,
        "attributes": {"ApproximateReceiveCount": "1"},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:111122223333:partner-central",
        "awsRegion": "us-east-1",
    }


@pytest.fixture
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    def configure(url: str) -> None:
        source = {
            "type": "partner_central",
            "catalog": "Sandbox",
            "endpoint_url": url,
            "sign_requests": False,
        }
        config = {
            "source": {**source, "reads_per_second": 10000},
            "crm": {"type": "sql", "url": "sqlite:///crm.db"},
            "mapping": str(ROOT / "mappings" / "sql.yaml"),
            "retry": {"attempts": 2, "base": 0.01, "cap": 0.02},
        }
        (tmp_path / "config.yaml").write_text(json.dumps(config), encoding="utf-8")
        monkeypatch.setenv("CRM_CONNECTOR_CONFIG", str(tmp_path / "config.yaml"))

    return configure


def test_a_batch_reports_the_messages_that_are_to_come_again(tmp_path: Path, configured: Any) -> None:
    raws = make_invitations(5, seed=2)
    with PartnerCentral(raws) as server:
        configured(server.url)
        messages = [record(number, event_of(raw)) for number, raw in enumerate(raws)]
        answer = handler({"Records": [*messages, record(9, "poison")]}, None)
        assert answer == {"batchItemFailures": [{"itemIdentifier": "message-9"}]}
        assert server.calls["GetEngagementInvitation"] == 5
        assert rows(tmp_path, "leads")
        gone = json.loads(event_of(raws[0]).replace(raws[0]["Id"], "engi-gone000000000"))
        assert handler({"Records": [record(1, json.dumps(gone))]}, None) == {"batchItemFailures": []}


def test_all_messages_come_again_when_the_service_is_away(configured: Any) -> None:
    configured("http://127.0.0.1:9")
    messages = [record(number, event_of(raw)) for number, raw in enumerate(make_invitations(2, seed=2))]
    answer = handler({"Records": messages}, None)
    assert [item["itemIdentifier"] for item in answer["batchItemFailures"]] == ["message-0", "message-1"]


def test_a_schedule_syncs_everything_and_a_failure_counts_as_one(configured: Any) -> None:
    with PartnerCentral(make_invitations(8, seed=2)) as server:
        configured(server.url)
        assert sum(handler({"source": "aws.scheduler"}, None).values()) == 8
    configured("http://127.0.0.1:9")
    with pytest.raises(ConnectorError):
        handler({"source": "aws.scheduler"}, None)


def test_it_tells_of_what_is_new(tmp_path: Path, configured: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, str]] = []
    monkeypatch.setattr("connector.fetch.topic.publish", lambda *words, **_: told.append(words[::2]))
    raws = make_invitations(3, seed=2)
    with PartnerCentral(raws) as server:
        configured(server.url)
        monkeypatch.setenv("CRM_CONNECTOR__NOTIFY__SNS__TOPIC_ARN", "arn:aws:sns:us-east-1:111122223333:t")
        handler({"Records": [record(1, event_of(raws[0]))]}, None)
        handler({"source": "aws.scheduler"}, None)
    assert [topic.rpartition(":")[2] for topic, _ in told] == ["t", "t"]
    assert raws[0]["Id"] in told[0][1]


def test_a_function_that_lives_long_does_not_grow(configured: Any) -> None:
    raws = make_invitations(1, seed=2)
    with PartnerCentral(raws) as server:
        configured(server.url)
        objects = []
        for number in range(4):
            handler({"Records": [record(number, event_of(raws[0]))]}, None)
            objects.append(len(gc.get_objects()) + gc.get_freeze_count())
    assert objects[3] - objects[1] < 10_000  # a client of boto3's is made of more


def test_the_template_passes_cfn_lint() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "cfn-lint", str(TEMPLATE)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def actions(template: str) -> set[str]:
    return set(re.findall(r"partnercentral:([A-Z]\w+)$", template, flags=re.MULTILINE))


def test_the_function_may_do_just_what_the_connector_does_on_its_own() -> None:
    """No more than reading: what a person or a rule decides is not done by the function."""
    text = TEMPLATE.read_text(encoding="utf-8")
    permitted = actions(text)
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "connector" / "fetch").glob("*.py"))
    assert permitted <= set(service_model().operation_names)
    assert all(f'"{name}"' in code for name in permitted)
    asked_for = "Action: partnercentral:UpdateOpportunity\n"  # by the parameter WriteBack
    reads = actions(text.replace(asked_for, ""))
    assert permitted - reads == {"UpdateOpportunity"}
    assert all(name.startswith(("Get", "List")) for name in reads)
    assert text.count("partnercentral:Catalog: !Ref Catalog") == 2


def test_what_a_sync_calls_is_permitted(tmp_path: Path, configured: Any) -> None:
    raws = [*deals(2), *leads(1)]
    with PartnerCentral(raws) as server:
        accept(server, *raws)
        server.reset_calls()
        configured(server.url)
        config = json.loads((tmp_path / "config.yaml").read_text())
        config["source"]["write_back"] = "opportunity"
        config["mapping"] = enriched_mapping(tmp_path)
        (tmp_path / "config.yaml").write_text(json.dumps(config))
        handler({"source": "aws.scheduler"}, None)
        assert server.calls["UpdateOpportunity"] == 2
        assert set(server.calls) <= actions(TEMPLATE.read_text(encoding="utf-8"))


def test_the_rule_takes_the_events_that_the_connector_understands() -> None:
    from connector.events import KINDS, SOURCE

    class Loader(yaml.SafeLoader):
        pass

    Loader.add_multi_constructor("!", lambda loader, suffix, node: None)
    template = yaml.load(TEMPLATE.read_text(encoding="utf-8"), Loader)
    pattern = template["Resources"]["Rule"]["Properties"]["EventPattern"]
    assert pattern["source"] == [SOURCE]
    assert set(pattern["detail-type"]) == set(KINDS)
    properties = template["Resources"]["Function"]["Properties"]
    concurrency = properties["Events"]["Queue"]["Properties"]["ScalingConfig"]["MaximumConcurrency"]
    assert concurrency < properties["ReservedConcurrentExecutions"]  # one is left for the schedule
    assert properties["Handler"] == f"{handler.__module__}.handler"
