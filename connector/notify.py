"""Telling people what a run has left for them: to a webhook (Slack's or plain JSON) and to an SNS topic.

A notice holds invitation ids and reasons, no customer's data. That it could not be delivered is a line in the
log and never a run's failure.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from connector.apply import Kind, Outcome
from connector.errors import ConnectorError

log = logging.getLogger(__name__)

Topic = Literal["new", "expiring", "review", "failed"]
TOPICS: tuple[Topic, ...] = ("new", "expiring", "review", "failed")
SHOWN = 20  # invitations of a topic that are named
_HEADS: Mapping[Topic, str] = {
    "new": "new",
    "expiring": "about to expire",
    "review": "to be reviewed",
    "failed": "failed",
}


@dataclass(slots=True)
class Notice:
    """Invitation ids by topic, each with a reason ("" for none)."""

    about: dict[Topic, list[tuple[str, str]]] = field(default_factory=dict)
    tenant: str = ""

    def add(self, topic: Topic, invitation_id: str, reason: str = "") -> None:
        self.about.setdefault(topic, []).append((invitation_id, reason))

    def of(self, topics: Iterable[Topic]) -> Notice:
        return Notice({topic: self.about[topic] for topic in topics if self.about.get(topic)}, self.tenant)

    def watch(self, outcome: Outcome) -> None:
        """Take in an outcome of a run."""
        if outcome.kind is Kind.CREATED:
            self.add("new", outcome.invitation_id)
        elif outcome.kind is Kind.REVIEW:
            self.add("review", outcome.invitation_id, outcome.reason)
        elif outcome.kind is Kind.FAILED:
            self.add("failed", outcome.invitation_id, outcome.reason)


def text(notice: Notice) -> str:
    """The notice as plain text, a line for each invitation."""
    lines = [f"Tenant {notice.tenant}"] if notice.tenant else []
    for topic, entries in notice.about.items():
        lines.append(f"{len(entries):,} {_HEADS[topic]}:")
        lines += [
            f"  {id_}" + (f": {' '.join(reason.split())}" if reason else "")
            for id_, reason in entries[:SHOWN]
        ]
        if len(entries) > SHOWN:
            lines.append(f"  ... and {len(entries) - SHOWN:,} more")
    return "\n".join(lines)


Sender = Callable[[Notice], object]


def deliver(notice: Notice, senders: Sequence[tuple[str, Sender]]) -> None:
    """Send ``notice``, if there is anything in it, by all of ``senders`` (each with a name for the log)."""
    if not notice.about:
        return
    for name, send in senders:
        try:
            send(notice)
        except ConnectorError as error:
            log.warning("the %s was not told: %s", name, error.message)
        except ValueError as error:  # a text that cannot be sent
            log.warning("the %s was not told: %s", name, type(error).__name__)
