"""An invitation's history is looked up by the invitation."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_index("ix_history_invitation_id", "history", ["invitation_id"], if_not_exists=True)
