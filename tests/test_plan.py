"""Who owns a field: always, keep, create, blank; and what a plan says of records that wait for others."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.changes import Action, Change, Compared, FieldChange, Kept, Link, Plan
from connector.map import Desired, Ref
from connector.mapping.model import RecordRule
from connector.match import Decision, Existing
from connector.plan import Known, plan_invitation
from connector.records import FieldMeta, ObjectMeta, Record
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


def test_what_a_killed_run_intended_and_never_wrote_makes_no_empty_field_a_persons() -> None:
    record = desired(rule(name="keep", amount="keep"), name="Ours", amount=None)
    existing, entry = Existing(), ("opportunities", "engi-1")
    fields = {"aws_invitation_id": "engi-1", "name": None, "amount": Decimal(7)}
    existing.add(Record("opportunities", "opp-1", fields), "aws_invitation_id")
    intended = {entry: [{"name": "Ours", "amount": "5"}]}
    (change,) = plan_invitation(
        "engi-1", [record], Known(objects(amount="money"), existing, intended=intended)
    )
    assert changed(change) == {"name": "Ours"}
    assert "amount" not in change.ours  # which never was ours


@pytest.mark.parametrize("policy", ["always", "keep", "blank"])
def test_what_was_made_without_something_fills_an_empty_field_and_takes_no_value_s_place(policy: str) -> None:
    record = desired(rule(name=policy), name="Fallback")
    record.provisional = {"name"}
    assert changed(planned(record, None)) == {"name": "Fallback"}
    for empty in (None, ""):
        assert changed(planned(record, {"name": empty})) == {"name": "Fallback"}
    for held, ours in (("Known", {}), ("Fallback", {"name": "Fallback"})):
        change = planned(record, {"name": held}, {"name": "Known"})
        assert (change.action, change.kept, change.ours) == (Action.UNCHANGED, [], ours)
    record = desired(rule(name=policy), name=None)
    record.provisional = {"name"}
    assert planned(record, {"name": "Known"}, {"name": "Known"}).action is Action.UNCHANGED


def test_a_field_without_an_answer_keeps_no_other_from_being_written() -> None:
    record = desired(rule(name="always", stage="always"), name="Fallback", stage="New")
    record.provisional = {"name"}
    assert changed(planned(record, {"name": "Known", "stage": "Old"}, stage="text")) == {"stage": "New"}


def test_a_field_that_is_left_alone_stays_ours() -> None:
    without, without_any = desired(rule(name="keep"), name="Fallback"), desired(rule(name="keep"))
    without.provisional = {"name"}
    for record in (without, without_any):
        change = planned(record, {"name": "Known"}, {"name": "Known"})
        assert (changed(change), change.kept, change.ours) == ({}, [], {}), "the ledger's word of it stands"
        assert planned(record, {"name": "Edited"}, {"name": "Known"}).ours == {}
        assert planned(record, {"name": "Known"}).ours == {}


def test_a_person_who_puts_our_value_back_gives_the_field_back() -> None:
    record = desired(rule(name="keep"), name="Third")
    kept = planned(record, {"name": "Edited"}, {"name": "Second"})
    assert kept.ours == {}, "what we wrote stays on record"
    assert changed(planned(record, {"name": "Second"}, {"name": "Second"})) == {"name": "Third"}


values = st.one_of(st.none(), st.sampled_from(["", "a", "b", "c"]))


@given(st.sampled_from(["always", "keep", "create", "blank"]), values, values, st.none() | values)
def test_a_plan_once_applied_leaves_nothing_to_do(policy: str, want: Any, have: Any, last: Any) -> None:
    record = desired(rule(name=policy), name=want)
    first = planned(record, {"name": have}, None if last is None else {"name": last})
    after = {"name": have, **changed(first)}
    second = planned(record, after, {**({} if last is None else {"name": last}), **first.ours})
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


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("1E+3"), "1000"),
        (date(2026, 3, 31), "2026-03-31"),
        (datetime(2026, 3, 31, 8, tzinfo=UTC), "2026-03-31T08:00:00Z"),
        (True, "true"),
    ],
)
def test_a_field_of_text_takes_what_is_no_text_as_it_is_written(value: Any, text: str) -> None:
    assert changed(planned(desired(rule(name="keep"), name=value), None)) == {"name": text}


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


def left_alone(child: RecordRule, current: dict[str, Any] | None, **meta: Any) -> Change:
    """The change of a record that refers to one of which a person said to leave the CRM as it is."""
    parent = rule("account", "accounts", key_field="aws_customer_key", title=(), narrow=(), name="keep")
    records = [desired(parent, "k", name="A"), desired(child, name="Deal", account_id=Ref("account"))]
    metas = objects(account_id="reference")
    fields = {**metas["opportunities"].fields, "account_id": FieldMeta("account_id", "reference", **meta)}
    known = Known({**metas, "opportunities": ObjectMeta("opportunities", fields)})
    known.decisions = {("engi-1", "account"): Decision("skip")}
    if current is not None:
        held = Record("opportunities", "opp-1", {"aws_invitation_id": "engi-1", **current})
        known.existing.add(held, "aws_invitation_id")
    account, change = plan_invitation("engi-1", records, known)
    assert account.action is Action.SKIP
    return change


@pytest.mark.parametrize("policy", ["keep", "always"])
def test_a_link_to_a_record_that_a_person_left_alone_stays_as_it_is(policy: str) -> None:
    child = rule("opportunity", account_id=policy, name="keep")
    assert left_alone(child, {"account_id": "acc-1", "name": "Deal"}).action is Action.UNCHANGED
    assert changed(left_alone(child, None)) == {"name": "Deal"}


def test_nothing_is_made_that_cannot_be_without_a_record_that_a_person_left_alone() -> None:
    child = rule("opportunity", account_id="keep", name="keep")
    needed = rule("opportunity", account_id="keep", name="keep", required=("account_id",))
    for change in (left_alone(child, None, required=True), left_alone(needed, None)):
        assert (change.action, change.reason) == (Action.SKIP, "skipped by a decision in a review")
    held = {"account_id": "acc-1", "name": None}
    assert changed(left_alone(needed, held, required=True)) == {"name": "Deal"}


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


def test_each_field_says_why_it_is_written() -> None:
    fresh = planned(desired(rule(name="keep", stage="create"), name="A", stage="New"), None, stage="text")
    assert fresh.fields == [FieldChange("name", None, "A", "new"), FieldChange("stage", None, "New", "new")]
    assert fresh.ours == {"name": "A", "stage": "New"}
    record = desired(
        rule(name="always", stage="blank", owner="keep", source="keep", note="create"),
        name="N",
        stage="S",
        owner="O",
        source="X",
        note="Z",
    )
    types = dict.fromkeys(("stage", "owner", "source", "note"), "text")
    change = planned(record, {"name": "n", "owner": "o"}, {"owner": "o"}, **types)
    assert change.fields == [
        FieldChange("name", "n", "N", "always"),
        FieldChange("stage", None, "S", "blank"),
        FieldChange("owner", "o", "O", "ours"),
        FieldChange("source", None, "X", "blank"),
    ]
    assert change.ours == {"name": "N", "stage": "S", "owner": "O", "source": "X"}


def test_the_key_of_a_matched_record_is_its_first_change() -> None:
    existing = Existing()
    hand = Record("opportunities", "opp-9", {"name": "Deal", "stage": None})
    existing.add_candidate(hand, "aws_invitation_id", ("name",))
    record = desired(rule(stage="always"), titles={"name": "deal"}, stage="Won")
    (change,) = plan_invitation("engi-1", [record], Known(objects(stage="text"), existing))
    assert change.fields == [
        FieldChange("aws_invitation_id", None, "engi-1", "link"),
        FieldChange("stage", None, "Won", "always"),
    ]


def test_a_field_of_a_person_s_own_for_which_nothing_is_wanted_is_neither_written_nor_reported() -> None:
    change = planned(
        desired(rule(name="keep", stage="keep"), name=None, stage="S"), {"name": "Own"}, stage="text"
    )
    assert (changed(change), change.kept, change.ours) == ({"stage": "S"}, [], {"stage": "S"})


@pytest.mark.parametrize("policy", ["always", "create", "blank"])
def test_what_we_wrote_is_ours_when_the_mapping_says_keep_from_now_on(policy: str) -> None:
    first = planned(desired(rule(name=policy), name="A"), None)
    second = planned(desired(rule(name="keep"), name="B"), {"name": "A"}, dict(first.ours))
    assert changed(second) == {"name": "B"}


def test_a_value_that_both_have_emptied_is_not_a_person_s_edit_later() -> None:
    emptied = planned(desired(rule(name="keep"), name=None), {"name": None}, {"name": "A"})
    assert emptied.ours == {"name": None}
    assert changed(planned(desired(rule(name="keep"), name="B"), {"name": None}, {"name": None})) == {
        "name": "B"
    }


def test_what_was_written_to_one_record_is_not_ours_in_another_with_its_key() -> None:
    """People delete our record for one of their own, or merge it into that."""
    record = desired(rule(name="keep", note="keep"), name="B", note="N")
    known = Known(
        objects(note="text"), Existing(), written={("opportunities", record.key): {"name": "A", "note": "n"}}
    )
    known.holders[("opportunities", record.key)] = "opp-gone"
    held = {"aws_invitation_id": record.key, "name": "A", "note": None}
    known.existing.add(Record("opportunities", "opp-1", held), "aws_invitation_id")
    (change,) = plan_invitation("engi-1", [record], known)
    assert changed(change) == {"note": "N"}
    assert [kept.field for kept in change.kept] == ["name"]
    (again,) = plan_invitation("engi-2", [desired(rule(name="keep", note="keep"), name="B", note="M")], known)
    assert changed(again) == {"note": "M"}, "what this run has written is ours"


def test_fields_that_are_written_once_or_left_out_stop_nothing_after_them() -> None:
    record = desired(rule(name="create", gone="keep", stage="always"), name="A", stage="S")
    assert changed(planned(record, {"name": "B"}, stage="text")) == {"stage": "S"}


def by_title(*ids: str, **options: Any) -> tuple[Desired, Known]:
    """A record wanted by its title, and a CRM in which ``ids`` have it."""
    metas = objects(amount="money", close_date="date", account_id="reference", stage="text")
    fields = {**metas["opportunities"].fields, "amount": FieldMeta("amount", "money", scale=2)}
    known = Known({**metas, "opportunities": ObjectMeta("opportunities", fields)})
    for id in ids:
        held = {"name": "Deal", "amount": Decimal(int(id)), "stage": None, "secret": "of the customer"}
        known.existing.add_candidate(
            Record("opportunities", id, held, created=datetime(2026, 1, int(id), tzinfo=UTC)),
            "aws_invitation_id",
            ("name",),
        )
    writes = {"account_id": "keep", "amount": "keep", "close_date": "keep", "stage": "keep"}
    record = desired(
        rule(title=("name",), narrow=("account.name",), **options, **writes),  # type: ignore[arg-type]
        titles={"name": "deal"},
        narrow={"account.name": "Acme"},
        account_id=Ref("account"),
        amount="10.001",
        close_date="soon",
        stage="New",
    )
    return record, known


def test_a_review_shows_what_tells_its_candidates_apart_and_no_more() -> None:
    record, known = by_title("1", "2")
    (change,) = plan_invitation("engi-1", [record], known)
    assert (change.action, change.reason, change.asks) == (
        Action.REVIEW,
        "2 opportunities have this title",
        True,
    )
    assert change.candidates == tuple(
        Record("opportunities", str(day), {"name": "Deal"}, datetime(2026, 1, day, tzinfo=UTC))
        for day in (1, 2)
    )
    assert change.compared == Compared(
        {
            "account.name": "Acme",
            "name": "deal",
            "amount": Decimal("10.00"),
            "close_date": "soon",
            "stage": "New",
        },
        {
            "1": {"name": "Deal", "amount": Decimal(1), "stage": None},
            "2": {"name": "Deal", "amount": Decimal(2), "stage": None},
        },
        ("name",),
        ("account.name",),
    )


def test_where_there_is_none_a_person_may_be_asked_too() -> None:
    record, known = by_title(none="review")
    (change,) = plan_invitation("engi-1", [record], known)
    assert (change.action, change.reason, change.asks, change.candidates) == (
        Action.REVIEW,
        "none of the opportunities has this title",
        True,
        (),
    )
    assert change.compared is not None and change.compared.candidates == {}


@pytest.mark.parametrize(
    ("decision", "action", "id", "decided"),
    [
        (Decision("link", "2"), Action.UPDATE, "2", False),
        (Decision("create"), Action.CREATE, None, True),
        (Decision("skip"), Action.SKIP, None, False),
    ],
)
@pytest.mark.parametrize("none", ["create", "skip", "review"])
def test_what_a_person_decided_in_a_review_is_done(
    decision: Decision, action: Action, id: str | None, decided: bool, none: str
) -> None:
    record, known = by_title("1", "2", none=none)
    del record.values["account_id"], record.values["close_date"]
    known.decisions = {("engi-1", "opportunity"): decision, ("engi-2", "opportunity"): Decision("skip")}
    (change,) = plan_invitation("engi-1", [record], known)
    assert (change.action, change.id, change.decided) == (action, id, decided)
    if action is Action.SKIP:
        assert change.reason == "skipped by a decision in a review"
    assert change.titles == {}  # nobody looks again for what a person has decided to create


def test_what_is_created_because_nothing_was_found_says_what_was_looked_for() -> None:
    record, known = by_title()
    del record.values["account_id"], record.values["close_date"]
    (change,) = plan_invitation("engi-1", [record], known)
    assert (change.action, change.titles, change.decided) == (Action.CREATE, {"name": "deal"}, False)


@pytest.mark.parametrize(
    ("decision", "action", "decided"),
    [("create", Action.UPDATE, True), ("skip", Action.SKIP, False), ("link", Action.UPDATE, False)],
)
def test_a_decision_about_a_record_that_is_ours_is_about_its_duplicates(
    decision: str, action: Action, decided: bool
) -> None:
    known = Known(objects(), decisions={("engi-1", "opportunity"): Decision(decision)})  # type: ignore[arg-type]
    known.existing.add(
        Record("opportunities", "1", {"aws_invitation_id": "engi-1", "name": "B"}), "aws_invitation_id"
    )
    (change,) = plan_invitation("engi-1", [desired(rule(name="always"), name="A")], known)
    assert (change.action, change.decided) == (action, decided)


def test_the_ledger_s_links_are_by_invitation_and_record() -> None:
    known = Known(objects(), links={"engi-1": {"opportunity": "7"}, "engi-2": {"opportunity": "8"}})
    for id in ("7", "8"):
        known.existing.add(Record("opportunities", id, {"name": "Renamed"}), "aws_invitation_id")
    (change,) = plan_invitation("engi-1", [desired(rule(name="blank"), name="A")], known)
    assert (change.id, change.evidence) == ("7", "matched before")


def test_a_record_that_was_created_in_this_run_counts_for_no_limit() -> None:
    known = Known(objects(account_id="reference"))
    plan_invitation("engi-1", family(), known)
    second = family()
    second[0].values["name"] = "ACME"
    second[1].key = "engi-2"
    plan = Plan("engi-2", plan_invitation("engi-2", second, known))
    account, opportunity = plan.changes
    assert (account.action, account.fresh, account.id) == (Action.UPDATE, True, None)
    assert changed(opportunity)["account_id"] == Link("account", None)
    assert plan.updates() == 0
    known = Known(objects())
    known.existing.add(
        Record("opportunities", "1", {"aws_invitation_id": "engi-1", "name": "B"}), "aws_invitation_id"
    )
    old = Plan("engi-1", plan_invitation("engi-1", [desired(rule(name="always"), name="A")], known))
    assert (old.changes[0].fresh, old.updates()) == (False, 1)
    plan_invitation("engi-1", [desired(rule(name="always"), name="C")], known)
    assert known.fresh == set()


def test_what_one_invitation_writes_is_ours_for_the_next_one_of_the_batch() -> None:
    known = Known(objects(stage="text"), written={("opportunities", "engi-1"): {"stage": "S"}})
    known.existing.add(
        Record("opportunities", "1", {"aws_invitation_id": "engi-1", "name": None, "stage": "S"}),
        "aws_invitation_id",
    )
    plan_invitation("engi-1", [desired(rule(name="keep"), name="A")], known)
    assert known.written[("opportunities", "engi-1")] == {"stage": "S", "name": "A"}
    (change,) = plan_invitation(
        "engi-1", [desired(rule(name="keep", stage="keep"), name="B", stage="T")], known
    )
    assert [(item.field, item.before, item.why) for item in change.fields] == [
        ("name", "A", "ours"),
        ("stage", "S", "ours"),
    ]


def test_a_reference_of_an_item_is_to_the_record_of_the_same_item() -> None:
    parents = [
        desired(
            rule("account", "accounts", key_field="aws_customer_key", title=(), narrow=(), name="keep"), key
        )
        for key in ("k0", "k1")
    ]
    for index, parent in enumerate(parents):
        parent.name = f"account[{index}]"
    child = desired(rule(account_id="keep"), account_id=Ref("account", 1))
    changes = plan_invitation("engi-1", [*parents, child], Known(objects(account_id="reference")))
    assert changed(changes[-1]) == {"account_id": Link("account[1]", None)}
    nobody = desired(rule(account_id="keep"), account_id=Ref("account", 1))
    assert changed(plan_invitation("engi-2", [nobody], Known(objects(account_id="reference")))[0]) == {}


def test_a_reference_that_the_crm_has_already_is_no_change_and_one_to_be_made_is() -> None:
    known = Known(objects(account_id="reference"))
    known.existing.add(Record("accounts", "acc-1", {"aws_customer_key": "acme.example"}), "aws_customer_key")
    for id, key in (("1", "engi-1"), ("2", "engi-2")):
        fields = {"aws_invitation_id": key, "name": "Deal", "account_id": "acc-1" if id == "1" else None}
        known.existing.add(Record("opportunities", id, fields), "aws_invitation_id")
    account, opportunity = plan_invitation("engi-1", family(), known)
    assert (account.action, opportunity.action, opportunity.kept) == (Action.UPDATE, Action.UNCHANGED, [])
    known.existing.by_key.pop(("accounts", "acme.example"))
    second = family()
    second[1].key = "engi-2"
    account, opportunity = plan_invitation("engi-2", second, known)
    assert changed(opportunity) == {"account_id": Link("account", None)}
    (edited,) = planned_with_reference("acc-9", "acc-1")
    assert edited == FieldChange("account_id", "acc-9", Link("account", "acc-1"), "ours")


def planned_with_reference(current: str, written: str) -> list[FieldChange]:
    known = Known(
        objects(account_id="reference"), written={("opportunities", "engi-1"): {"account_id": current}}
    )
    known.existing.add(
        Record("accounts", written, {"aws_customer_key": "acme.example", "name": "Acme"}), "aws_customer_key"
    )
    fields = {"aws_invitation_id": "engi-1", "name": "Deal", "account_id": current}
    known.existing.add(Record("opportunities", "1", fields), "aws_invitation_id")
    return plan_invitation("engi-1", family(), known)[1].fields


def test_what_waits_for_a_review_says_whose() -> None:
    record, known = by_title("1", "2")
    child = desired(rule("task", name="keep", parent="keep"), "t-1", parent=Ref("opportunity"), name="T")
    known.objects = {
        **known.objects,
        **objects(
            amount="money", close_date="date", account_id="reference", stage="text", parent="reference"
        ),
    }
    _, waiting = plan_invitation("engi-1", [record, child], known)
    assert waiting.action is Action.REVIEW
    assert waiting.reason == "waits for opportunity: 2 opportunities have this title"
    assert (waiting.asks, waiting.compared, waiting.fields) == (False, None, [])
    failed = desired(rule(name="keep"), name="A")
    failed.error = "opportunity: the key is empty"
    (change,) = plan_invitation("engi-1", [failed], Known(objects()))
    assert (change.action, change.reason) == (Action.FAIL, "opportunity: the key is empty")


def test_a_value_that_does_not_fit_is_told_with_its_field_and_the_others_go_on() -> None:
    record = desired(rule(close_date="keep", name="keep"), close_date="2026-02-30", name="A")
    change = planned(record, None, close_date="date")
    (warning,) = change.warnings
    assert warning.startswith("opportunity.close_date: ") and warning.endswith("; it is left as it is")
    required = rule(close_date="keep", name="keep", required=("close_date",))
    failed = planned(desired(required, close_date="2026-02-30", name="A"), None, close_date="date")
    assert failed.reason.startswith("opportunity.close_date: ") and not failed.fields


def test_a_text_that_no_crm_could_hold_is_cleaned_and_an_empty_one_is_none() -> None:
    change = planned(desired(rule(name="keep", stage="keep"), name="A\0B", stage=""), None, stage="text")
    assert changed(change) == {"name": "AB"}


def test_a_value_that_the_crm_knows_in_another_case_is_the_one_that_it_holds() -> None:
    stage = FieldMeta("stage", "text", picklist=("Closed lost",), any_case=True)
    existing = Existing()
    fields = {"aws_invitation_id": "engi-1", "stage": "Closed lost"}
    existing.add(Record("opportunities", "opp-1", fields), "aws_invitation_id")
    meta = objects()
    meta["opportunities"] = ObjectMeta("opportunities", {**meta["opportunities"].fields, "stage": stage})
    record = desired(rule(stage="always"), stage="Closed Lost")
    (change,) = plan_invitation("engi-1", [record], Known(meta, existing))
    assert change.action is Action.UNCHANGED


def test_a_person_s_currency_keeps_our_amounts_out_and_nothing_else() -> None:
    record = desired(
        rule(CurrencyIsoCode="keep", amount="keep", fee="keep", name="keep"),
        CurrencyIsoCode="USD",
        amount="10",
        fee="2",
        name="B",
    )
    types = {"CurrencyIsoCode": "text", "amount": "money", "fee": "money"}
    now = {"CurrencyIsoCode": "EUR", "amount": Decimal(5), "fee": None, "name": "A"}
    change = planned(record, now, {"CurrencyIsoCode": "USD", "amount": "5", "name": "A"}, **types)
    assert changed(change) == {"name": "B"}
    assert change.kept == [
        Kept("CurrencyIsoCode", "EUR", "USD"),
        Kept("amount", Decimal(5), Decimal("10.00")),
        Kept("fee", None, Decimal("2.00")),
    ]
    assert change.ours == {"name": "B"}
    other = planned(
        record, {**now, "CurrencyIsoCode": "USD", "name": "Edited"}, {"amount": "5", "name": "A"}, **types
    )
    assert changed(other) == {"amount": Decimal("10.00"), "fee": Decimal("2.00")}


def test_what_we_wrote_into_a_field_that_is_of_another_type_by_now_is_not_ours() -> None:
    record = desired(rule(amount="keep"), amount="10")
    change = planned(record, {"amount": Decimal(5)}, {"amount": "about five"}, amount="money")
    assert (changed(change), change.kept) == ({}, [Kept("amount", Decimal(5), Decimal("10.00"))])
    assert change.ours == {}


def test_a_record_that_became_two_names_both() -> None:
    known = Known(objects())
    became = {"accounts": "a-1", "opportunities": "o-2"}
    known.existing.add(
        Record("opportunities", "o-1", {"aws_invitation_id": "engi-1"}, became=became), "aws_invitation_id"
    )
    (change,) = plan_invitation("engi-1", [desired(rule(name="always"), name="A")], known)
    assert change.reason == "it was converted: its accounts and opportunities goes on"


def test_only_the_first_record_of_an_object_is_what_a_lead_became() -> None:
    known = Known(objects(), heirs={("engi-1", "opportunities"): "o-7"})
    known.existing.add(Record("opportunities", "o-7", {"name": "A"}), "aws_invitation_id")
    first, second = (
        desired(rule(name="blank"), name="A"),
        desired(rule("other", name="blank"), "k-2", name="B"),
    )
    one, two = plan_invitation("engi-1", [first, second], known)
    assert (one.id, two.action) == ("o-7", Action.CREATE)
    assert known.heirs == {}


def test_what_follows_a_reference_in_the_mapping_is_written_too() -> None:
    child = desired(rule(account_id="keep", name="keep"), account_id=Ref("account"), name="Deal")
    changes = plan_invitation("engi-1", [family()[0], child], Known(objects(account_id="reference")))
    assert changed(changes[1]) == {"account_id": Link("account", None), "name": "Deal"}


def test_an_amount_that_is_always_ours_stays_out_of_another_currency_too() -> None:
    record = desired(rule(CurrencyIsoCode="keep", amount="always"), CurrencyIsoCode="USD", amount="10")
    types = {"CurrencyIsoCode": "text", "amount": "money"}
    change = planned(record, {"CurrencyIsoCode": "EUR", "amount": Decimal(5)}, **types)
    assert (changed(change), change.ours) == ({}, {})


def test_decisions_go_by_the_key_as_the_invitation_spells_it() -> None:
    record = Desired("contact[0]", rule(name="create"), key="Rep@x", own_key="rep@x")
    assert record.slot == Desired("contact[2]", record.rule, key="rep@x").slot
    assert planned(record, {}).slot == record.slot
