"""The ledger's tables. Structured values are JSON text: they are read whole or not at all."""

from __future__ import annotations

import sqlalchemy as sa

SCHEMA_VERSION = 1  # raised by what an older program could not live with; see connector.migrations
REVISIONS = ("0001", "0002")  # of connector.migrations, the latest last: what this program's tables are

metadata = sa.MetaData()

version = sa.Table(  # Alembic's, as it makes it
    "ledger_version", metadata, sa.Column("version_num", sa.String(32), primary_key=True)
)

about = sa.Table("about", metadata, sa.Column("name", sa.Text, primary_key=True), sa.Column("value", sa.Text))

invitations = sa.Table(
    "invitations",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("summary_digest", sa.Text, nullable=False),  # of the listing's entry
    sa.Column("digest", sa.Text, nullable=False),  # of the whole answer
    sa.Column("fingerprint", sa.Text, nullable=False),  # of the mapping it was planned with
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("links", sa.Text, nullable=False),  # record name -> [object, id], JSON
    sa.Column("run_id", sa.Integer, nullable=False),
)

written = sa.Table(
    "written",
    metadata,
    sa.Column("object", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("record_id", sa.Text, nullable=False),
    sa.Column("fields", sa.Text, nullable=False),  # keep field -> what we wrote last, JSON
    sa.Column("created_run", sa.Integer),  # null for a record that was there before us
)

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("command", sa.Text, nullable=False),
    sa.Column("started_at", sa.Text, nullable=False),  # ISO 8601, UTC
    sa.Column("finished_at", sa.Text),
    sa.Column("state", sa.Text, nullable=False),  # running, done, stopped, killed
    sa.Column("counts", sa.Text, nullable=False),  # outcome -> number, JSON
    sa.Column("calls", sa.Text, nullable=False),  # service -> operation -> number, JSON
    sa.Column("note", sa.Text, nullable=False),
)

outcomes = sa.Table(
    "outcomes",
    metadata,
    sa.Column("run_id", sa.Integer, primary_key=True),
    sa.Column("invitation_id", sa.Text, primary_key=True),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("warnings", sa.Text, nullable=False),  # JSON
)

reviews = sa.Table(
    "reviews",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("invitation_id", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),  # the record's
    sa.Column("object", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("candidates", sa.Text, nullable=False),  # [{"id", fields...}], JSON
    sa.Column("run_id", sa.Integer, nullable=False),
    sa.Column("action", sa.Text),  # link, create, skip; null while it is open
    sa.Column("record_id", sa.Text),
    sa.UniqueConstraint("invitation_id", "name"),
)

journal = sa.Table(
    "journal",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("run_id", sa.Integer, nullable=False),
    sa.Column("entries", sa.Text, nullable=False),  # [[object, key, {field: value}]], JSON
)

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),  # the CRM's
    sa.Column("object", sa.Text, nullable=False),
    sa.Column("run_id", sa.Integer, nullable=False),
)

engaged = sa.Table(
    "engaged",
    metadata,
    sa.Column("invitation_id", sa.Text, primary_key=True),
    sa.Column("opportunity", sa.Text, nullable=False),  # AWS's id; "" while it is not known
    sa.Column("evidence", sa.Text, nullable=False),
    sa.Column("modified", sa.Text, nullable=False),  # as AWS writes it
    sa.Column("since", sa.Text),  # ISO 8601, UTC: from when on something is awaited; null when nothing is
)

decisions = sa.Table(
    "decisions",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("invitation_id", sa.Text, nullable=False, index=True),
    sa.Column("action", sa.Text, nullable=False),  # accept, reject, convert
    sa.Column("client_token", sa.Text, nullable=False, unique=True),
    sa.Column("state", sa.Text, nullable=False, index=True),  # intended, started, done, failed
    sa.Column("task_id", sa.Text, nullable=False),
    sa.Column("engagement_id", sa.Text, nullable=False),
    sa.Column("context_id", sa.Text, nullable=False),  # the lead's in its engagement, to convert
    sa.Column("opportunity_id", sa.Text, nullable=False),
    sa.Column("payload_type", sa.Text, nullable=False),
    sa.Column("rule", sa.Text, nullable=False),  # what chose the invitation
    sa.Column("rejection", sa.Text, nullable=False),  # the reason that AWS is told
    sa.Column("reason", sa.Text, nullable=False),  # why it failed, or stands as it does
    sa.Column("decided_at", sa.Text, nullable=False),  # ISO 8601, UTC
    sa.Column("finished_at", sa.Text),
)

facts = sa.Table(
    "facts",
    metadata,
    sa.Column("invitation_id", sa.Text, primary_key=True),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("payload_type", sa.Text, nullable=False),
    sa.Column("invitation_date", sa.Text),  # ISO 8601, UTC
    sa.Column("expiration_date", sa.Text),
    sa.Column("industry", sa.Text, nullable=False),
    sa.Column("country", sa.Text, nullable=False),
    sa.Column("target_date", sa.Text),  # ISO 8601
    sa.Column("spend", sa.Text, nullable=False),  # currency -> [monthly, total] as decimal text, JSON
)

history = sa.Table(
    "history",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("invitation_id", sa.Text, nullable=False, index=True),
    sa.Column("run_id", sa.Integer),  # null for what a person did
    sa.Column("at", sa.Text, nullable=False),  # ISO 8601, UTC
    sa.Column("status", sa.Text, nullable=False),  # the invitation's; "" where that was not looked at
    sa.Column("outcome", sa.Text, nullable=False),  # or "settled", of a review
    sa.Column("steps", sa.Text, nullable=False),  # see ledger_facts.Step, JSON
)

comparisons = sa.Table(
    "comparisons",
    metadata,
    sa.Column("invitation_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),  # the record's, as in reviews
    sa.Column("compared", sa.Text, nullable=False),  # see resemblance.Compared, JSON
)

reads = sa.Table(
    "reads",
    metadata,
    sa.Column("minute", sa.Integer, primary_key=True),  # since the epoch
    sa.Column("count", sa.Integer, nullable=False),
)
