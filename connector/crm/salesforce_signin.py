"""Signing in: from the settings' ``auth`` to a session, by one attempt that fails with a clear word.

simple-salesforce signs in to ``*.salesforce.com`` alone, with no time-out and in a loop; here it is handed a
session that is good.

https://help.salesforce.com/s/articleView?id=sf.remoteaccess_oauth_flows.htm
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import jwt
import orjson
import requests

from connector import redaction
from connector.crm.salesforce_errors import SERVICE, exhausted, first_error, kind_of
from connector.crm.salesforce_settings import (
    ClientCredentials,
    Jwt,
    Password,
    Settings,
    Token,
    instance,
)
from connector.errors import AccessDenied, ConfigurationError, RefusedError, TransientError
from connector.retry import retry_after

OPERATION = "sign in"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_LIFETIME = 180  # seconds that an assertion is good for: Salesforce takes no longer ones
_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_PARTNER = "urn:partner.soap.sforce.com"

_HINTS = {
    "invalid_client_id": "crm.auth.client_id is no app of this org: check it, and crm.login_url",
    "invalid_client": "crm.auth.client_secret is not that of the app, or the app is of another org",
    "invalid_app_access": "the app does not permit our user: an administrator assigns it",
    "inactive_user": "the user is inactive or locked",
    "inactive_org": "the org is locked or closed",
    "unsupported_grant_type": "the app does not allow this way to sign in: an administrator switches it on",
    "LOGIN_MUST_USE_SECURITY_TOKEN": "set crm.auth.security_token, or have our address trusted by the org",
    "LOGIN_CHALLENGE_ISSUED": "the org wants this login verified: have our address trusted by it",
    "LOGIN_CHALLENGE_PENDING": "the org wants this login verified: have our address trusted by it",
    "INVALID_LOGIN": "user name, password or security token is wrong, or the user is locked",
    "INVALID_OPERATION_WITH_EXPIRED_PASSWORD": "the user's password has expired",
    "API_DISABLED_FOR_ORG": "SOAP login is switched off or retired: use flow jwt or client_credentials",
    "UNSUPPORTED_API_VERSION": "this API version has no SOAP login: use flow jwt or client_credentials",
}
# OAuth's words for "later" (RFC 6749, 4.1.2.1), and Salesforce's ("unknown_error: retry your request").
_LATER = frozenset({"server_error", "temporarily_unavailable", "unknown_error", "rate_limit_exceeded"})
# An invalid_grant whose credentials are good: a user's sign-ins are counted by the hour.
_SIGN_INS_USED_UP = "login rate exceeded"
# invalid_grant says the rest in its description, whose words are Salesforce's own and hold no data.
_GRANT_HINTS = {
    "user hasn't approved this consumer": "an administrator permits the app for the user (pre-authorised)",
    "request not supported on this domain": "set crm.login_url to the org's My Domain:"
    " https://acme.my.salesforce.com",
    "ip restricted": "the app or the user's profile does not trust this machine's address",
    "audience": "crm.auth.audience is not what the org wants: https://login.salesforce.com, or for sandboxes"
    " https://test.salesforce.com",
    "expired": "this machine's clock is wrong, or the certificate has expired",
    "assertion": "the app does not know the key's certificate, or crm.auth.username is not a user of the org",
    "authentication failure": "user name, password or security token is wrong",
    "inactive user": "the user is inactive or locked",
    "no client credentials user": "an administrator sets the app's 'Run As' user for client credentials",
}


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in session. ``renewable``: another can be had by signing in again."""

    access_token: str
    instance_url: str
    renewable: bool


Post = Callable[[str, Mapping[str, str] | bytes, Mapping[str, str]], requests.Response]


def sign_in(settings: Settings, post: Post, clock: Callable[[], float] = time.time) -> Session:
    """One attempt. ``post(url, form or body, headers)`` sends it.

    Raises AccessDenied when Salesforce refuses, with what an administrator does about it; TransientError when
    it cannot be asked at the moment; ConfigurationError for a key that is none.
    """
    auth = settings.auth
    if isinstance(auth, Token):
        return _kept(auth.access_token.get_secret_value(), auth.instance_url, renewable=False)
    if isinstance(auth, Password) and not auth.client_id:
        return _soap(settings, auth, post)
    response = post(f"{settings.login_url}/services/oauth2/token", _form(settings, clock), {})
    return _session(response)


def _form(settings: Settings, clock: Callable[[], float]) -> dict[str, str]:
    auth = settings.auth
    if isinstance(auth, Jwt):
        return {"grant_type": _GRANT, "assertion": _assertion(settings, auth, clock)}
    if isinstance(auth, ClientCredentials):
        return {
            "grant_type": "client_credentials",
            "client_id": auth.client_id,
            "client_secret": auth.client_secret.get_secret_value(),
        }
    if not isinstance(auth, Password):
        raise TypeError(f"no form for {type(auth).__name__}")
    secret = auth.client_secret.get_secret_value() if auth.client_secret else ""
    return {
        "grant_type": "password",
        "client_id": auth.client_id or "",
        "client_secret": secret,
        "username": auth.username,
        "password": auth.password.get_secret_value() + auth.security_token.get_secret_value(),
    }


def _assertion(settings: Settings, auth: Jwt, clock: Callable[[], float]) -> str:
    claims = {
        "iss": auth.client_id,
        "sub": auth.username,
        "aud": auth.audience or audience(settings.login_url),
        "exp": int(clock()) + _LIFETIME,
    }
    try:
        return jwt.encode(claims, auth.private_key.get_secret_value(), algorithm="RS256")
    except (ValueError, TypeError, AttributeError, jwt.PyJWTError):  # AttributeError: a public key
        raise ConfigurationError(
            "crm.auth.private_key is no private RSA key",
            hint="give the PEM file of the key whose certificate the app has: file:key.pem",
        ) from None


def audience(login_url: str) -> str:
    """Whom an assertion is for: Salesforce's own addresses go by one of two, whatever the org's domain."""
    host = urlsplit(login_url).hostname or ""
    if host == "test.salesforce.com" or host.endswith(".sandbox.my.salesforce.com"):
        return "https://test.salesforce.com"
    if host == "salesforce.com" or host.endswith(".salesforce.com"):
        return "https://login.salesforce.com"
    return login_url


def _session(response: requests.Response) -> Session:
    if response.status_code != 200:
        raise _refused(response)
    try:
        answer = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        answer = None
    if not isinstance(answer, dict) or not isinstance(answer.get("access_token"), str):
        raise _transient("an answer that is not whole", "BROKEN_ANSWER", response)
    return _kept(answer["access_token"], str(answer.get("instance_url") or ""), renewable=True)


def _kept(token: str, instance_url: str, *, renewable: bool) -> Session:
    redaction.remember(token)
    if not re.fullmatch(r"[\x21-\x7e]+", token):
        message = "the access token holds spaces, line ends or letters that a token does not have"
        raise AccessDenied(
            message, service=SERVICE, operation=OPERATION, hint="get another: it was copied badly"
        )
    try:
        return Session(token, instance(instance_url), renewable)
    except ValueError:
        message = "Salesforce names an instance that a token cannot be sent to safely"
        raise RefusedError(
            message, service=SERVICE, operation=OPERATION, hint="check crm.login_url"
        ) from None


def _refused(response: requests.Response) -> Exception:
    code, message = first_error(response.content)
    if not code or response.status_code >= 500:
        if 300 <= response.status_code < 400:
            said = "the login address sends us elsewhere"
            hint = "set crm.login_url to the org's My Domain: https://acme.my.salesforce.com"
            return RefusedError(said, service=SERVICE, operation=OPERATION, code="REDIRECT", hint=hint)
        if response.status_code in (401, 403, 404):
            hint = "check crm.login_url: https://acme.my.salesforce.com"
            said = f"the login address answers HTTP {response.status_code}"
            return AccessDenied(said, service=SERVICE, operation=OPERATION, hint=hint)
        return _transient("sign-in is not possible at the moment", f"HTTP {response.status_code}", response)
    return _denied(code, message, response)


def _denied(code: str, message: str, response: requests.Response) -> Exception:
    kind = kind_of(code, message)
    if kind == "budget":
        return exhausted("the org's API calls for 24 hours are used up")
    if code == "invalid_grant" and _SIGN_INS_USED_UP in message.lower():
        return exhausted("the sign-ins that the org allows our user in an hour are used up", hours=1)
    if response.status_code == 429 or code in _LATER or kind == "transient":
        return _transient("sign-in is not possible at the moment", code, response)
    hint = _HINTS.get(code)
    if code == "invalid_grant":
        hint = next((text for words, text in _GRANT_HINTS.items() if words in message.lower()), None)
    return AccessDenied(
        f"Salesforce refuses to sign in: {code}",
        service=SERVICE,
        operation=OPERATION,
        code=code,
        hint=hint or "check crm.auth and the app's settings in the org; docs/salesforce.md has them",
    )


def _transient(message: str, code: str, response: requests.Response) -> TransientError:
    wish = retry_after(response.headers)
    return TransientError(message, service=SERVICE, operation=OPERATION, code=code, retry_after=wish)


# -- SOAP


def _soap(settings: Settings, auth: Password, post: Post) -> Session:
    envelope = ET.Element(f"{{{_SOAP}}}Envelope")
    login = ET.SubElement(ET.SubElement(envelope, f"{{{_SOAP}}}Body"), f"{{{_PARTNER}}}login")
    ET.SubElement(login, f"{{{_PARTNER}}}username").text = auth.username
    password = auth.password.get_secret_value() + auth.security_token.get_secret_value()
    ET.SubElement(login, f"{{{_PARTNER}}}password").text = password
    body = b'<?xml version="1.0" encoding="utf-8"?>' + ET.tostring(envelope)
    headers = {"Content-Type": "text/xml; charset=UTF-8", "SOAPAction": "login"}
    url = f"{settings.login_url}/services/Soap/u/{settings.api_version}"
    response = post(url, body, headers)
    answer = _xml(response)
    fault = answer.get("exceptionCode") or answer.get("faultcode", "").rpartition(":")[2]
    if fault:
        known = re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,79}", fault)
        raise _denied(fault if known else "UNKNOWN_EXCEPTION", answer.get("exceptionMessage", ""), response)
    if response.status_code != 200:
        raise _refused(response)
    if not answer.get("sessionId") or not answer.get("serverUrl"):
        raise _transient("an answer that is not whole", "BROKEN_ANSWER", response)
    server = urlsplit(answer["serverUrl"])
    return _kept(answer["sessionId"], f"{server.scheme}://{server.netloc}", renewable=True)


def _xml(response: requests.Response) -> dict[str, str]:
    """The answer's elements by name. One with a document type is none of Salesforce's: it could expand
    without bound."""
    if b"<!DOCTYPE" in response.content[:2000] or b"<!ENTITY" in response.content:
        return {}
    try:
        root = ET.fromstring(response.content)  # noqa: S314 - entities are refused above
    except ET.ParseError:
        return {}
    return {element.tag.rpartition("}")[2]: element.text or "" for element in root.iter()}
