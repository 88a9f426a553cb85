"""The mapping file as pydantic models: what may stand where. The JSON Schema is generated from these."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from connector.mapping import upgrade

Owner = Literal["always", "keep", "create", "blank"]


def _scalar(value: Any) -> Any:
    if value is None or isinstance(value, (str, bool, int, Decimal)):
        return value
    raise PydanticCustomError("scalar", "a plain value is wanted")


def _given(value: Any) -> Any:
    if value is None:
        raise PydanticCustomError("empty", "a value is missing")
    return value


def _version(value: Any) -> Any:
    if isinstance(value, bool) or value != upgrade.VERSION:  # Python takes true for the number 1
        raise PydanticCustomError("literal_error", "the version of this format is wanted")
    return value


def _bare(value: Any) -> Any:
    """A field's short form: a text is its expression."""
    if isinstance(value, str):
        return {"from": value}
    if isinstance(value, dict):
        return value
    raise PydanticCustomError("field", "an expression or a mapping is wanted")


def _length(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    raise PydanticCustomError("length", "a whole number above 0 is wanted")


_VERSION = {"const": upgrade.VERSION, "type": "integer"}
_PLAIN = {"type": ["string", "number", "boolean", "null"]}
Plain = Annotated[Any, AfterValidator(_scalar), WithJsonSchema(_PLAIN)]
Length = Annotated[Any, AfterValidator(_length), WithJsonSchema({"type": "integer", "minimum": 1})]
Given = BeforeValidator(_given)  # an option that is written down has a value
Text = Annotated[str, StringConstraints(min_length=1)]
Jmespath = Annotated[
    str,
    StringConstraints(min_length=1),
    Field(
        description="A JMESPath expression over the invitation as the API names it, the names under "
        "`let`, and `item` and `index` inside for_each.",
        examples=["deal.Project.Title", "domain(customer.WebsiteUrl) || customer.CompanyName"],
    ),
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, populate_by_name=False)


class FieldShape(_Strict):
    """How one field of the CRM gets its value. Exactly one of from, value, template and ref."""

    from_: Annotated[Jmespath | None, Given] = Field(
        None, alias="from", description="The expression that gives the value."
    )
    value: Plain = Field(None, description="A fixed value.", examples=["Prospecting", 5, True])
    template: Annotated[Text | None, Given] = Field(
        None,
        description="A text with expressions in {{ }}. Those that give nothing leave nothing; if all do, the "
        "field is empty. Literal braces: {{ '{{' }}.",
        examples=["{{ deal.Project.BusinessProblem }}\n\nFrom AWS: {{ InvitationMessage }}"],
    )
    ref: Annotated[Text | None, Given] = Field(
        None,
        description="The name of another rule under `records`: the id of the record it makes.",
        examples=["account"],
    )
    lookup: Annotated[dict[str, Plain] | None, Given] = Field(
        None,
        min_length=1,
        description="The invitation's value (compared exactly) -> what the CRM calls it.",
        examples=[{"Software and Internet": "Technology"}],
    )
    default: Plain = Field(
        None, description="The value where the expression gives none, or the lookup has no entry."
    )
    max_length: Annotated[Length | None, Given] = Field(
        None, description="Cut longer text to so many characters.", examples=[120]
    )
    required: bool = Field(
        False, description="Without a value the record does not land; its outcome says why."
    )
    optional: bool = Field(
        False, description="Where the CRM has no such field, it is left out; otherwise that is a mistake."
    )
    write: Owner = Field(
        "keep",
        description="Who owns the field. always: AWS wins. keep: write until a person edits it in the "
        "CRM, then leave it and report it. create: only when the record is created. blank: only into an "
        "empty field.",
    )


Bare = Annotated[
    FieldShape,
    BeforeValidator(_bare, json_schema_input_type=Jmespath | FieldShape),
]


class MatchShape(_Strict):
    """How to find the record that sales already opened by hand."""

    title: dict[Text, Jmespath] = Field(
        default_factory=dict,
        description="CRM field -> expression. Titles are equal after Unicode NFKC, case and white-space "
        "folding. The first field that holds anything is a record's title. Without `title` only the key "
        "finds a record.",
        examples=[{"Name": "deal.Project.Title"}],
    )
    narrow: dict[Text, Jmespath] = Field(
        default_factory=dict,
        description="CRM field -> expression, to choose among several records with the title.",
        examples=[{"Account.Name": "customer.CompanyName"}],
    )
    none: Literal["create", "skip", "review"] = Field(
        "create", description="What to do where no record is found."
    )
    many: Literal["review", "newest"] = Field("review", description="What to do where several are found.")


class RecordShape(_Strict):
    """A rule: one kind of record that an invitation becomes."""

    object: Text = Field(
        description="The CRM's object (Salesforce) or table (sql).", examples=["Opportunity", "leads"]
    )
    when: Annotated[Jmespath | None, Given] = Field(
        None,
        description="Only invitations for which this is true have the record.",
        examples=["Status == 'ACCEPTED' && deal"],
    )
    for_each: Annotated[Jmespath | None, Given] = Field(
        None,
        description="A list: one record for each item, which is `item` in expressions (its place: `index`).",
        examples=["deal.SenderContacts"],
    )
    key: dict[Text, Jmespath] = Field(
        min_length=1,
        max_length=1,
        description="The one CRM field (external id, unique column) by which a record is found again, and "
        "the expression that gives its value: writing twice makes no second record.",
        examples=[{"aws_invitation_id": "Id"}],
    )
    match: Annotated[MatchShape | None, Given] = None
    fields: dict[Text, Bare] = Field(
        description="CRM field -> expression, or a mapping with from, value, template or ref.",
        examples=[{"Name": "customer.CompanyName", "StageName": {"value": "Prospecting", "write": "create"}}],
    )


class MappingShape(_Strict):
    """A mapping: which CRM records an AWS Partner Central invitation becomes, and what their fields hold."""

    version: Annotated[Any, AfterValidator(_version), WithJsonSchema(_VERSION)] = Field(
        description="The version of this format."
    )
    name: Text = Field(description="What this mapping is called in reports.")
    crm: Text = Field(
        description="The kind of CRM it is for: config's crm.type.", examples=["sql", "salesforce"]
    )
    let: dict[Text, Jmespath] = Field(
        default_factory=dict,
        description="Names for the rest of the file, in lower case. A later one may use those before it.",
        examples=[{"deal": "Payload.OpportunityInvitation"}],
    )
    records: dict[Text, RecordShape] = Field(
        min_length=1, description="The rules, by name: letters, digits, _ and -."
    )
