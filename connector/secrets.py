"""Secrets are references until they are used, and are never printed: ``env:NAME``, ``file:path``, or
``aws-secretsmanager:NAME#key`` (``key`` of a secret that is a JSON object; without it, the whole).

What has been resolved is remembered, so that the last line of defence, ``redact``, can keep it out of logs
and tracebacks.
"""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Mapping
from pathlib import Path

from connector.errors import ConfigurationError
from connector.redaction import MASK, mask, redact, remember

__all__ = ["MASK", "exposed", "is_reference", "mask", "redact", "remember", "resolve"]

_REFERENCE = re.compile(r"(env|file|aws-secretsmanager):(.+)", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def is_reference(text: str) -> bool:
    return _REFERENCE.fullmatch(text) is not None


def resolve(text: str, directory: Path, environ: Mapping[str, str], setting: str) -> str:
    """What a reference stands for; any other text is itself. ``file:`` counts from ``directory``; its last
    line end is dropped.

    Raises ConfigurationError naming the variable or file and the ``setting``, when it is missing or empty.
    """
    reference = _REFERENCE.fullmatch(text)
    if reference is None:
        return text
    kind, name = reference.groups()
    if kind == "env":
        value = _from_environ(name, environ, setting)
    elif kind == "file":
        value = _from_file(directory / name, setting)
    else:
        value = _from_aws(name, setting)
    if not value:
        raise ConfigurationError(f"{setting}: {kind}:{name} is empty", hint="put the secret there")
    remember(value)
    return value


def _from_environ(name: str, environ: Mapping[str, str], setting: str) -> str:
    if not _NAME.fullmatch(name):
        raise ConfigurationError(f"{setting}: what follows env: is no name of an environment variable")
    if name not in environ:
        raise ConfigurationError(
            f"{setting}: the environment variable {name} is not set", hint=f"set {name}, or change {setting}"
        )
    return environ[name]


def _from_file(path: Path, setting: str) -> str:
    try:
        return path.read_text(encoding="utf-8").removesuffix("\n").removesuffix("\r")
    except OSError as error:
        reason = error.strerror or "unreadable"
    except UnicodeDecodeError:
        reason = "it is not UTF-8 text"
    message = f"{setting}: {path} cannot be read: {reason}"
    raise ConfigurationError(message, hint="write the secret to that file")


def _from_aws(name: str, setting: str) -> str:
    # The SDK takes longer to load than most commands take.
    from connector.fetch.secrets_manager import get_secret

    identifier, _, key = name.partition("#")
    secret = get_secret(identifier, setting)
    if not key:
        return secret
    try:
        value = json.loads(secret)[key]
    except (ValueError, LookupError, TypeError):
        message = f"{setting}: the secret {identifier} has no {key}"
        raise ConfigurationError(message, hint="it has to be a JSON object with this key") from None
    return value if isinstance(value, str) else json.dumps(value)


def exposed(text: str, directory: Path) -> Path | None:
    """The file of a ``file:`` reference that everybody on the machine can read."""
    reference = _REFERENCE.fullmatch(text)
    if reference is None or reference[1] != "file":
        return None
    path = directory / reference[2]
    try:
        return path if path.stat().st_mode & stat.S_IROTH else None
    except OSError:
        return None
