"""Sign-in at the loopback Salesforce."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import jwt
import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from simple_salesforce.api import Salesforce as Client
from simple_salesforce.exceptions import SalesforceAuthenticationFailed
from simple_salesforce.login import SalesforceLogin

from tests.servers.salesforce import Salesforce
from tests.servers.salesforce_client import (
    refused,
    session_of,
)
from tests.servers.salesforce_oauth import JWT_BEARER

RECORDED = Path(__file__).parents[2].parent / "shared/reference/salesforce"


class TestSignIn:
    def token(self, org: Salesforce, session: requests.Session, form: dict[str, str]) -> Any:
        return session.post(f"{org.url}/services/oauth2/token", data=form).json()

    def assertion(self, org: Salesforce, key: str | None = None, **changes: Any) -> dict[str, str]:
        claims = {"iss": org.client_id, "sub": org.username, "aud": org.url, "exp": time.time() + 120}
        signed = jwt.encode(claims | changes, key or org.key_pem, algorithm="RS256")
        return {"grant_type": JWT_BEARER, "assertion": signed}

    def test_the_token_opens_the_org(self, org: Salesforce) -> None:
        with session_of(org) as session:
            answer = self.token(org, session, self.assertion(org))
            assert answer["instance_url"] == org.url
            client = Client(session_id=answer["access_token"], instance_url=org.url, session=session)
            assert client.query("SELECT Name FROM User")["records"][0]["Name"] == "Integration User"
        assert org.calls == {"token": 1, "query": 1}

    @pytest.mark.parametrize(
        ("change", "description"),
        [
            ({"aud": "https://elsewhere.example"}, "audience is invalid"),
            ({"exp": 1}, "expired authorization code"),
            ({"exp": 99_999_999_999}, "invalid assertion"),
            ({"sub": "stranger@example.com"}, "user hasn't approved this consumer"),
            ({"iss": "another app"}, "client identifier invalid"),
        ],
    )
    def test_claims_are_checked(self, org: Salesforce, change: dict[str, Any], description: str) -> None:
        with session_of(org) as session:
            answer = self.token(org, session, self.assertion(org, **change))
        assert answer["error_description"] == description

    def test_the_signature_is_checked(self, org: Salesforce) -> None:
        other = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        with session_of(org) as session:
            answer = self.token(org, session, self.assertion(org, other.decode()))
        assert answer == {"error": "invalid_grant", "error_description": "invalid assertion"}

    def test_client_credentials_and_password(self, org: Salesforce) -> None:
        app = {"client_id": org.client_id, "client_secret": org.client_secret}
        person = {"username": org.username, "password": org.password + org.security_token}
        with session_of(org) as session:
            assert "access_token" in self.token(org, session, {"grant_type": "client_credentials", **app})
            assert "access_token" in self.token(org, session, {"grant_type": "password", **app, **person})
            wrong = {"grant_type": "client_credentials", **app, "client_secret": "no"}
            assert self.token(org, session, wrong)["error"] == "invalid_client"
            wrong = {"grant_type": "password", **app, **person, "password": org.password}
            assert self.token(org, session, wrong)["error"] == "invalid_grant"

    def soap(self, org: Salesforce, session: requests.Session, password: str, version: str = "60.0") -> Any:
        return SalesforceLogin(
            username=org.username,
            password=password,
            security_token=org.security_token,
            session=session,
            sf_version=version,
            domain="login",
        )

    def test_soap_login(self, org: Salesforce, monkeypatch: pytest.MonkeyPatch) -> None:
        with session_of(org) as session:
            post = session.post
            # simple-salesforce goes to https://login.salesforce.com, whatever it is told.
            there = "https://login.salesforce.com"
            monkeypatch.setattr(
                session, "post", lambda url, *a, **k: post(url.replace(there, org.url), *a, **k)
            )
            token, instance = self.soap(org, session, org.password)
            assert f"https://{instance}" == org.url
            sf = Client(session_id=token, instance=instance, session=session)
            assert sf.query("SELECT COUNT() FROM Lead")["totalSize"] == 0
            with pytest.raises(SalesforceAuthenticationFailed, match="INVALID_LOGIN"):
                self.soap(org, session, "wrong")
            with pytest.raises(SalesforceAuthenticationFailed, match="UNSUPPORTED_API_VERSION"):
                self.soap(org, session, org.password, "65.0")
        assert org.calls["login"] == 3

    def test_an_ended_session(self, org: Salesforce, sf: Any) -> None:
        org.expire_sessions()
        status, code, _ = refused(lambda: sf.restful("limits"))
        assert (status, code) == (401, "INVALID_SESSION_ID")

    def test_an_unknown_authority_is_not_trusted(self, org: Salesforce) -> None:
        with requests.Session() as session, pytest.raises(requests.exceptions.SSLError):
            session.trust_env = False
            session.get(org.url)

    def test_localhost_is_the_same_org(self, org: Salesforce) -> None:
        with session_of(org) as session:
            assert session.get(org.url.replace("127.0.0.1", "localhost") + "/services/data").ok

    @pytest.mark.parametrize("flow", ["jwt", "client_credentials", "password", "token"])
    def test_settings(self, org: Salesforce, flow: str) -> None:
        settings = org.settings(flow, bulk_from=5)
        assert settings["auth"]["flow"] == flow
        assert (settings["login_url"], settings["bulk_from"]) == (org.url, 5)
        assert Path(settings["ca_bundle"]).exists()
        assert json.dumps(settings)
