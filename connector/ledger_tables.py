"""The ledger's tables. Structured values are JSON text: they are read whole or not at all.

Columns that can hold what customers or their data say are marked: ``ledger_cipher`` encrypts them where the
config gives a key. No statement may compare or change them within the database, but for keys of records.
"""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

PLAIN_VERSION = 1  # raised by what an older program could not live with; see connector.migrations
SCHEMA_VERSION = 2  # an encrypted ledger's, and the latest that this program knows
REVISIONS = (
    "0001",
    "0002",
    "0003",
    "0004",
)  # of connector.migrations, the latest last: what this program's tables are

PROTECTED, LOOKED_UP = "protected", "looked up"  # how a column's data is encrypted: see ledger_cipher

OF_SOME = ("events", "apply")  # commands whose runs look at some invitations, and not at all there are

metadata = sa.MetaData()


def _customers(name: str, *, primary_key: bool = False) -> sa.Column[str]:
    """A column of customers' data, not null."""
    mark = LOOKED_UP if primary_key else PROTECTED
    return sa.Column(name, sa.Text, nullable=False, primary_key=primary_key, info={"data": mark})


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
    _customers("reason"),
    sa.Column("links", sa.Text, nullable=False),  # record's slot -> [object, id], JSON
    sa.Column("run_id", sa.Integer, nullable=False),
)

written = sa.Table(
    "written",
    metadata,
    sa.Column("object", sa.Text, primary_key=True),
    _customers("key", primary_key=True),
    sa.Column("record_id", sa.Text, nullable=False),
    _customers("fields"),  # field -> what we wrote last, JSON
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
    sa.Column("waits", sa.Text),  # service -> code -> number, JSON; null where nobody counted
    sa.Column("complete", sa.Boolean),  # looked at all invitations, not at some; null where nobody said
    _customers("note"),
)

outcomes = sa.Table(
    "outcomes",
    metadata,
    sa.Column("run_id", sa.Integer, primary_key=True),
    sa.Column("invitation_id", sa.Text, primary_key=True),
    sa.Column("outcome", sa.Text, nullable=False),
    _customers("reason"),
    _customers("warnings"),  # JSON
)

reviews = sa.Table(
    "reviews",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("invitation_id", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),  # the record's slot
    sa.Column("object", sa.Text, nullable=False),
    _customers("title"),
    _customers("reason"),
    _customers("candidates"),  # [{"id", fields...}], JSON
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
    _customers("entries"),  # [[object, key, {field: value}]], JSON
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
    _customers("rule"),  # what chose the invitation
    _customers("rejection"),  # the reason that AWS is told
    _customers("reason"),  # why it failed, or stands as it does
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
    _customers("industry"),
    _customers("country"),
    sa.Column("target_date", sa.Text),  # ISO 8601
    _customers("spend"),  # currency -> [monthly, total] as decimal text, JSON
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
    _customers("steps"),  # see ledger_facts.Step, JSON
)

comparisons = sa.Table(
    "comparisons",
    metadata,
    sa.Column("invitation_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),  # the record's, as in reviews
    _customers("compared"),  # see resemblance.Compared, JSON
)

reads = sa.Table(
    "reads",
    metadata,
    sa.Column("minute", sa.Integer, primary_key=True),  # since the epoch
    sa.Column("count", sa.Integer, nullable=False),
)


def good(there: Collection[str]) -> sa.ColumnElement[bool]:
    """Whether a run looked at all invitations, and not at some alone, and came to its end. ``there`` are the
    columns that the ledger's runs have."""
    # Earlier programs said it by the command alone: until the next run there is nothing better to go by.
    said = runs.c.command.not_in(OF_SOME)
    complete = sa.func.coalesce(runs.c.complete, said) if runs.c.complete.name in there else said
    return sa.and_(runs.c.state == "done", complete)
