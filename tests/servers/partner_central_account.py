"""What one partner has in Partner Central: invitations, and what comes of them in time."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.servers.agenda import Agenda
from tests.servers.errors import denied, missing
from tests.servers.paging import PageTokens
from tests.servers.partner_central_content import (
    arn,
    contact,
    engagement_of,
    invited,
    milliseconds,
    opportunity_number,
    opportunity_of,
    payload,
)
from tests.servers.service_model import enum

Raw = dict[str, Any]


@dataclass(frozen=True)
class Failure:
    """How a task is going to fail. ``accepted``: after it had accepted the invitation."""

    reason: str
    message: str
    accepted: bool


@dataclass
class Task:
    """An asynchronous task. ``about``: the members of its answer that say what it works on; ``opportunity``
    and ``job``: what it made, when it is complete."""

    operation: str
    token: str
    identifier: str
    arn: str
    started: datetime
    about: Raw
    catalog: str
    status: str = "IN_PROGRESS"
    failure: Failure | None = None
    opportunity: str | None = None
    job: str | None = None


class Account:
    """The state that the operations work on; attributes may be changed between calls.

    ``invitations``: id -> raw answer of GetEngagementInvitation. ``vanished``: ids that are listed, but not
    there any more. ``denied``: ids that these credentials may not get. ``sent``: ids of invitations that this
    partner sent (ParticipantType SENDER). ``tokens``: the page tokens, with their ``lifetime`` in seconds.
    ``engagements``, ``opportunities``: id -> raw, of what this partner takes part in. ``associations``:
    (engagement, opportunity) pairs. ``tasks``: id -> task. ``applied``: (operation, identifier) of every
    write that changed something, in order. ``task_seconds``: how long tasks are IN_PROGRESS;
    ``contacts_seconds``: how long after acceptance the customer's contacts come.
    """

    def __init__(
        self,
        invitations: Iterable[Raw] = (),
        *,
        page_size: int = 100,
        seed: int = 0,
        task_seconds: float = 0.0,
        contacts_seconds: float = 0.0,
    ) -> None:
        self.invitations: dict[str, Raw] = {raw["Id"]: raw for raw in invitations}
        self.vanished: set[str] = set()
        self.denied: set[str] = set()
        self.sent: set[str] = set()
        self.page_size, self.tokens = page_size, PageTokens(seed)
        self.task_seconds, self.contacts_seconds = task_seconds, contacts_seconds
        self.engagements: dict[str, Raw] = {}
        self.opportunities: dict[str, Raw] = {}
        self.associations: list[tuple[str, str]] = []
        self.tasks: dict[str, Task] = {}
        self.applied: list[tuple[str, str]] = []
        self.agenda = Agenda()
        self.lock = threading.RLock()
        self.failures: dict[str, Failure] = {}
        self.answers: dict[tuple[str, str], tuple[bytes, str]] = {}  # (operation, client token) -> body, id
        self._origins: dict[str, str] = {}  # opportunity -> the invitation that it came by
        self._joined: set[str] = set()  # invitations whose acceptance has had its consequences

    # What a test does to the account.

    def put(self, raw: Raw) -> None:
        """Adds or replaces an invitation, also in mid-listing."""
        with self.lock:
            self.invitations[raw["Id"]] = raw

    def expire_invitation(self, identifier: str) -> None:
        with self.lock:
            self.decide(self.invitations[identifier], Status="EXPIRED")

    def fail(
        self, identifier: str, reason: str, message: str = "The task failed.", *, accepted: bool = False
    ) -> None:
        """The next task on this invitation or engagement fails with a ReasonCode of the model; ``accepted``:
        only after it had accepted the invitation, which stays so. Raises ValueError for another reason."""
        if reason not in enum("ReasonCode"):
            raise ValueError(f"no ReasonCode: {reason}")
        self.failures[identifier] = Failure(reason, message, accepted)

    def finish_tasks(self) -> None:
        """Every task in progress is at its end."""
        with self.lock:
            self.agenda.run("task")

    def bring_contacts(self) -> None:
        """The contacts that are still to come are there."""
        with self.lock:
            self.settle()
            self.agenda.run("contacts")

    def forward(self, seconds: float) -> None:
        """Puts the service's clock forward."""
        self.agenda.forward(seconds)

    def change_opportunity(self, identifier: str, **members: Any) -> None:
        """Somebody else changes members of an opportunity: AWS, or a colleague in Partner Central."""
        with self.lock:
            self.settle()
            self.opportunities[identifier].update(members)
            self.touch(identifier)

    # What the operations do to it.

    def settle(self, *, consequences: bool = True) -> None:
        """Does what is due. Invitations that became ACCEPTED otherwise than by an operation (from the start,
        or by ``put``) were so long ago, and have had all ``consequences``."""
        self.agenda.run()
        if not consequences:
            return
        accepted = [raw for raw in self.invitations.values() if raw.get("Status") == "ACCEPTED"]
        for raw in accepted:
            if raw["Id"] not in self._joined and raw.get("EngagementId"):
                at = invited(raw) + timedelta(minutes=30)
                self._joined.add(raw["Id"])
                self.join(raw, at, contacts_seconds=0)
                if payload(raw, "OpportunityInvitation") and raw["Id"] not in self.sent:
                    self.open_opportunity(raw, at, contacts_seconds=0)

    def decide(self, invitation: Raw, **members: Any) -> None:
        """(A changed copy takes its place: what a test handed in stays as it is.)"""
        self.invitations[invitation["Id"]] = invitation | members

    def accept(self, invitation: Raw, at: datetime) -> None:
        """The invitation is accepted, and its engagement open to this partner."""
        self.decide(invitation, Status="ACCEPTED")
        self._joined.add(invitation["Id"])
        self.join(invitation, at)

    def join(self, invitation: Raw, at: datetime, contacts_seconds: float | None = None) -> None:
        engagement = self.engagements.setdefault(invitation["EngagementId"], engagement_of(invitation, at))
        title = (payload(invitation, "LeadInvitation").get("Interaction") or {}).get("ContactBusinessTitle")

        def arrive(moment: datetime) -> None:
            for context in engagement["Contexts"]:
                for place, item in enumerate(context["Payload"].get("Lead", {}).get("Interactions", ())):
                    item["Contact"] = item["Contact"] or contact(f"{engagement['Id']} {place}", title)
            engagement["ModifiedAt"] = moment

        self._later(arrive, at, contacts_seconds)

    def open_opportunity(self, invitation: Raw, at: datetime, contacts_seconds: float | None = None) -> str:
        """The partner's own opportunity for an accepted invitation; its contacts come later."""
        number = self.number(invitation["Id"])
        self.opportunities[number] = opportunity_of(invitation, number, at)
        self.associations.append((invitation["EngagementId"], number))
        self._origins[number] = invitation["Id"]

        def arrive(moment: datetime) -> None:
            opportunity = self.opportunities.get(number)
            if opportunity and opportunity.get("Customer"):
                opportunity["Customer"]["Contacts"] = [contact(number, None)]
                self.touch(number, moment)

        self._later(arrive, at, contacts_seconds)
        return number

    def _later(self, arrive: Any, at: datetime, contacts_seconds: float | None) -> None:
        wait = self.contacts_seconds if contacts_seconds is None else contacts_seconds
        if wait <= 0:
            arrive(at)
        else:
            self.agenda.add("contacts", at + timedelta(seconds=wait), arrive)

    def number(self, key: str) -> str:
        """A new opportunity's id."""
        number = opportunity_number(key)
        while number in self.opportunities:
            key, number = f"{key}'", opportunity_number(f"{key}'")
        return number

    def touch(self, identifier: str, at: datetime | None = None) -> str:
        """The opportunity was modified, later than ever before. Its LastModifiedDate."""
        opportunity = self.opportunities[identifier]
        before = datetime.fromisoformat(opportunity["LastModifiedDate"])
        after = max(at or self.agenda.now(), before + timedelta(milliseconds=1))
        opportunity["LastModifiedDate"] = milliseconds(after)
        return str(opportunity["LastModifiedDate"])

    # What the operations look up. All raise ServiceFault.

    def invitation(self, catalog: str, identifier: str, operation: str) -> Raw:
        raw = self.invitations.get(identifier.rpartition("/")[2])
        if raw is None or raw.get("Catalog") != catalog or identifier not in (raw["Id"], raw.get("Arn")):
            raise missing(identifier)
        self._guard(raw["Id"], operation, "Engagement invitation")
        return raw

    def engagement(self, catalog: str, identifier: str, operation: str) -> Raw:
        """One that this partner is a member of."""
        name = identifier.rpartition("/")[2]
        raw = self.engagements.get(name)
        if (
            raw is not None
            and identifier in (name, raw["Arn"])
            and raw["Arn"] == arn(catalog, "engagement", name)
        ):
            self._guard(name, operation, "Engagement")
            return raw
        if any(each.get("EngagementId") == name for each in self.invitations.values()):
            raise denied(operation)  # invited, but no member (yet, or any more)
        raise missing(identifier, "Engagement")

    def opportunity(self, catalog: str, identifier: str, operation: str) -> Raw:
        raw = self.opportunities.get(identifier)
        if raw is None or raw["Catalog"] != catalog:
            raise missing(identifier, "Opportunity")
        self._guard(identifier, operation, "Opportunity")
        return raw

    def in_progress(self, invitation: str) -> bool:
        """Whether a task is accepting it."""
        return any(
            task.status == "IN_PROGRESS" and task.about.get("EngagementInvitationId") == invitation
            for task in self.tasks.values()
        )

    def origin(self, opportunity: str) -> Raw | None:
        """The invitation by which an opportunity came from AWS."""
        return self.invitations.get(self._origins.get(opportunity, ""))

    def _guard(self, identifier: str, operation: str, what: str) -> None:
        if identifier in self.denied:
            raise denied(operation)
        if identifier in self.vanished:
            raise missing(identifier, what)
