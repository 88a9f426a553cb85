"""The ledger as it was before it had migrations.

Until then every start made the tables that were not there yet: a ledger may have all of them, or some.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import CreateIndex, CreateTable

revision = "0001"
down_revision = None

# As they were: what becomes of them later is for later migrations.
_metadata = sa.MetaData()

sa.Table("about", _metadata, sa.Column("name", sa.Text, primary_key=True), sa.Column("value", sa.Text))

sa.Table(
    "invitations",
    _metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("summary_digest", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("links", sa.Text, nullable=False),
    sa.Column("run_id", sa.Integer, nullable=False),
)

sa.Table(
    "written",
    _metadata,
    sa.Column("object", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("record_id", sa.Text, nullable=False),
    sa.Column("fields", sa.Text, nullable=False),
    sa.Column("created_run", sa.Integer),
)

sa.Table(
    "runs",
    _metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("command", sa.Text, nullable=False),
    sa.Column("started_at", sa.Text, nullable=False),
    sa.Column("finished_at", sa.Text),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("counts", sa.Text, nullable=False),
    sa.Column("calls", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
)

sa.Table(
    "outcomes",
    _metadata,
    sa.Column("run_id", sa.Integer, primary_key=True),
    sa.Column("invitation_id", sa.Text, primary_key=True),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("warnings", sa.Text, nullable=False),
)

sa.Table(
    "reviews",
    _metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("invitation_id", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("object", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("candidates", sa.Text, nullable=False),
    sa.Column("run_id", sa.Integer, nullable=False),
    sa.Column("action", sa.Text),
    sa.Column("record_id", sa.Text),
    sa.UniqueConstraint("invitation_id", "name"),
)

sa.Table(
    "journal",
    _metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("run_id", sa.Integer, nullable=False),
    sa.Column("entries", sa.Text, nullable=False),
)

sa.Table(
    "jobs",
    _metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("object", sa.Text, nullable=False),
    sa.Column("run_id", sa.Integer, nullable=False),
)

sa.Table(
    "engaged",
    _metadata,
    sa.Column("invitation_id", sa.Text, primary_key=True),
    sa.Column("opportunity", sa.Text, nullable=False),
    sa.Column("evidence", sa.Text, nullable=False),
    sa.Column("modified", sa.Text, nullable=False),
    sa.Column("since", sa.Text),
)

sa.Table(
    "decisions",
    _metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("invitation_id", sa.Text, nullable=False, index=True),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("client_token", sa.Text, nullable=False, unique=True),
    sa.Column("state", sa.Text, nullable=False, index=True),
    sa.Column("task_id", sa.Text, nullable=False),
    sa.Column("engagement_id", sa.Text, nullable=False),
    sa.Column("context_id", sa.Text, nullable=False),
    sa.Column("opportunity_id", sa.Text, nullable=False),
    sa.Column("payload_type", sa.Text, nullable=False),
    sa.Column("rule", sa.Text, nullable=False),
    sa.Column("rejection", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("decided_at", sa.Text, nullable=False),
    sa.Column("finished_at", sa.Text),
)

sa.Table(
    "facts",
    _metadata,
    sa.Column("invitation_id", sa.Text, primary_key=True),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("payload_type", sa.Text, nullable=False),
    sa.Column("invitation_date", sa.Text),
    sa.Column("expiration_date", sa.Text),
    sa.Column("industry", sa.Text, nullable=False),
    sa.Column("country", sa.Text, nullable=False),
    sa.Column("target_date", sa.Text),
    sa.Column("spend", sa.Text, nullable=False),
)

sa.Table(
    "history",
    _metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("invitation_id", sa.Text, nullable=False),
    sa.Column("run_id", sa.Integer),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("steps", sa.Text, nullable=False),
)

sa.Table(
    "comparisons",
    _metadata,
    sa.Column("invitation_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("compared", sa.Text, nullable=False),
)

sa.Table(
    "reads",
    _metadata,
    sa.Column("minute", sa.Integer, primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
)


def upgrade() -> None:
    for table in _metadata.sorted_tables:
        op.execute(CreateTable(table, if_not_exists=True))
        for index in table.indexes:
            op.execute(CreateIndex(index, if_not_exists=True))
