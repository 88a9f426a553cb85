"""What boto3 raises, as the connector's errors: what happened, whether to try again, what to do about it.

AWS's own error texts are left out: they quote account ids, principals and the values that were sent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore import exceptions as boto
from botocore.exceptions import BotoCoreError, ClientError

from connector.errors import (
    AccessDenied,
    ConfigurationError,
    ConnectorError,
    NotFoundError,
    RefusedError,
    TransientError,
    UsageError,
)
from connector.fetch.service_model import SERVICE, service_model
from connector.retry import retry_after

NAME = "Partner Central"

THROTTLING = frozenset(
    {"ThrottlingException", "Throttling", "ThrottledException", "TooManyRequestsException", "429"}
    | {"RequestLimitExceeded", "RequestThrottled", "RequestThrottledException", "SlowDown"}
)
_TRANSIENT = THROTTLING | {
    "InternalServerException",
    "InternalServerError",
    "InternalFailure",
    "InternalError",
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "RequestTimeout",
    "RequestTimeoutException",
    "PriorRequestNotComplete",
}
_TRANSIENT_STATUS = frozenset({408, 425, 429})
_NEVER_BETTER = frozenset({501, 505})  # "not implemented", "HTTP version not supported"
_CLOCK = frozenset(
    {"RequestExpired", "RequestTimeTooSkewed", "RequestInTheFuture"}
    | {"SignatureDoesNotMatch", "InvalidSignatureException", "InvalidSignature"}
)
_STALE = frozenset({"ExpiredToken", "ExpiredTokenException"})
_CREDENTIALS = frozenset(
    {"UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId", "AuthFailure"}
    | {"MissingAuthenticationToken", "MissingAuthenticationTokenException", "IncompleteSignature"}
    | {"IncompleteSignatureException", "NotAuthorized"}
)
_DENIED = frozenset({"AccessDeniedException", "AccessDenied", "UnauthorizedOperation"})
_NOT_FOUND = frozenset({"ResourceNotFoundException", "NotFoundException"})
# However a gateway spells them.
_SPELT = {code.lower(): code for code in _TRANSIENT | _CLOCK | _STALE | _CREDENTIALS | _DENIED | _NOT_FOUND}

# By name, since an older botocore (the dependency allows 1.40) lacks some of them.
_NO_CREDENTIALS = (
    *(boto.NoCredentialsError, boto.PartialCredentialsError, boto.CredentialRetrievalError),
    *(boto.NoAuthTokenError, boto.TokenRetrievalError, boto.SSOError, boto.MetadataRetrievalError),
    *(boto.RefreshWithMFAUnsupportedError, boto.UnknownCredentialError),
    *(getattr(boto, name) for name in ("LoginError",) if hasattr(boto, name)),
)


@dataclass(frozen=True, slots=True)
class Call:
    """One attempt: what was asked of whom, and the answer's ``status`` and ``headers``, if one came.

    ``cut`` says that fewer bytes arrived than the answer's Content-Length promised.
    """

    operation: str
    host: str
    catalog: str
    profile: str | None = None
    status: int | None = None
    headers: Mapping[str, str] | None = None
    cut: bool = False

    def transient(
        self, message: str, code: str = "", *, hint: str | None = None, retry_after: float | None = None
    ) -> TransientError:
        return TransientError(
            message, service=SERVICE, operation=self.operation, code=code, hint=hint, retry_after=retry_after
        )


def translate(error: Exception, call: Call) -> ConnectorError | None:
    """The connector's error for what one attempt raised; None when it is none of boto3's (a bug of ours)."""
    if isinstance(error, ClientError) and error.operation_name != call.operation:
        return _role_refused(error, call)
    if call.status is not None:
        return _refused(error, call)
    if isinstance(error, _NO_CREDENTIALS):
        return without_credentials(error, call.profile, call.operation)
    if isinstance(error, (boto.HTTPClientError, boto.ConnectionError, OSError)):
        return _unreachable(error, call)
    if isinstance(error, boto.ParamValidationError):
        found = re.findall(r'parameter (?:in ([\w.\[\]]+): )?"?([A-Za-z][\w.\[\]]*)', str(error))
        members = {name if place in ("", "input") else f"{place}.{name}" for place, name in found}
        named = ", ".join(sorted(members)) or "unnamed"
        return UsageError(f"{call.operation} does not take these values: {named}")
    return configuration(error, call.profile) if isinstance(error, BotoCoreError) else None


def without_credentials(error: Exception, profile: str | None, operation: str = "") -> AccessDenied:
    """For credentials that are missing, incomplete or cannot be had (an SSO session that ended)."""
    kind = type(error).__name__
    login = f"aws sso login{f' --profile {profile}' if profile else ''}"
    if isinstance(error, boto.NoCredentialsError):
        message = "there are no AWS credentials"
    elif isinstance(error, boto.PartialCredentialsError):
        message = f"the AWS credentials are incomplete: {error.kwargs.get('cred_var', 'a part')} is missing"
    elif isinstance(error, boto.SSOError) or "SSO" in kind or "Token" in kind:
        message = "the AWS SSO session is missing or has expired"
    else:
        message = f"AWS credentials could not be obtained ({kind})"
    hint = f"run `{login}`" if "SSO" in message else f"set source.profile, or AWS_PROFILE, or run `{login}`"
    return AccessDenied(message, service=SERVICE, operation=operation, code=kind, hint=hint)


def configuration(error: Exception, profile: str | None) -> ConnectorError:
    """For what boto3 cannot even make a client of: an unknown profile, a broken ~/.aws/config, a bad URL."""
    kind = type(error).__name__
    if isinstance(error, _NO_CREDENTIALS):
        return without_credentials(error, profile)
    if isinstance(error, boto.ProfileNotFound):
        return ConfigurationError(
            f"the AWS profile {error.kwargs.get('profile', profile)!r} does not exist",
            hint="`aws configure list-profiles` shows those that do; set source.profile or AWS_PROFILE",
        )
    if isinstance(error, (boto.ConfigParseError, boto.ConfigNotFound)):
        return ConfigurationError(
            f"the AWS configuration file {error.kwargs.get('path', '')} cannot be read",
            hint="`aws configure list` uses the same file",
        )
    if isinstance(error, ValueError) and "endpoint" in str(error):
        return ConfigurationError(
            "source.endpoint_url is not a URL", hint="for example https://host.example:8443"
        )
    return ConfigurationError(
        f"boto3 does not accept the AWS settings ({kind})",
        hint="check source in the config, and ~/.aws/config",
    )


def _role_refused(error: ClientError, call: Call) -> ConnectorError:
    """The credentials themselves come from a call (AssumeRole, GetRoleCredentials) that was refused."""
    code = _code(error)
    if code in _TRANSIENT or _status(error) >= 500:
        return call.transient(f"{error.operation_name}, which gives the credentials, failed: {code}", code)
    return AccessDenied(
        f"AWS credentials could not be obtained: {error.operation_name} was refused ({code})",
        service=SERVICE,
        operation=call.operation,
        code=code,
        hint="check role_arn, its trust policy (and external id), and the credentials that it starts from",
    )


def _refused(error: Exception, call: Call) -> ConnectorError:
    status = call.status or 0
    code = _code(error) if isinstance(error, ClientError) else str(status)
    if code == str(status):  # none in the body: it may be in a header, where botocore does not look
        code = _plain((call.headers or {}).get("x-amzn-errortype") or code)
    if _is_transient(code, status, call):
        return call.transient(
            f"{NAME} failed on {call.operation}: {_named(code, status)}{_request(error)}",
            code,
            retry_after=retry_after(call.headers or {}),
        )
    kind, hint = _verdict(code, status, call)
    message = f"{NAME} refused {call.operation}: {_named(code, status)}{_invalid(error)}{_request(error)}"
    return kind(message, service=SERVICE, operation=call.operation, code=code, hint=hint)


def _is_transient(code: str, status: int, call: Call) -> bool:
    model: Any = service_model()  # whose stubs say that codes are numbers
    shape = model.shape_for_error_code(code)
    traits = shape.metadata if shape is not None else {}
    if code in _TRANSIENT or traits.get("retryable") or traits.get("fault") or call.cut:
        return True
    # AWS always names the code of a 400: one without it was cut on its way, and may have been throttling.
    nameless = status == 400 and code == "400"
    return nameless or status in _TRANSIENT_STATUS or (status >= 500 and status not in _NEVER_BETTER)


def _verdict(code: str, status: int, call: Call) -> tuple[type[RefusedError], str | None]:
    if code in _DENIED:
        action = f"partnercentral:{call.operation}"
        return AccessDenied, (
            f"allow these credentials the IAM action {action} (condition key partnercentral:Catalog: "
            f"{call.catalog}), and check that the account is linked to Partner Central"
        )
    if code in _CLOCK:
        return AccessDenied, "check this machine's clock, then the secret access key"
    if code in _STALE:
        return AccessDenied, "the session has ended: log in again (`aws sso login`) or renew the credentials"
    if code in _CREDENTIALS:
        return AccessDenied, "AWS does not know these credentials: check source.profile or AWS_PROFILE"
    if code in _NOT_FOUND or (status == 404 and code == "404"):
        return NotFoundError, f"check the identifier and the catalog ({call.catalog})"
    if code == "UnknownOperationException" or 300 <= status < 400:
        return RefusedError, f"{call.host} does not speak this service: check source.endpoint_url"
    if code == str(status) and status in (401, 403, 407):
        return (
            AccessDenied,
            f"this came from something before AWS: check the proxy, and that {call.host} is right",
        )
    if code == "ServiceQuotaExceededException":
        return RefusedError, "a quota of the partner account is used up: AWS raises quotas on request"
    return RefusedError, None


def _unreachable(error: Exception, call: Call) -> ConnectorError:
    cause = getattr(error, "kwargs", {}).get("error")
    words = f"{type(cause).__name__} {cause}" if cause is not None else f"{type(error).__name__} {error}"
    if "TLS CA certificate bundle" in words:
        return ConfigurationError(
            "the CA bundle for TLS cannot be read", hint="check source.ca_bundle, AWS_CA_BUNDLE"
        )
    where = f"{NAME} could not be reached at {call.host}"
    if "CERTIFICATE_VERIFY_FAILED" in words.upper().replace(" ", "_"):
        return RefusedError(
            f"{where}: its TLS certificate is not trusted",
            service=SERVICE,
            operation=call.operation,
            code="CertificateVerifyFailed",
            hint="behind a proxy that opens TLS, give its certificate in source.ca_bundle (or AWS_CA_BUNDLE)",
        )
    if "WRONG_VERSION_NUMBER" in words:
        return RefusedError(
            f"{where}: it does not speak TLS",
            service=SERVICE,
            operation=call.operation,
            code="NoTls",
            hint="check source.endpoint_url: http or https, and the port",
        )
    return call.transient(
        f"{where}: {_why(error, words)}",
        type(error).__name__,
        hint="check the network, the proxy (HTTPS_PROXY) and source.endpoint_url",
    )


def _why(error: Exception, words: str) -> str:
    if "NameResolution" in words or "gaierror" in words or "Name or service not known" in words:
        return "its name could not be resolved"
    if isinstance(error, boto.ConnectTimeoutError):
        return "no connection in time"
    if isinstance(error, boto.ReadTimeoutError):
        return "no answer in time"
    if isinstance(error, boto.ProxyConnectionError):
        return "the proxy does not answer"
    if "refused" in words:
        return "connection refused"
    return "the connection broke"


def _code(error: ClientError) -> str:
    return _plain(str(error.response.get("Error", {}).get("Code") or _status(error)))


def _plain(code: str) -> str:
    # A URL may come after the code, a namespace before it ("com.amazonaws...#ThrottlingException").
    code = code.split(":")[0].rsplit("#", 1)[-1]
    return _SPELT.get(code.lower(), code)


def _status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") or 0)


def _named(code: str, status: int) -> str:
    printable = re.sub(r"[^\w.-]", "", code)[:60]
    return f"HTTP {status}" if printable in ("", str(status)) else f"{printable} (HTTP {status})"


def _request(error: Exception) -> str:
    if not isinstance(error, ClientError):
        return ""
    identifier = str(error.response.get("ResponseMetadata", {}).get("RequestId") or "")
    return f", request {identifier}" if re.fullmatch(r"[\w-]{1,80}", identifier) else ""


def _invalid(error: Exception) -> str:
    """Which members a ValidationException complains of: their names and codes, never its texts or values."""
    response: Mapping[str, Any] = error.response if isinstance(error, ClientError) else {}
    words: list[object] = []
    for entry in response.get("ErrorList") or ():
        if isinstance(entry, dict):
            words.append(" ".join(str(entry[key]) for key in ("FieldName", "Code") if entry.get(key)))
    words = words or [response.get("Reason") or ""]
    plain = [str(word) for word in words if re.fullmatch(r"[\w .\[\]/-]{1,120}", str(word))]
    return f": {', '.join(plain)}" if plain else ""
