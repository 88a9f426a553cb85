"""Small builders for the values of the pure stages."""

from __future__ import annotations

from typing import Any

from connector.map import Desired
from connector.mapping.model import Expression, FieldRule, MatchRule, RecordRule, Write
from connector.records import FieldMeta, ObjectMeta


def expression(text: str = "Id") -> Expression:
    return Expression(text, lambda scope: scope.get(text))


def rule(
    rule_name: str = "opportunity",
    object: str = "opportunities",
    /,
    *,
    key_field: str = "aws_invitation_id",
    title: tuple[str, ...] = ("project_title", "name"),
    narrow: tuple[str, ...] = ("account.name",),
    none: Any = "create",
    many: Any = "review",
    required: tuple[str, ...] = (),
    **writes: str,
) -> RecordRule:
    """A rule whose fields are the keywords, each with its write policy."""
    fields = tuple(
        FieldRule(field, Write(policy), expression(), required=field in required)
        for field, policy in writes.items()
    )
    match = MatchRule({t: expression() for t in title}, {n: expression() for n in narrow}, none, many)
    return RecordRule(rule_name, object, key_field, expression(), fields, match=match)


def desired(
    rule: RecordRule, key: str = "engi-1", *, titles: Any = None, narrow: Any = None, **values: Any
) -> Desired:
    return Desired(rule.name, rule, key, values, titles or {}, narrow or {})


def objects(**types: str) -> dict[str, ObjectMeta]:
    """Metadata of ``opportunities`` (and of ``accounts``) with the given fields beside the key and titles."""
    names = {"aws_invitation_id": "text", "name": "text", "project_title": "text", **types}
    fields = {name: FieldMeta(name, kind) for name, kind in names.items()}  # type: ignore[arg-type]
    accounts = {name: FieldMeta(name, "text") for name in ("aws_customer_key", "name")}
    return {
        "opportunities": ObjectMeta("opportunities", fields),
        "accounts": ObjectMeta("accounts", accounts),
    }
