"""A run keeps whether it looked at all invitations, or at some alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    columns = {column["name"] for column in sa.inspect(op.get_bind()).get_columns("runs")}
    if "complete" not in columns:
        op.add_column("runs", sa.Column("complete", sa.Boolean))
