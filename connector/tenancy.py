"""A *tenant* is one partner account with its CRM and its ledger: its name, and what follows from the name.

A process works for one tenant at a time, in all its threads: that is what keeps their log lines apart.
"""

from __future__ import annotations

import hashlib
import os.path
import re
from typing import Any

from connector.errors import ConfigurationError

LONGEST_SCHEMA = 63  # bytes of a name in PostgreSQL, which cuts longer ones: two tenants would become one
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_SMALL, _CAPITALS = "{tenant}", "{TENANT}"

_current = ""


def check_name(name: str) -> str:
    """``name``, which is part of file names, schemas and environment variables. Raises ConfigurationError for
    one that could be anything else there, or the same as another's."""
    if _NAME.fullmatch(name) is None:
        raise ConfigurationError(
            f"{name[:60]!r} is no name for a tenant",
            hint="up to 40 small letters a-z, digits and hyphens, a letter or digit at both ends",
        )
    return name


def work_for(name: str) -> None:
    """This process works for the tenant from now on; "" for none."""
    global _current  # noqa: PLW0603
    _current = name


def current() -> str:
    """Whom this process works for; "" when it is nobody in particular."""
    return _current


def filled(value: Any, name: str) -> Any:
    """``value`` with the tenant's name in place of ``{tenant}`` in every text of it, and in capitals, as
    environment variables are spelt, for ``{TENANT}``."""
    if isinstance(value, str):
        return value.replace(_SMALL, name).replace(_CAPITALS, name.upper().replace("-", "_"))
    if isinstance(value, dict):
        return {key: filled(item, name) for key, item in value.items()}
    return [filled(item, name) for item in value] if isinstance(value, list) else value


def ledger_url(url: str, name: str) -> str:
    """The url of a tenant's own ledger: on SQLite a file of its own, by ``{tenant}`` in the path; on
    PostgreSQL a schema of its own, ``tenant_NAME`` unless the url says another (``?schema=crm_{tenant}``).
    No query on the one can see the other's rows. Raises ConfigurationError when the url has tenants share
    one."""
    from sqlalchemy.engine import make_url  # takes longer to load than commands without a ledger take

    try:
        parsed = make_url(filled(url, name))
        other = make_url(filled(url, f"{name}-"))
    except Exception:
        return url  # which is refused where it is opened, in better words
    if parsed.get_backend_name() == "sqlite":
        if os.path.normpath(parsed.database or "") == os.path.normpath(other.database or ""):
            raise _shared("sqlite:///ledgers/{tenant}.db")
        return parsed.render_as_string(hide_password=False)
    schema = parsed.query.get("schema", f"tenant_{name}")
    if schema == other.query.get("schema"):
        raise _shared("postgresql://host/database?schema=tenant_{tenant}")
    if not isinstance(schema, str) or len(schema.encode()) > LONGEST_SCHEMA:
        raise ConfigurationError(f"ledger.url: the schema of tenant {name} has too long a name")
    return parsed.update_query_dict({"schema": schema}).render_as_string(hide_password=False)


def queue_url(url: str) -> str:
    """The url of the queue's database where it is that of the tenants' ledgers: without their schemas."""
    from sqlalchemy.engine import make_url

    try:
        parsed = make_url(url).difference_update_query(["schema"])
    except Exception:
        return url  # which is refused where it is opened, in better words
    if any(filled(part, "x") != part for part in (parsed.database, parsed.username, parsed.host)):
        hint = "for example `distributed: {url: postgresql://host/queue}`"
        raise ConfigurationError("distributed.url is missing: tenants have a database each", hint=hint)
    return parsed.render_as_string(hide_password=False)


def _shared(example: str) -> ConfigurationError:
    return ConfigurationError(
        "ledger.url: every tenant needs a ledger of its own", hint=f"say where by {{tenant}}: {example}"
    )


def jitter(name: str, spread: float) -> float:
    """How many seconds of ``spread`` a tenant's schedule is late: always the same for a name, so that its
    runs stay evenly spaced, and spread evenly over many names."""
    digest = hashlib.sha256(name.encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32 * spread
