"""What the CRM answers to a write is what the invitation ends in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from connector.apply import Kind, apply_plans
from connector.changes import Action, Change, FieldChange, Link, Plan
from connector.errors import TransientError
from connector.records import Write, WriteResult


def change(name: str, object: str, *fields: FieldChange) -> Change:
    return Change(name, object, "key", f"{name}-key", Action.CREATE, fields=list(fields))


def test_a_duplicate_by_the_crm_s_rules_is_put_up_for_review_and_what_refers_to_it_waits() -> None:
    role = change("role", "roles", FieldChange("contact_id", None, Link("contact"), "new"))
    plan = Plan("engi-1", [change("account", "accounts"), change("contact", "contacts"), role])

    def write(writes: Sequence[Write]) -> list[WriteResult]:
        if writes[0].object == "contacts":
            duplicate = WriteResult(error="the CRM has it already", duplicates=("c-1", "c-2"))
            return [duplicate for _ in writes]
        return [WriteResult(f"{write.object}-1") for write in writes]

    (outcome,), _ = apply_plans([plan], write, ["account", "contact", "role"])
    assert outcome.kind is Kind.REVIEW
    assert outcome.reason == "contact: the CRM has it already"
    actions = [item.action for item in plan.changes]
    assert actions == [Action.CREATE, Action.REVIEW, Action.REVIEW]
    assert [record.id for record in plan.changes[1].candidates] == ["c-1", "c-2"]
    assert [item.asks for item in plan.changes] == [False, True, False]
    assert outcome.links == {"account": ("accounts", "accounts-1")}


def test_a_record_that_a_person_called_distinct_is_written_as_such() -> None:
    plan = Plan("engi-1", [change("contact", "contacts")])
    plan.changes[0].decided = True
    seen: list[Write] = []

    def write(writes: Sequence[Write]) -> list[WriteResult]:
        seen.extend(writes)
        return [WriteResult("c-9") for _ in writes]

    (outcome,), _ = apply_plans([plan], write, ["contact"])
    assert outcome.kind is Kind.CREATED
    assert [item.distinct for item in seen] == [True]


def test_what_landed_before_the_crm_went_away_is_told_and_nothing_is_written_after_it() -> None:
    """The second of two calls for contacts is the one that breaks off."""
    plans = [
        Plan(
            f"engi-{n}",
            [change("account", "accounts"), change("contact", "contacts"), change("role", "roles")],
        )
        for n in (1, 2, 3)
    ]
    for n, plan in enumerate(plans):
        for each in plan.changes:
            each.key = f"{each.name}-{n}"
    plans[2].changes[1:] = []
    asked: list[str] = []

    def write(writes: Sequence[Write]) -> Iterator[WriteResult]:
        for each in writes:
            asked.append(each.key)
            if each.key == "contact-1":
                raise TransientError("the CRM is away", service="crm", hint="run again")
            yield WriteResult(f"id of {each.key}")

    outcomes, broken = apply_plans(plans, write, ["account", "contact", "role"])
    assert isinstance(broken, TransientError)
    assert asked == ["account-0", "account-1", "account-2", "contact-0", "contact-1"]
    assert [outcome.kind for outcome in outcomes] == [Kind.FAILED, Kind.FAILED, Kind.CREATED]
    assert [outcome.reason for outcome in outcomes] == ["the CRM is away (run again)"] * 2 + [""]
    assert outcomes[0].created == {("accounts", "account-0"), ("contacts", "contact-0")}
    assert outcomes[1].links == {"account": ("accounts", "id of account-1")}
