"""What Alembic runs for every command: here always within a transaction of ours."""

from __future__ import annotations

from alembic import context

from connector import ledger_tables as tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables.metadata,
    version_table=tables.version.name,
)
with context.begin_transaction():
    context.run_migrations()
