"""A secret can stay in AWS Secrets Manager until it is used."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from connector import secrets
from connector.errors import ConfigurationError
from connector.fetch import secrets_manager


@pytest.fixture
def manager(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL_SECRETS_MANAGER": f"http://{host}:{port}",
    }.items():
        monkeypatch.setenv(name, value)
    secrets_manager._client.cache_clear()
    client = boto3.client("secretsmanager")
    try:
        yield client
    finally:
        client.close()
        secrets_manager._client().close()
        secrets_manager._client.cache_clear()
        server.stop()


def resolve(text: str) -> str:
    return secrets.resolve(text, Path(), {}, "crm.auth.client_secret")


def test_a_secret_is_text_or_a_member_of_a_json_object(manager: Any) -> None:
    manager.create_secret(Name="plain-secret", SecretString="hunter22-plain")
    manager.create_secret(Name="many", SecretString=json.dumps({"sf": "hunter22-many"}))
    assert resolve("aws-secretsmanager:plain-secret") == "hunter22-plain"
    assert resolve("aws-secretsmanager:many#sf") == "hunter22-many"
    assert "hunter22" not in secrets.redact("the secrets are hunter22-plain and hunter22-many")


@pytest.mark.parametrize(
    ("reference", "words"),
    [("aws-secretsmanager:nowhere", "cannot be read"), ("aws-secretsmanager:some#other", "has no other")],
)
def test_a_secret_that_is_not_there_is_named_with_its_setting(
    manager: Any, reference: str, words: str
) -> None:
    if "some" in reference:
        manager.create_secret(Name="some", SecretString='{"sf": "hunter22-some"}')
    with pytest.raises(ConfigurationError, match=words) as raised:
        resolve(reference)
    assert "crm.auth.client_secret" in raised.value.message
    assert "hunter22" not in raised.value.message
