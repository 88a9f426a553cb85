"""Sign-in at the loopback org: OAuth's token endpoint and SOAP's login."""

from __future__ import annotations

import base64
import binascii
import functools
import time
import uuid
from collections.abc import Mapping
from urllib.parse import parse_qsl
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.servers.salesforce_http import Reply, Request, json_reply

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ORG_ID = "00D5g0000004C92EAE"
MAX_LIFE = 300  # seconds that a JWT may still be good for: "exp must be within five minutes"
LAST_SOAP_VERSION = 64.0  # login() is gone from 65.0 on
_PARTNER = "{urn:partner.soap.sforce.com}"


@functools.cache
def key_pair() -> tuple[str, bytes]:
    """Private key (PEM) and the public one that the connected app knows; one a process, being slow."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public


class SignInRefused(Exception):
    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error


class SignIn:
    """Gives tokens, and knows which are good."""

    client_id = "3MVG9loopbackConsumerKey.of_the_connected_app"
    client_secret = "loopback-consumer-secret-0001"
    username = "integration@loopback.example"
    password = "loopback-password-0001"
    security_token = "loopbackSecurityToken01"

    def __init__(self) -> None:
        self.valid: set[str] = set()
        self.url = ""

    def new_token(self) -> str:
        token = f"{ORG_ID[:15]}!AQ{uuid.uuid4().hex}{uuid.uuid4().hex}"
        self.valid.add(token)
        return token

    def token(self, request: Request) -> Reply:
        """``/services/oauth2/token``."""
        form = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
        try:
            self._check(form, request)
        except SignInRefused as refusal:
            return json_reply({"error": refusal.error, "error_description": str(refusal)}, 400)
        return json_reply(
            {
                "access_token": self.new_token(),
                "signature": base64.b64encode(uuid.uuid4().bytes).decode(),
                "scope": "api",
                "instance_url": self.url,
                "id": f"{self.url}/id/{ORG_ID}/0055g000000001AAA",
                "token_type": "Bearer",
                "issued_at": str(int(time.time() * 1000)),
            }
        )

    def _check(self, form: Mapping[str, str], request: Request) -> None:
        grant = form.get("grant_type")
        if grant == JWT_BEARER:
            self._check_jwt(form.get("assertion", ""))
            return
        if grant not in ("client_credentials", "password"):
            raise SignInRefused("unsupported_grant_type", "grant type not supported")
        identifier, secret = _basic(request) or (form.get("client_id"), form.get("client_secret"))
        if identifier != self.client_id:
            raise SignInRefused("invalid_client_id", "client identifier invalid")
        if secret != self.client_secret:
            raise SignInRefused("invalid_client", "invalid client credentials")
        if grant == "password":
            whole = self.password + self.security_token
            if (form.get("username"), form.get("password")) != (self.username, whole):
                raise SignInRefused("invalid_grant", "authentication failure")

    def _check_jwt(self, assertion: str) -> None:
        audiences = [self.url, self.url.replace("127.0.0.1", "localhost"), "https://login.salesforce.com"]
        try:
            claims = jwt.decode(
                assertion,
                key_pair()[1],
                algorithms=["RS256"],
                audience=[*audiences, *(f"{audience}/" for audience in audiences)],
                options={"require": ["iss", "sub", "aud", "exp"]},
            )
        except jwt.InvalidAudienceError:
            raise SignInRefused("invalid_grant", "audience is invalid") from None
        except jwt.ExpiredSignatureError:
            raise SignInRefused("invalid_grant", "expired authorization code") from None
        except jwt.InvalidTokenError:
            raise SignInRefused("invalid_grant", "invalid assertion") from None
        if claims["iss"] != self.client_id:
            raise SignInRefused("invalid_client_id", "client identifier invalid")
        if claims["sub"] != self.username:
            raise SignInRefused("invalid_grant", "user hasn't approved this consumer")
        if int(claims["exp"]) > time.time() + MAX_LIFE + 30:
            raise SignInRefused("invalid_grant", "invalid assertion")

    def soap(self, request: Request, version: str) -> Reply:
        """``/services/Soap/u/{version}``: login()."""
        try:
            root = ElementTree.fromstring(request.body.decode())
        except (ElementTree.ParseError, UnicodeDecodeError):
            return _fault("INVALID_TYPE", "The request is not XML.")
        if float(version) > LAST_SOAP_VERSION:
            return _fault("UNSUPPORTED_API_VERSION", "login() is not supported in this API version.")
        if "soapaction" not in request.headers:
            return _fault("UNKNOWN_EXCEPTION", "SOAPAction HTTP header missing")
        given = [root.findtext(f".//{_PARTNER}{name}") for name in ("username", "password")]
        if given != [self.username, self.password + self.security_token]:
            message = "Invalid username, password, security token; or user locked out."
            return _fault("INVALID_LOGIN", message)
        server = f"{self.url}/services/Soap/u/{version}/{ORG_ID[:15]}"
        answer = f"<sessionId>{self.new_token()}</sessionId><serverUrl>{server}</serverUrl>"
        return _envelope(200, f"<loginResponse><result>{answer}</result></loginResponse>")


def _basic(request: Request) -> tuple[str, str] | None:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        identifier, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return identifier, secret


def _fault(code: str, message: str) -> Reply:
    detail = f"<sf:exceptionCode>{code}</sf:exceptionCode>"
    detail += f"<sf:exceptionMessage>{escape(message)}</sf:exceptionMessage>"
    text = f"<faultcode>sf:{code}</faultcode><faultstring>{code}: {escape(message)}</faultstring>"
    detail = f'<detail xmlns:sf="urn:fault.partner.soap.sforce.com">{detail}</detail>'
    return _envelope(500, f"<soapenv:Fault>{text}{detail}</soapenv:Fault>")


def _envelope(status: int, body: str) -> Reply:
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    spaces = 'xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:partner.soap.sforce.com"'
    text = f"{head}<soapenv:Envelope {spaces}><soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>"
    return Reply(status, text.encode(), {}, "text/xml;charset=UTF-8")
