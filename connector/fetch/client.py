"""One attempt at one call: boto3 signs, sends and parses; the raw body is kept, and errors are translated.

boto3 is imported here and nowhere else.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Mapping
from concurrent.futures import Future, InvalidStateError
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import botocore.session
import urllib3
from botocore import UNSIGNED, xform_name
from botocore.config import Config
from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials
from botocore.exceptions import BotoCoreError, NoCredentialsError
from urllib3.exceptions import InsecureRequestWarning

import connector
from connector.errors import ConfigurationError, Interrupted
from connector.fetch.aws_errors import NAME, Call, configuration, translate
from connector.fetch.service_model import SERVICE
from connector.insecure import warn_of_no_verification, warn_of_plain_http
from connector.invitation import decode

log = logging.getLogger(__name__)

REGION = "us-east-1"  # the one region that has the service, though boto3 makes an address for any
CATALOGS = ("AWS", "Sandbox")

# At DEBUG botocore prints credentials' scopes, signed headers and whole bodies, which are customers' data.
# Our own --debug must not let that out, however the root logger is set.
for _name in ("boto3", "botocore", "urllib3"):
    if logging.getLogger(_name).level == logging.NOTSET:
        logging.getLogger(_name).setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """How Partner Central is reached, in the words of the AWS CLI; timeouts in seconds.

    ``sign_requests`` False sends no credentials, as ``--no-sign-request`` does. ``role_arn`` is a role to
    assume first, with the credentials that there are: in a tenant's account, who asks for ``external_id``
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-user_externalid.html).
    """

    catalog: str
    profile: str | None = None
    region: str = REGION
    endpoint_url: str | None = None
    ca_bundle: str | None = None
    verify_ssl: bool = True
    read_timeout: float = 60.0
    connect_timeout: float = 60.0
    sign_requests: bool = True
    role_arn: str | None = None
    external_id: str | None = None
    role_session_name: str = "crm-connector"
    source_identity: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """``raw`` is the body as it was sent; ``parsed`` what the AWS CLI would print of it (timestamps as they
    came, members that the model knows, in its order), or None where botocore could not make sense of it."""

    raw: Mapping[str, Any]
    parsed: dict[str, Any] | None


class Client:
    """A boto3 client, for any number of threads. Raises ConfigurationError or AccessDenied when there can be
    none: an unknown profile, no credentials, a region without the service."""

    def __init__(self, settings: ClientSettings, connections: int) -> None:
        self._settings = settings
        self._received = threading.local()
        self._awaited: set[Future[Answer]] = set()
        self._closed = False
        _warn(settings)
        try:
            self._client = _client(settings, connections)
        except (BotoCoreError, ValueError) as error:
            raise configuration(error, settings.profile) from None
        self.url = str(self._client.meta.endpoint_url)
        warn_of_plain_http("source.endpoint_url", self.url)
        address = urlsplit(self.url)
        self.host = f"{address.hostname}:{address.port}" if address.port else str(address.hostname)
        try:
            _guard_region(settings.region, str(address.hostname))
        except ConfigurationError:
            self.close()
            raise
        self._client.meta.events.register(f"before-parse.{SERVICE}.*", self._keep)

    def call(self, operation: str, **parameters: Any) -> Answer:
        """One attempt. Raises TransientError for what may pass, an empty or cut answer included, and
        Interrupted when ``close`` is called meanwhile.

        The answer is awaited on a thread that nobody joins: a socket that waits for a silent service cannot
        be woken, and a person who stops a run should not have to wait for a read timeout.
        """
        answer: Future[Answer] = Future()
        self._awaited.add(answer)
        try:
            if self._closed:
                raise called_off(operation)
            threading.Thread(
                target=self._answer, args=(answer, operation, parameters), name="call", daemon=True
            ).start()
            return answer.result()
        finally:
            self._awaited.discard(answer)

    def _answer(self, answer: Future[Answer], operation: str, parameters: Mapping[str, Any]) -> None:
        with contextlib.suppress(InvalidStateError):  # called off meanwhile: nobody waits any more
            try:
                answer.set_result(self._attempt(operation, parameters))
            except BaseException as error:
                answer.set_exception(error)

    def _attempt(self, operation: str, parameters: Mapping[str, Any]) -> Answer:
        parsed, failure = None, None
        try:
            parsed = getattr(self._client, xform_name(operation))(**parameters)
        except Exception as error:
            failure = error
        response = self._taken()
        if failure is not None and (response is None or response["status_code"] >= 300):
            # Not chained: botocore's texts quote account ids, and a traceback would print them.
            raise translate(failure, self._described(operation, response)) or failure
        # With a failure it is botocore that gave up on the answer (two members of a union, a list where the
        # model has text): the raw body has it all.
        return Answer(self._raw(operation, response), _without_metadata(parsed))

    def close(self) -> None:
        """Calls that wait for an answer end in Interrupted, and so do later ones."""
        self._closed = True
        for answer in list(self._awaited):
            with contextlib.suppress(InvalidStateError):  # it has just come
                answer.set_exception(called_off("the call"))
        self._client.close()

    def _keep(self, response_dict: Mapping[str, Any], **_: Any) -> None:
        # Calls are synchronous in the calling thread, and this is the last moment before botocore parses:
        # what it raises then leaves no trace of the body.
        self._received.response = response_dict

    def _taken(self) -> Mapping[str, Any] | None:
        response: Mapping[str, Any] | None = getattr(self._received, "response", None)
        self._received.response = None  # a thread at rest must not hold a customer's data
        return response

    def _described(self, operation: str, response: Mapping[str, Any] | None) -> Call:
        call = Call(operation, self.host, self._settings.catalog, self._settings.profile)
        if response is None:
            return call
        headers, length = response["headers"], str(len(response["body"]))
        # botocore turns urllib3's own check of the length off.
        cut = str(headers.get("content-length") or length) != length
        return replace(call, status=response["status_code"], headers=headers, cut=cut)

    def _raw(self, operation: str, response: Mapping[str, Any] | None) -> Mapping[str, Any]:
        try:
            raw = decode(self._body(operation, response)) if response else None
        except ValueError:
            raw = None
        if not isinstance(raw, dict):
            call = self._described(operation, None)
            raise call.transient(f"{NAME} gave an empty or cut answer to {operation}", "IncompleteAnswer")
        return raw

    def _body(self, operation: str, response: Mapping[str, Any]) -> bytes:
        body: bytes = response["body"] if response["status_code"] == 200 else b""
        # An operation that answers nothing may well do so without a body.
        silent = self._client.meta.service_model.operation_model(operation).output_shape is None
        return b"{}" if silent and not body else body


def called_off(what: str) -> Interrupted:
    return Interrupted(f"interrupted: {what} was called off", hint="run again to go on")


def boto_session(settings: ClientSettings) -> Any:
    """A boto3 session with the credentials that ``settings`` name: those of the role, where one is assumed.
    Raises what botocore raises."""
    session: Any = botocore.session.get_session()
    # As the AWS CLI does: timestamps are left as the service wrote them.
    session.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=_as_it_is)
    boto = boto3.session.Session(
        profile_name=settings.profile, region_name=settings.region, botocore_session=session
    )
    if settings.role_arn and settings.sign_requests:
        session._credentials = _assumed(settings.role_arn, settings)  # there is no public way to set them
    return boto


def _assumed(role_arn: str, settings: ClientSettings) -> DeferredRefreshableCredentials:
    """Credentials of a role, asked of STS at the first call and anew before they expire, by botocore's own
    fetcher, which is what it uses for a profile with a role."""
    base = boto3.session.Session(profile_name=settings.profile, region_name=settings.region)
    known = base.get_credentials()
    if known is None:
        raise NoCredentialsError
    wanted = {
        "RoleSessionName": settings.role_session_name,
        "ExternalId": settings.external_id,
        "SourceIdentity": settings.source_identity,
    }
    fetcher = AssumeRoleCredentialFetcher(
        partial(
            base.client,
            verify=False if not settings.verify_ssl else settings.ca_bundle,
            config=Config(
                connect_timeout=settings.connect_timeout,
                read_timeout=settings.read_timeout,
                retries={"total_max_attempts": 1, "mode": "standard"},
            ),
        ),
        known,
        role_arn,
        extra_args={name: value for name, value in wanted.items() if value},
    )
    return DeferredRefreshableCredentials(fetcher.fetch_credentials, "assume-role")


def _client(settings: ClientSettings, connections: int) -> Any:
    # Any: boto3's type stubs do not know this service unless they are installed for it.
    return boto_session(settings).client(
        SERVICE,
        endpoint_url=settings.endpoint_url,
        verify=False if not settings.verify_ssl else settings.ca_bundle,
        config=Config(
            signature_version=None if settings.sign_requests else UNSIGNED,
            connect_timeout=settings.connect_timeout,
            read_timeout=settings.read_timeout,
            max_pool_connections=connections,
            # The one retry layer is connector.retry.
            retries={"total_max_attempts": 1, "mode": "standard"},
            user_agent_extra=f"crm-connector/{connector.__version__}",
        ),
    )


def _as_it_is(value: Any) -> Any:
    return value


def _without_metadata(parsed: dict[str, Any] | None) -> dict[str, Any] | None:
    if parsed is not None:
        parsed.pop("ResponseMetadata", None)
    return parsed


def _guard_region(region: str, host: str) -> None:
    # Judged by the address that boto3 made, since an endpoint may also come from the environment or profile.
    if region != REGION and host.startswith(SERVICE) and region in host:
        raise ConfigurationError(
            f"Partner Central has no region {region}: its one region is {REGION}",
            hint=f"set source.region to {REGION}, or source.endpoint_url to a server of your own",
        )


def _warn(settings: ClientSettings) -> None:
    if settings.ca_bundle and settings.verify_ssl and not Path(settings.ca_bundle).exists():
        raise ConfigurationError(
            f"source.ca_bundle: there is no file {settings.ca_bundle}", hint="give a PEM file of certificates"
        )
    if not settings.verify_ssl:
        urllib3.disable_warnings(InsecureRequestWarning)  # which would say it again for every request
        warn_of_no_verification("source.verify_ssl")
    if settings.catalog not in CATALOGS:
        log.warning("the catalog %r is none that AWS documents (%s)", settings.catalog, ", ".join(CATALOGS))
