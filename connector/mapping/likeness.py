"""Which of a CRM's names mean what: names and labels compared as words, whatever their spelling. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from connector.mapping.nearest import nearest
from connector.records import FieldMeta, ObjectMeta

_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_CUSTOM = re.compile(r"__c$")  # how Salesforce marks fields that an administrator has added
BY_NAME = "by its name"
_NEAR = 0.9  # of 1; below it, names of different things are alike, too
_LONG = 6  # characters; the likeness of shorter names says little


def plain(name: str) -> str:
    """A name without what only spells it: ``AWS_Invitation_Id__c`` and ``awsInvitationID`` are one."""
    words = _CAPITAL.sub(" ", _CUSTOM.sub("", name))
    return re.sub(r"[\W_]+", "", words).casefold()


def alike(
    names: Sequence[str], fields: Iterable[FieldMeta], owner: ObjectMeta
) -> tuple[FieldMeta, str] | None:
    """The field that one of ``names`` means, and what tells so; ``owner`` is the object they belong to."""
    fields = list(fields)
    own = {plain(owner.name), plain(owner.name).removesuffix("s"), plain(owner.label)} - {""}
    spellings = (
        (BY_NAME, [{plain(field.name)} for field in fields]),
        ("by its label", [{plain(field.label)} for field in fields]),
        (BY_NAME, [{plain(field.name).removeprefix(each) for each in own} for field in fields]),
    )
    for why, spelt in spellings:
        for name in names:
            for field, spelling in zip(fields, spelt, strict=True):
                if plain(name) in spelling:
                    return field, why
    return _near(names, fields)


def _near(names: Sequence[str], fields: Sequence[FieldMeta]) -> tuple[FieldMeta, str] | None:
    # What is called by two names (`stage_id.name`) is chosen among the records of another object.
    by_name = {plain(field.name): field for field in reversed(fields) if "." not in field.name}
    for name in names:
        found = nearest(plain(name), by_name, _NEAR) if len(plain(name)) >= _LONG else None
        if found is not None:
            return by_name[found], f"its name is near to '{name}'"
    return None


def chosen(words: Iterable[str], picklist: Sequence[str]) -> str | None:
    """The value of ``picklist`` that the first of ``words`` means that any does."""
    values = {plain(value): value for value in reversed(picklist)}
    return next((values[plain(word)] for word in words if plain(word) in values), None)
