"""Who owns a field: always, keep, create, blank; and what a plan says of records that wait for others."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.map import Desired, Ref
from connector.match import Existing
from connector.plan import Action, Change, Known, Link, plan_invitation
from connector.records import Record
from tests.build import desired, objects, rule


def planned(
    record: Desired, current: dict[str, Any] | None, written: dict[str, Any] | None = None, **types: str
) -> Change:
    """The change for one record whose key the CRM knows (or not, when ``current`` is None)."""
    existing = Existing()
    if current is not None:
        fields = {"aws_invitation_id": record.key, **current}
        existing.add(Record("opportunities", "opp-1", fields), "aws_invitation_id")
    known = Known(objects(**types), existing)
    if written is not None:
        known.written[("opportunities", record.key)] = written
    (change,) = plan_invitation("engi-1", [record], known)
    return change


def changed(change: Change) -> dict[str, Any]:
    return {item.field: item.after for item in change.fields}


def test_a_record_that_is_not_there_is_created_with_what_there_is() -> None:
    change = planned(desired(rule(name="keep", stage="create"), name="A", stage=None), None, stage="text")
    assert change.action is Action.CREATE
    assert changed(change) == {"name": "A"}


@pytest.mark.parametrize("policy", ["always", "keep", "create", "blank"])
def test_nothing_is_written_where_the_crm_holds_what_is_wanted(policy: str) -> None:
    change = planned(
        desired(rule(amount=policy), amount="10000.00"), {"amount": Decimal(10000)}, amount="money"
    )
    assert change.action is Action.UNCHANGED
    assert not change.kept


def test_always_wins_over_a_person() -> None:
    assert changed(planned(desired(rule(name="always"), name="New"), {"name": "Edited"})) == {"name": "New"}


def test_create_is_never_written_again() -> None:
    assert planned(desired(rule(name="create"), name="New"), {"name": None}).action is Action.UNCHANGED


def test_blank_fills_only_what_is_empty() -> None:
    assert changed(planned(desired(rule(name="blank"), name="New"), {"name": ""})) == {"name": "New"}
    assert (
        planned(desired(rule(name="blank"), name="New"), {"name": "Sales wrote this"}).action
        is Action.UNCHANGED
    )


def test_keep_writes_until_a_person_edits() -> None:
    record = desired(rule(name="keep"), name="Third")
    ours = planned(record, {"name": "Second"}, {"name": "Second"})
    assert changed(ours) == {"name": "Third"}
    theirs = planned(record, {"name": "Edited"}, {"name": "Second"})
    assert theirs.action is Action.UNCHANGED
    assert [(kept.field, kept.current, kept.wanted) for kept in theirs.kept] == [("name", "Edited", "Third")]


def test_keep_leaves_a_field_that_a_person_emptied() -> None:
    change = planned(desired(rule(name="keep"), name="Third"), {"name": None}, {"name": "Second"})
    assert change.action is Action.UNCHANGED
    assert change.kept


def test_keep_without_a_ledger_takes_an_equal_value_for_ours_and_another_for_a_person_s() -> None:
    record = desired(rule(name="keep"), name="New")
    assert planned(record, {"name": "New"}).ours == {"name": "New"}
    assert planned(record, {"name": "Old"}).kept
    assert changed(planned(record, {"name": None})) == {"name": "New"}


def test_what_a_killed_run_was_about_to_write_is_ours() -> None:
    record = desired(rule(name="keep"), name="Third")
    existing = Existing()
    existing.add(
        Record("opportunities", "1", {"aws_invitation_id": "engi-1", "name": "Second"}), "aws_invitation_id"
    )
    entry = ("opportunities", "engi-1")
    known = Known(
        objects(), existing, written={entry: {"name": "First"}}, intended={entry: [{"name": "Second"}]}
    )
    (change,) = plan_invitation("engi-1", [record], known)
    assert changed(change) == {"name": "Third"}


def test_a_person_who_puts_our_value_back_gives_the_field_back() -> None:
    record = desired(rule(name="keep"), name="Third")
    kept = planned(record, {"name": "Edited"}, {"name": "Second"})
    assert changed(planned(record, {"name": "Second"}, kept.ours)) == {"name": "Third"}


values = st.one_of(st.none(), st.sampled_from(["", "a", "b", "c"]))


@given(st.sampled_from(["always", "keep", "create", "blank"]), values, values, st.none() | values)
def test_a_plan_once_applied_leaves_nothing_to_do(policy: str, want: Any, have: Any, last: Any) -> None:
    record = desired(rule(name=policy), name=want)
    first = planned(record, {"name": have}, None if last is None else {"name": last})
    after = {"name": have, **changed(first)}
    second = planned(record, after, first.ours)
    assert second.action is Action.UNCHANGED
    assert [k.field for k in second.kept] == [k.field for k in first.kept]


@given(values, st.sampled_from(["x", "y"]), st.sampled_from(["p", "q"]))
def test_keep_never_overwrites_a_value_that_we_did_not_write(want: Any, have: str, last: str) -> None:
    change = planned(desired(rule(name="keep"), name=want), {"name": have}, {"name": last})
    assert "name" not in changed(change)


def test_a_value_that_does_not_fit_its_field_is_left_out_with_a_warning() -> None:
    record = desired(rule(close_date="keep", name="keep"), name="A", close_date="2026-02-30")
    change = planned(record, None, close_date="date")
    assert changed(change) == {"name": "A"}
    assert "close_date" in change.warnings[0]


def test_a_required_value_that_does_not_fit_fails_the_record() -> None:
    change = planned(
        desired(rule(close_date="keep", required=("close_date",)), close_date="soon"), None, close_date="date"
    )
    assert change.action is Action.FAIL
    assert "close_date" in change.reason


def test_values_take_the_type_of_the_field() -> None:
    record = desired(
        rule(close_date="keep", amount="keep"),
        close_date="2026-03-31",
        amount="1234567890123456789012345678901.25",
    )
    change = planned(record, None, close_date="date", amount="money")
    assert changed(change) == {
        "close_date": date(2026, 3, 31),
        "amount": Decimal("1234567890123456789012345678901.25"),
    }


def family(**account: Any) -> list[Desired]:
    parent = rule(
        "account", "accounts", key_field="aws_customer_key", title=(), narrow=(), name="keep", **account
    )
    child = rule("opportunity", name="keep", account_id="keep")
    return [
        desired(parent, "acme.example", name="Acme"),
        desired(child, name="Deal", account_id=Ref("account")),
    ]


def test_a_reference_is_to_the_record_that_is_there_or_will_be() -> None:
    known = Known(objects(account_id="reference"))
    _, opportunity = plan_invitation("engi-1", family(), known)
    assert changed(opportunity)["account_id"] == Link("account", None)
    existing = Existing()
    existing.add(
        Record("accounts", "acc-1", {"aws_customer_key": "acme.example", "name": "Acme"}), "aws_customer_key"
    )
    _, opportunity = plan_invitation("engi-1", family(), Known(objects(account_id="reference"), existing))
    assert changed(opportunity)["account_id"] == Link("account", "acc-1")


def test_what_refers_to_a_record_that_fails_fails_with_it_and_nothing_else_does() -> None:
    records = family()
    records[0].error = "account: the key aws_customer_key is empty"
    other = desired(rule("lead", "opportunities", name="keep"), "engi-2", name="Lead")
    account, opportunity, lead = plan_invitation(
        "engi-1", [*records, other], Known(objects(account_id="reference"))
    )
    assert account.action is opportunity.action is Action.FAIL
    assert opportunity.reason.startswith("waits for account")
    assert lead.action is Action.CREATE


@pytest.mark.parametrize(
    ("none", "action"), [("create", Action.CREATE), ("skip", Action.SKIP), ("review", Action.REVIEW)]
)
def test_what_is_not_there_is_created_skipped_or_put_up(none: str, action: Action) -> None:
    assert planned(desired(rule(none=none, name="keep"), name="A"), None).action is action


def test_a_reference_to_a_skipped_record_is_empty() -> None:
    parent = rule(
        "account", "accounts", key_field="aws_customer_key", title=(), narrow=(), none="skip", name="keep"
    )
    child = rule("opportunity", account_id="keep", name="keep")
    records = [desired(parent, "k", name="A"), desired(child, name="Deal", account_id=Ref("account"))]
    account, opportunity = plan_invitation("engi-1", records, Known(objects(account_id="reference")))
    assert account.action is Action.SKIP
    assert changed(opportunity) == {"name": "Deal"}


def test_two_invitations_of_a_batch_that_share_a_record_make_it_once() -> None:
    known = Known(objects(account_id="reference"))
    plan_invitation("engi-1", family(), known)
    second = family()
    second[1].key = "engi-2"
    account, opportunity = plan_invitation("engi-2", second, known)
    assert account.action is Action.UNCHANGED
    assert opportunity.action is Action.CREATE


def test_a_matched_record_gets_the_key() -> None:
    existing = Existing()
    hand = Record(
        "opportunities", "opp-9", {"aws_invitation_id": None, "name": "Deal", "project_title": None}
    )
    existing.add_candidate(hand, "aws_invitation_id", ("project_title", "name"))
    record = desired(rule(name="keep"), titles={"name": "deal"}, name="Deal")
    (change,) = plan_invitation("engi-1", [record], Known(objects(), existing))
    assert (change.action, change.id, changed(change)) == (
        Action.UPDATE,
        "opp-9",
        {"aws_invitation_id": "engi-1"},
    )


def test_a_record_that_became_others_is_left_alone() -> None:
    known = Known(objects(stage="text"))
    lead = Record(
        "opportunities", "o-1", {"aws_invitation_id": "engi-1", "stage": "New"}, became={"x": "x-1"}
    )
    known.existing.add(lead, "aws_invitation_id")
    (change,) = plan_invitation("engi-1", [desired(rule(stage="always"), stage="Closed")], known)
    assert (change.action, change.id, change.fields) == (Action.UNCHANGED, "o-1", [])


@pytest.mark.parametrize(
    ("claimed_by", "none", "action"),
    [(None, "create", Action.UPDATE), (None, "skip", Action.SKIP), ("engi-2", "create", Action.CREATE)],
)
def test_what_the_crm_made_of_a_lead_goes_on_for_it_unless_it_is_another_s(
    claimed_by: str | None, none: str, action: Action
) -> None:
    heir = Record("opportunities", "o-7", {"aws_invitation_id": claimed_by, "stage": "Open"})
    known = Known(objects(stage="text"), heirs={("engi-1", "opportunities"): "o-7"})
    known.existing.add(heir, "aws_invitation_id")
    (change,) = plan_invitation("engi-1", [desired(rule(none=none, stage="always"), stage="Won")], known)
    assert change.action is action
    if action is Action.UPDATE:
        assert (change.id, change.evidence) == ("o-7", "made of the invitation’s lead")
        assert changed(change) == {"aws_invitation_id": "engi-1", "stage": "Won"}
