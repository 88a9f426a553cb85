"""What a recording asks for: few things, none of which changes anything, the same every time."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from connector.crm.base import Crm
from connector.fetch import Selection
from connector.fetch.partner_central import ClientSettings, PartnerCentral
from connector.retry import RetryPolicy
from tests.recording.allowed import OBJECTS
from tests.recording.interactions import Interaction
from tests.recording.scrub import pretty

MOST = 3  # invitations that are got, rows of a query that are kept
KEY = "engi-recording0001"
TITLE = "Recording one"
OURS = frozenset({KEY, TITLE})
KEY_FIELD = "AWS_Invitation_Id__c"
_FIELDS = ("id", "Name", "StageName", "CloseDate", "Amount")
_OBJECT = ("name", "label", "keyPrefix", "custom", "createable", "updateable", "queryable", "fields")
_FIELD = """
    name label type soapType length byteLength precision scale digits nillable createable updateable
    defaultedOnCreate externalId unique idLookup caseSensitive custom calculated filterable sortable
    nameField picklistValues restrictedPicklist controllerName dependentPicklist compoundFieldName
    referenceTo relationshipName polymorphicForeignKey
""".split()  # noqa: SIM905
_FOLLOWING = re.compile(r"/query/[^/?]+-\d+$")


def partner_central(settings: ClientSettings) -> list[dict[str, Any]]:
    """Lists what there is, and gets up to three invitations; gives their raw answers."""
    source = PartnerCentral(settings, policy=RetryPolicy(attempts=1), concurrency=1)
    try:
        listed = list(source.list(Selection(limit=MOST)))
        return [dict(source.get(one).raw) for one in listed]
    finally:
        source.close()


def salesforce(crm: Crm) -> dict[str, Any]:
    """Signs in, describes the five objects, and looks for an opportunity by a key and by a title that no
    sales team uses; gives what was found."""
    described = crm.describe(OBJECTS)
    there = [name for name in _FIELDS if name == "id" or name in described["Opportunity"].fields]
    return {
        "described": described,
        "by key": crm.find("Opportunity", KEY_FIELD, [KEY], there),
        "by title": crm.find_titles("Opportunity", ["Name"], [TITLE], KEY_FIELD, there),
    }


def shortened(interactions: Sequence[Interaction]) -> list[Interaction]:
    """The same with at most three rows to a query, listing or list of values, no further pages, and of
    describes only what says how records are written: the rest is not what a recording is for."""
    return [_short(one) for one in interactions if not _FOLLOWING.search(one.url)]


def _short(one: Interaction) -> Interaction:
    if one.status != 200 or not one.answer.startswith("{"):
        return one
    answer = json.loads(one.answer)
    if one.url.endswith("/describe"):
        return replace(one, answer=pretty(_described(answer)))
    for rows, more in (("records", "nextRecordsUrl"), ("EngagementInvitationSummaries", "NextToken")):
        if isinstance(answer.get(rows), list):
            answer[rows] = answer[rows][:MOST]
            answer.pop(more, None)
            answer.update({"done": True} if "done" in answer else {})
            return replace(one, answer=pretty(answer))
    return one


def _described(answer: dict[str, Any]) -> dict[str, Any]:
    kept = {name: answer[name] for name in _OBJECT if name in answer}
    for field in kept.get("fields", ()):
        for name in field.keys() - set(_FIELD):
            del field[name]
        field["picklistValues"] = field.get("picklistValues", [])[:MOST]
    return kept
