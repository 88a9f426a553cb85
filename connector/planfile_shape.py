"""What stands where in a plan file: it comes from a disk or a mail, and may be anything."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from connector.mapping.model import Mapping

_Scalar = str | bool | int | None
_Action = Literal["create", "update", "unchanged", "skip", "review", "fail"]


_Moment = Annotated[str, AfterValidator(lambda text: datetime.fromisoformat(text) and text)]
_Day = Annotated[str, AfterValidator(lambda text: date.fromisoformat(text) and text)]
_Amount = Annotated[str, StringConstraints(pattern=r"^-?[0-9]{1,60}(\.[0-9]{1,60})?$")]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class _Link(_Strict):
    record: str
    id: str | None


class _FieldChange(_Strict):
    field: str
    before: _Scalar
    after: _Scalar | _Link
    why: str


class _Kept(_Strict):
    field: str
    current: _Scalar
    wanted: _Scalar


class _Candidate(_Strict):
    id: str
    fields: dict[str, _Scalar]


class _Compared(_Strict):
    wanted: dict[str, _Scalar]
    candidates: dict[str, dict[str, _Scalar]]
    titles: list[str]
    narrow: list[str]


class _Change(_Strict):
    name: str
    object: str
    key: Annotated[dict[str, str], Field(min_length=1, max_length=1)]
    id: str | None
    action: _Action
    fields: list[_FieldChange]
    kept: list[_Kept]
    ours: dict[str, _Scalar | _Link]
    titles: dict[str, str]
    evidence: str
    reason: str
    warnings: list[str]
    candidates: list[_Candidate]
    asks: bool
    decided: bool
    compared: _Compared | None
    own_key: str = ""
    fresh: bool = False  # plans of before this was saved


class _Facts(_Strict):
    invitation_id: str
    status: str
    payload_type: str
    invitation_date: _Moment | None
    expiration_date: _Moment | None
    industry: str
    country: str
    target_date: _Day | None
    spend: dict[str, Annotated[list[_Amount], Field(min_length=2, max_length=2)]]


class _Plan(_Strict):
    invitation: str
    title: str
    status: str
    digest: str
    summary_digest: str
    facts: _Facts | None
    changes: list[_Change]


class _File(_Strict):
    checksum: str
    format: int
    made_at: _Moment
    fingerprint: str
    crm: str
    invitations: list[_Plan]
    tenant: str = ""


def is_plan(body: object) -> bool:
    """Whether a decoded file has the shape that ``plan`` gives it."""
    try:
        _File.model_validate(body)
    except ValidationError:
        return False
    return True


def is_of(change: dict[str, Any], mapping: Mapping) -> bool:
    """Whether a change is one that ``mapping`` can make. What a file names goes into questions to the CRM,
    and a file that others made must not reach more of it than the mapping does."""
    name = change["name"].partition("[")[0]
    rule = next((rule for rule in mapping.records if rule.name == name), None)
    if rule is None or (change["object"], *change["key"]) != (rule.object, rule.key_field):
        return False
    fields = {rule.key_field, *(field.name for field in rule.fields)}
    named = {*change["ours"], *(each["field"] for part in ("fields", "kept") for each in change[part])}
    return named <= fields and set(change["titles"]) <= set(rule.match.title)
