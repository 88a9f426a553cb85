"""Which certificates are trusted: the config's, else the environment's, else the public ones."""

from __future__ import annotations

import os
import ssl
from pathlib import Path
from typing import TYPE_CHECKING

import urllib3
from urllib3.exceptions import InsecureRequestWarning

from connector.errors import ConfigurationError
from connector.insecure import warn_of_no_verification

if TYPE_CHECKING:
    from connector.crm.http import Connection

_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")  # as requests reads them, in this order


def certificates(settings: Connection, directory: Path) -> bool | str:
    """What requests calls ``verify``. ``ca_bundle`` counts from ``directory``. Raises ConfigurationError for
    a bundle that is not there or holds no certificates: every call would fail by it."""
    if not settings.verify_ssl:
        urllib3.disable_warnings(InsecureRequestWarning)  # which would say it again for every request
        warn_of_no_verification("crm.verify_ssl")
        return False
    if settings.ca_bundle is not None:
        return _checked(directory / settings.ca_bundle, "crm.ca_bundle")
    for variable in _VARIABLES:
        if os.environ.get(variable):
            return _checked(Path(os.environ[variable]), variable)
    return True


def _checked(path: Path, setting: str) -> str:
    if not path.exists():
        raise ConfigurationError(
            f"{setting}: there is no file {path}", hint="give a PEM file of certificates"
        )
    try:
        if not path.is_dir():  # a folder's certificates are read when they are needed
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except OSError:  # ssl's own errors are of this kind, too
        raise ConfigurationError(
            f"{setting}: {path} holds no certificates that can be read",
            hint="give a PEM file of certificates",
        ) from None
    return str(path)
