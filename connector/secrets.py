"""Secrets are references until they are used, and are never printed: ``env:NAME``, ``file:path``,
``keyring:SERVICE/USERNAME`` (the operating system's keyring), ``aws-secretsmanager:NAME#key`` (``key`` of a
secret that is a JSON object; without it, the whole).

What has been resolved is remembered, so that the last line of defence, ``redact``, can keep it out of logs
and tracebacks.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path

from connector.errors import ConfigurationError
from connector.redaction import MASK, mask, redact, remember

__all__ = ["MASK", "exposed", "is_reference", "mask", "redact", "remember", "resolve"]

_REFERENCE = re.compile(r"(env|file|keyring|aws-secretsmanager):(.+)", re.DOTALL)
_CONTAINERS = (Path("/run/secrets"), Path("/var/run/secrets"))  # where Docker, Podman and Kubernetes mount
_LARGEST = 1_000_000  # bytes of a file with a secret in it; a bundle of certificates has some 200,000
_SURROGATE = re.compile("[\ud800-\udfff]")
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
        value = _from_file(directory / name, setting, environ)
    elif kind == "keyring":
        value = _from_keyring(name, setting)
    else:
        value = _from_aws(name, setting)
    if not value:
        raise ConfigurationError(f"{setting}: {kind}:{name} is empty", hint="put the secret there")
    if _SURROGATE.search(value):  # of bytes in the environment, or halves of a character in JSON
        raise ConfigurationError(f"{setting}: {kind}:{name} is not UTF-8 text", hint="put the secret there")
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


def _from_file(path: Path, setting: str, environ: Mapping[str, str]) -> str:
    try:
        with open(path, "rb", opener=_at_once) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                reason = "it is no regular file"
            elif status.st_size > _LARGEST:
                reason = "it is larger than any secret"
            elif _others(path, status, environ) & stat.S_IWOTH:
                message = f"{setting}: everybody on this machine can change {path}"
                raise ConfigurationError(message, hint=f"make the secret anew, then chmod 600 {path}")
            else:  # Windows' editors put a mark of UTF-8 before it
                return file.read(_LARGEST).decode("utf-8-sig").removesuffix("\n").removesuffix("\r")
    except (OSError, RuntimeError) as error:  # the latter, by Python 3.12 and older, of links in a circle
        reason = getattr(error, "strerror", "") or "unreadable"
    except UnicodeDecodeError:
        reason = "it is not UTF-8 text"
    message = f"{setting}: {path} cannot be read: {reason}"
    raise ConfigurationError(message, hint="write the secret to that file")


def _at_once(path: str, flags: int) -> int:
    """Opens a file; one that somebody else has to write to first (a named pipe), too."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _others(path: Path, status: os.stat_result, environ: Mapping[str, str]) -> int:
    """What others than its owner may do with a file, as bits of its mode; 0 for one that systemd, Docker or
    Kubernetes has put there: who can come near it is theirs to say, and their modes are not ours to change.

    Kubernetes links each file to one in a folder whose name begins with two dots, 0644 by default; systemd
    names its folder in ``$CREDENTIALS_DIRECTORY`` (https://systemd.io/CREDENTIALS).
    Raises OSError when the file is not there.
    """
    found = path.resolve(strict=True)
    given = [Path(environ["CREDENTIALS_DIRECTORY"])] if environ.get("CREDENTIALS_DIRECTORY") else []
    mounted = any(found.is_relative_to(each.resolve()) for each in (*_CONTAINERS, *given))
    if os.name != "posix" or mounted or any(part.startswith("..") for part in found.parts):
        return 0
    others = stat.S_IMODE(status.st_mode) & (stat.S_IRWXG | stat.S_IRWXO)
    # A file of root's that one group may read is how an administrator hands a secret to a service.
    return others if status.st_uid == os.geteuid() else others & ~stat.S_IRGRP


def _from_keyring(name: str, setting: str) -> str:
    from connector.keyrings import get_secret

    service, slash, user = name.rpartition("/")
    if not slash or not service or not user:
        raise ConfigurationError(
            f"{setting}: what follows keyring: is no SERVICE/USERNAME",
            hint="as in `keyring set SERVICE USERNAME`",
        )
    return get_secret(service, user, setting)


def _from_aws(name: str, setting: str) -> str:
    # The SDK takes longer to load than most commands take.
    from connector.fetch.secrets_manager import get_secret

    identifier, _, key = name.partition("#")
    secret = get_secret(identifier, setting)
    if not key:
        return secret
    try:
        value = json.loads(secret, parse_int=str, parse_float=str)[key]
    except (ValueError, LookupError, TypeError, RecursionError):
        message = f"{setting}: the secret {identifier} has no {key}"
        raise ConfigurationError(message, hint="it has to be a JSON object with this key") from None
    if value is None:
        return ""
    if not isinstance(value, str):
        message = f"{setting}: {key} of the secret {identifier} is not text"
        raise ConfigurationError(message, hint="put the secret there, in quotes")
    return value


def exposed(text: str, directory: Path, environ: Mapping[str, str]) -> tuple[Path, str] | None:
    """The file of a ``file:`` reference that others than its owner can read or change, and who these are."""
    reference = _REFERENCE.fullmatch(text)
    if reference is None or reference[1] != "file":
        return None
    path = directory / reference[2]
    try:
        status = path.stat()
        others = _others(path, status, environ) if stat.S_ISREG(status.st_mode) else 0
    except (OSError, RuntimeError):
        return None
    if others & (stat.S_IROTH | stat.S_IWOTH):
        return path, "everybody on this machine"
    return (path, "its group") if others & (stat.S_IRGRP | stat.S_IWGRP) else None
