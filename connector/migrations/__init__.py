"""How a ledger made by an earlier version becomes one of this version, by Alembic
(https://alembic.sqlalchemy.org).

A migration only ever adds: tables, indexes, columns that may be null or have a default of the database's. So
a program of the version before works on with the ledger of the version after it, and workers of both may run
at the same time. A migration that cannot be so raises ``ledger_tables.PLAIN_VERSION`` and ``SCHEMA_VERSION``,
which older programs refuse by name.

A new one: change ``ledger_tables``, add a file to ``versions`` and its revision to
``ledger_tables.REVISIONS``; the tests compare what migrations make with what ``ledger_tables`` says.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config


def upgrade(connection: sa.Connection, revision: str = "head") -> None:
    """Bring the ledger up to a revision, in the transaction that ``connection`` is in."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
