"""One invitation through the pure stages, so that a bug of ours that it brings to light costs that one only;
and errors as the reasons of outcomes."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from connector.changes import Action, Change, Plan
from connector.facts import facts_of
from connector.fetch import Listed
from connector.invitation import Invitation
from connector.map import Desired, map_invitation
from connector.mapping.model import Mapping as MappingFile
from connector.plan import Known, plan_invitation

log = logging.getLogger(__name__)

VANISHED = "it vanished between the listing and the get; nothing is left to do"
NOT_THERE = "there is no such invitation (any more)"  # where it was asked for by its id


def mapped(invitation: Invitation, mapping: MappingFile) -> list[Desired]:
    """Stage 3 for one invitation. A bug of ours that one invitation brings to light costs that one only."""
    try:
        return map_invitation(invitation, mapping)
    except Exception as bug:
        return [Desired(mapping.records[0].name, mapping.records[0], error=describe_bug(invitation, bug))]


def plan(
    invitation: Invitation, listed: Listed, desired: Mapping[str, Sequence[Desired]], known: Known
) -> Plan:
    """Stages 4 and 5 for one invitation, whose batch has been looked up."""
    try:
        changes = plan_invitation(invitation.id, desired[invitation.id], known)
    except Exception as bug:
        first = desired[invitation.id][0]
        reason = describe_bug(invitation, bug)
        rule = first.rule
        changes = [Change(first.name, rule.object, rule.key_field, first.key, Action.FAIL, reason=reason)]
    title = invitation.title or ""
    return Plan(
        invitation.id,
        changes,
        invitation.digest,
        invitation.listed_as or listed.digest,
        invitation.status,
        title,
        invitation.opportunity,
        invitation.evidence,
        invitation.modified,
        invitation.awaits,
        facts=facts_of(invitation),
    )


def describe_bug(invitation: Invitation, bug: Exception) -> str:
    """A bug as the reason of an outcome, without the values that it may hold."""
    log.debug("%s: %s", invitation.id, type(bug).__name__, exc_info=bug)
    return f"a bug in the connector: {type(bug).__name__}; please report it, with what --debug prints"
