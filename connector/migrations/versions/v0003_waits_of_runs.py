"""A run keeps how often its calls had to wait and come again, and why."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    columns = {column["name"] for column in sa.inspect(op.get_bind()).get_columns("runs")}
    if "waits" not in columns:
        op.add_column("runs", sa.Column("waits", sa.Text))
