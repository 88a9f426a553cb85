"""What an accepted invitation leads to: its engagement and its AWS opportunity, beside its own members.

A mapping that names ``Engagement``, ``Opportunity`` or ``AwsOpportunity`` finds there the answers of the
service; what no mapping names is not fetched. One that must be there and is not given is null, which says
nothing of what it holds (see ``connector.mapping.ungiven``). A summary says nothing of them: so that a sync
sees them change, their dates of modification become part of the digest of what is listed.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from connector.errors import NotFoundError, RefusedError
from connector.fetch import Listed, Selection, Source
from connector.fetch.opportunity import Found, Raw, Reader, find_opportunity
from connector.invitation import Engaged, Invitation, parse

log = logging.getLogger(__name__)

ACCEPTED = "ACCEPTED"
NO_CONTACTS = "the customer's contacts, which AWS adds some 10 to 30 minutes after acceptance"


class Service(Source, Reader):
    """A source that also reads what invitations lead to."""


@dataclass(slots=True)
class Enriched:
    """``source``, its accepted invitations with those ``members`` that a mapping uses. ``known`` is what
    earlier runs have found, by invitation id. See ``Source``; ``get`` may be called from several threads."""

    source: Service
    members: frozenset[str]
    known: Callable[[], Mapping[str, Engaged]]
    catalog: str = field(init=False)
    concurrency: int = field(init=False)
    _known: Mapping[str, Engaged] = field(default_factory=dict)
    _modified: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.catalog, self.concurrency = self.source.catalog, self.source.concurrency

    def calls(self) -> Mapping[str, int]:
        return self.source.calls()

    def close(self) -> None:
        self.source.close()

    def list(self, selection: Selection) -> Iterator[Listed]:
        """See Source: an accepted invitation's digest changes when its opportunity or engagement does."""
        self._known = self.known()
        self._modified = self._modifications()
        for listed in self.source.list(selection):
            yield self._stamped(listed)

    def get(self, listed: Listed) -> Invitation:
        """See Source. What cannot be had yet is named in the invitation's ``awaits``."""
        invitation = self.source.get(listed)
        if invitation.status != ACCEPTED:
            return invitation
        raw = dict(invitation.raw)
        awaits: tuple[str, ...] = ()
        if "Engagement" in self.members:
            raw["Engagement"] = engagement = self._engagement(invitation)
            awaits = tuple(_awaited_of_engagement(engagement, invitation))
        found = Found()
        # A lead has an opportunity once it was converted.
        converted = self._known.get(invitation.id, Engaged()).opportunity
        if self.members & {"Opportunity", "AwsOpportunity"} and (converted or invitation.title is not None):
            found, wait = self._opportunity(invitation, raw)
            awaits = (*awaits, *wait)
        modified = _modified_of(raw)
        return replace(
            parse(raw, invitation.source),
            opportunity=found.id,
            evidence=found.evidence,
            modified=modified,
            awaits=tuple(dict.fromkeys(awaits)),
            listed_as=self._digest(listed, str(raw.get("EngagementId") or ""), found.id, modified),
        )

    # -- what it leads to

    def _engagement(self, invitation: Invitation) -> Raw | None:
        identifier = invitation.raw.get("EngagementId")
        return self._read("GetEngagement", Identifier=identifier) if isinstance(identifier, str) else None

    def _opportunity(self, invitation: Invitation, raw: dict[str, Any]) -> tuple[Found, Sequence[str]]:
        before = self._known.get(invitation.id)
        known = Found(before.opportunity, before.evidence) if before and before.opportunity else None
        found = find_opportunity(invitation, self.source, known)
        if not found.id:
            return found, (f"the AWS opportunity: {found.doubt}",)
        awaits: list[str] = []
        if "Opportunity" in self.members:
            raw["Opportunity"] = whole = found.whole or self._read("GetOpportunity", Identifier=found.id)
            if whole is None:
                awaits.append(f"the AWS opportunity {found.id}")
            elif not _contacts(whole):
                awaits.append(NO_CONTACTS)
        if "AwsOpportunity" in self.members:
            raw["AwsOpportunity"] = summary = self._read(
                "GetAwsOpportunitySummary", RelatedOpportunityIdentifier=found.id
            )
            if summary is None:
                awaits.append(f"AWS's view of the opportunity {found.id}")
        return found, awaits

    def _read(self, operation: str, **parameters: Any) -> Raw | None:
        try:
            return self.source.read(operation, **parameters)
        except NotFoundError:
            return None

    # -- what has changed

    def _modifications(self) -> dict[str, str]:
        """When engagements and opportunities were modified, by id: those since the latest that is known. Not
        to be permitted this listing costs no more than seeing changes late."""
        try:
            return self._listed_modifications()
        except RefusedError as error:
            log.warning("changes of opportunities and engagements are not seen: %s", error.message)
            return {}

    def _listed_modifications(self) -> dict[str, str]:
        found: dict[str, str] = {}
        if self.members & {"Opportunity", "AwsOpportunity"}:
            latest = max((known.modified for known in self._known.values() if known.opportunity), default="")
            since = {"LastModifiedDate": {"AfterLastModifiedDate": latest}} if latest else {}
            for summary in self.source.read_all("ListOpportunities", "OpportunitySummaries", **since):
                found[str(summary.get("Id"))] = str(summary.get("LastModifiedDate") or "")
        if "Engagement" in self.members:
            for summary in self.source.read_all("ListEngagements", "EngagementSummaryList"):
                found[str(summary.get("Id"))] = str(summary.get("ModifiedAt") or "")
        return found

    def _stamped(self, listed: Listed) -> Listed:
        if not listed.digest or listed.status != ACCEPTED:
            return listed
        known = self._known.get(listed.id, Engaged())
        engagement = str((listed.summary or {}).get("EngagementId") or "")
        stamped = self._digest(listed, engagement, known.opportunity, known.modified)
        return replace(listed, digest=stamped, stem=listed.digest)

    def _digest(self, listed: Listed, engagement: str, opportunity: str, modified: str) -> str:
        """What the digest of a listed entry is, given what it leads to and when that was modified, unless the
        latest listing knows better. Empty for one that is always to be had anew."""
        stem = listed.stem or listed.digest
        stamps = (self._modified.get(engagement), self._modified.get(opportunity) or modified)
        return " ".join(filter(None, (stem, *stamps))) if stem else ""


def _modified_of(raw: Raw) -> str:
    return str(_at(raw, "Opportunity", "LastModifiedDate") or "")


def _contacts(opportunity: Raw | None) -> Sequence[Any]:
    return _list(_at(opportunity, "Customer", "Contacts"))


def _awaited_of_engagement(engagement: Raw | None, invitation: Invitation) -> Sequence[str]:
    if engagement is None:
        return ["the engagement"]
    if invitation.title is not None:
        return []
    for context in _list(_at(engagement, "Contexts")):
        interactions = _list(_at(context, "Payload", "Lead", "Interactions"))
        if any(_at(interaction, "Contact") for interaction in interactions):
            return []
    return [NO_CONTACTS]


def _at(value: Any, *path: str) -> Any:
    """What stands at a path; None where something on the way is not as the model has it."""
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else ()
