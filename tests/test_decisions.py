"""Decisions against the loopback service: each done once, whatever is lost on the way, and followed to its
end."""

from __future__ import annotations

import contextlib
import json
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import pytest

from connector.decisions import carry_out, propose, take_up
from connector.desk import Carried, Desk
from connector.errors import AccessDenied, Interrupted, RefusedError, TransientError
from connector.fetch import Selection
from connector.fetch.engagements import Operations, fits_rejection, rejection_reasons, task_reasons
from connector.invitation import Invitation
from connector.ledger import Ledger
from connector.ledger_decisions import Action, Decision, DecisionLedger, State
from connector.mapping import expressions
from connector.mapping.functions import Functions, Rates
from connector.proposals import Choice, Proposal, always, capped, first_agreed, where
from connector.retry import RetryPolicy
from connector.task_failures import describe
from tests.fetch.aws import environment, source
from tests.servers import partner_central_client as made
from tests.servers.aws_json import Reply, Request
from tests.servers.faults import SPOILERS, Faults
from tests.servers.partner_central import PartnerCentral

START = "StartEngagementByAcceptingInvitationTask"
ACCEPT, REJECT = "AcceptEngagementInvitation", "RejectEngagementInvitation"
CONVERT = "StartOpportunityFromEngagementTask"
OTHER = "Other"
TIME_LEFT = {"ExpirationDate": "2999-01-01T00:00:00Z"}


def deals(number: int) -> list[dict[str, Any]]:
    return [raw | TIME_LEFT for raw in made.deals(number)]


def leads(number: int) -> list[dict[str, Any]]:
    return [raw | TIME_LEFT for raw in made.leads(number)]


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in environment(tmp_path).items():
        monkeypatch.setenv(name, value)


@dataclass
class Office:
    """A desk at the loopback service. Its clock goes on only while it sleeps."""

    server: PartnerCentral
    desk: Desk

    def decide(self, action: Action, *ids: str, rejection: str = "", wait: float = 60) -> Carried:
        return carry_out(self.desk, self.proposals(action, *ids, rejection=rejection), wait)

    def proposals(self, action: Action, *ids: str, rejection: str = "") -> list[Proposal]:
        choice = Choice(action, "given", rejection)
        chooser = always(action, "given", rejection)
        return propose(self.desk, Selection(ids=ids), chooser, choice)


@contextlib.contextmanager
def office(server: PartnerCentral, folder: Path, **settings: Any) -> Iterator[Office]:
    seconds = 0.0

    def sleep(wait: float) -> None:
        nonlocal seconds
        seconds += wait
        server.forward(wait)

    with source(server, **settings) as central, Ledger.open("sqlite:///ledger.db", folder) as ledger:
        tokens = count(1)
        desk = Desk(
            central,
            Operations(central),
            DecisionLedger(ledger),
            sleep=sleep,
            timer=lambda: seconds,
            token=lambda: f"token-{folder.name}-{next(tokens)}",
        )
        yield Office(server, desk)


def applied(server: PartnerCentral) -> Counter[tuple[str, str]]:
    return Counter(server.applied)


def states(carried: Carried) -> dict[str, State]:
    return {decision.invitation_id: decision.state for decision in carried.decisions}


def ids(raws: list[dict[str, Any]]) -> list[str]:
    return [raw["Id"] for raw in raws]


# Each kind, to its end.


def test_an_opportunity_is_accepted_and_its_task_followed(tmp_path: Path) -> None:
    (deal,) = deals(1)
    with PartnerCentral([deal], task_seconds=20) as server, office(server, tmp_path) as here:
        (decision,) = here.decide(Action.ACCEPT, deal["Id"]).decisions
        assert decision.state is State.DONE
        assert decision.opportunity_id in server.opportunities
        assert decision.engagement_id == deal["EngagementId"]
        assert decision.task_id in server.tasks
        assert decision.finished_at is not None
        assert here.desk.journal.of([deal["Id"]]) == [decision]
        assert server.calls[START] == 1
        assert server.calls["ListEngagementByAcceptingInvitationTasks"] < 10


def test_a_lead_is_accepted_without_a_task(tmp_path: Path) -> None:
    (lead,) = leads(1)
    with PartnerCentral([lead]) as server, office(server, tmp_path) as here:
        carried = here.decide(Action.ACCEPT, lead["Id"])
        assert states(carried) == {lead["Id"]: State.DONE}
        assert server.invitations[lead["Id"]]["Status"] == "ACCEPTED"
        assert server.calls[START] == 0


def test_a_rejection_tells_aws_the_reason(tmp_path: Path) -> None:
    (deal,) = deals(1)
    with PartnerCentral([deal]) as server, office(server, tmp_path) as here:
        carried = here.decide(Action.REJECT, deal["Id"], rejection="Unable to support")
        assert states(carried) == {deal["Id"]: State.DONE}
        assert server.invitations[deal["Id"]]["RejectionReason"] == "Unable to support"


def test_an_accepted_lead_is_converted_once(tmp_path: Path) -> None:
    (lead,) = leads(1)
    with PartnerCentral([lead], task_seconds=5) as server, office(server, tmp_path) as here:
        here.decide(Action.ACCEPT, lead["Id"])
        (decision,) = here.decide(Action.CONVERT, lead["Id"]).decisions
        assert decision.state is State.DONE
        assert server.opportunities[decision.opportunity_id]["Project"]["Title"] == "Converted from Lead"
        (again,) = here.proposals(Action.CONVERT, lead["Id"])
        assert again.settled and not again.is_due


def test_what_a_colleague_has_converted_is_not_converted_again(tmp_path: Path) -> None:
    (lead,) = leads(1)
    with PartnerCentral([lead]) as server:
        with office(server, tmp_path) as here:
            here.decide(Action.ACCEPT, lead["Id"])
            here.decide(Action.CONVERT, lead["Id"])
        (tmp_path / "colleague").mkdir()
        with office(server, tmp_path / "colleague") as there:
            (proposal,) = there.proposals(Action.CONVERT, lead["Id"])
            assert proposal.settled
        assert server.calls[CONVERT] == 1


def test_what_a_colleague_is_converting_is_left_to_them(tmp_path: Path) -> None:
    (lead,) = leads(1)
    with PartnerCentral([lead], task_seconds=1000) as server:
        with office(server, tmp_path) as here:
            here.decide(Action.ACCEPT, lead["Id"])
            here.decide(Action.CONVERT, lead["Id"], wait=0)
        (tmp_path / "colleague").mkdir()
        with office(server, tmp_path / "colleague") as there:
            (proposal,) = there.proposals(Action.CONVERT, lead["Id"])
            assert proposal.obstacle == "somebody else is converting it"


# Nothing twice, nothing lost.


@pytest.mark.parametrize("spoiler", SPOILERS)
@pytest.mark.parametrize("operation", [START, ACCEPT, REJECT])
def test_a_lost_answer_never_decides_twice(tmp_path: Path, operation: str, spoiler: str) -> None:
    (deal,), (lead,) = deals(1), leads(1)
    invitation = lead if operation == ACCEPT else deal
    action = Action.REJECT if operation == REJECT else Action.ACCEPT
    with PartnerCentral([invitation], slow=0.3) as server:
        server.script(operation, [spoiler, spoiler])
        with office(server, tmp_path, read_timeout=0.1 if spoiler == "slow" else 5) as here:
            carried = here.decide(action, invitation["Id"], rejection=OTHER)
        assert states(carried) == {invitation["Id"]: State.DONE}, carried
        assert applied(server) == {(operation, invitation["Id"]): 1}


def test_a_refusal_before_it_was_applied_is_tried_again(tmp_path: Path) -> None:
    (deal,) = deals(1)
    with PartnerCentral([deal]) as server, office(server, tmp_path) as here:
        server.script(START, ["throttling", "internal_error", "unavailable_html"])
        assert states(here.decide(Action.ACCEPT, deal["Id"])) == {deal["Id"]: State.DONE}


def test_a_decision_without_an_answer_goes_on_with_the_same_token(tmp_path: Path) -> None:
    (deal,) = deals(1)
    once = RetryPolicy(attempts=1)
    with PartnerCentral([deal], task_seconds=5) as server:
        server.script(START, ["reset"])
        with office(server, tmp_path, policy=once) as here:
            carried = here.decide(Action.ACCEPT, deal["Id"])
            assert isinstance(carried.error, TransientError)
            (open_,) = here.desk.journal.open()
            assert open_.state is State.INTENDED
            (proposal,) = here.proposals(Action.ACCEPT, deal["Id"])
            assert proposal.taken_up == open_
            (decision,) = carry_out(here.desk, [proposal], 60).decisions
        assert (decision.state, decision.client_token) == (State.DONE, open_.client_token)
        assert len(server.tasks) == 1 == applied(server).total()


def test_a_token_that_aws_has_forgotten_finds_its_task_all_the_same(tmp_path: Path) -> None:
    (deal,) = deals(1)
    with PartnerCentral([deal], task_seconds=5) as server:
        server.script(START, ["reset"])
        with office(server, tmp_path, policy=RetryPolicy(attempts=1)) as here:
            here.decide(Action.ACCEPT, deal["Id"])
            server.answers.clear()
            (decision,) = take_up(here.desk, here.desk.journal.open(), 60).decisions
        assert decision.state is State.DONE and decision.opportunity_id
        assert len(server.tasks) == 1


def test_what_takes_longer_than_the_wait_is_followed_later(tmp_path: Path) -> None:
    (deal,) = deals(1)
    with PartnerCentral([deal], task_seconds=1000) as server:
        with office(server, tmp_path) as here:
            carried = here.decide(Action.ACCEPT, deal["Id"], wait=30)
            assert states(carried) == {deal["Id"]: State.STARTED} and carried.error is None
        server.finish_tasks()
        with office(server, tmp_path) as later:
            (decision,) = take_up(later.desk, later.desk.journal.open(), 0).decisions
        assert decision.state is State.DONE and server.calls[START] == 1


def test_a_fifth_of_all_answers_lost_and_all_is_as_it_was_meant(tmp_path: Path) -> None:
    invitations = deals(50)
    accepted, rejected = ids(invitations[:30]), ids(invitations[30:])
    with PartnerCentral(invitations, task_seconds=10, slow=0.05, faults=Faults(0.2, seed=3)) as server:
        for number in range(0, 30, 5):
            server.fail(accepted[number], task_reasons()[number % len(task_reasons())])
        with office(server, tmp_path) as here:
            first = here.decide(Action.ACCEPT, *accepted)
            second = here.decide(Action.REJECT, *rejected, rejection=OTHER)
        assert Counter(states(first).values()) == {State.DONE: 24, State.FAILED: 6}
        assert set(states(second).values()) == {State.DONE}
        assert set(applied(server).values()) == {1}
        by_status = Counter(raw["Status"] for raw in server.invitations.values())
        assert by_status == {"ACCEPTED": 24, "REJECTED": 20, "PENDING": 6}


# What cannot be done is said, and costs nothing else.


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"Status": "EXPIRED"}, "it is EXPIRED, not PENDING"),
        ({"Status": "REJECTED"}, "it is REJECTED, not PENDING"),
        ({"ExpirationDate": "2020-01-01T00:00:00Z"}, "it expired on 2020-01-01"),
        ({"PayloadType": "ProgramInvitation"}, "this version does not know how to accept ProgramInvitation"),
    ],
)
def test_what_stands_in_the_way_is_seen_beforehand(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    deal, other = deals(2)
    with PartnerCentral([deal | change, other]) as server, office(server, tmp_path) as here:
        proposals = here.proposals(Action.ACCEPT, deal["Id"], other["Id"], "engi-0000000000nix")
        assert proposals[0].obstacle.startswith(said)
        assert proposals[1].is_due
        assert "there is no invitation" in proposals[2].obstacle
        carried = carry_out(here.desk, proposals, 10)
        assert states(carried) == {other["Id"]: State.DONE}
        assert server.calls[START] == 1


def test_what_is_so_already_needs_no_decision(tmp_path: Path) -> None:
    (deal,) = deals(1)
    with PartnerCentral([deal]) as server, office(server, tmp_path) as here:
        here.decide(Action.ACCEPT, deal["Id"])
        (proposal,) = here.proposals(Action.ACCEPT, deal["Id"])
        assert proposal.settled
        assert carry_out(here.desk, [proposal], 1).decisions == []


def test_what_expired_meanwhile_fails_and_the_others_go_on(tmp_path: Path) -> None:
    deal, other = deals(2)
    with PartnerCentral([deal, other]) as server, office(server, tmp_path) as here:
        proposals = here.proposals(Action.ACCEPT, deal["Id"], other["Id"])
        server.expire_invitation(deal["Id"])
        carried = carry_out(here.desk, proposals, 10)
        assert states(carried) == {deal["Id"]: State.FAILED, other["Id"]: State.DONE}
        assert carried.decisions[0].reason.endswith("it is EXPIRED")


def test_a_colleague_who_was_quicker_is_no_failure(tmp_path: Path) -> None:
    deal, lead = *deals(1), *leads(1)
    with PartnerCentral([deal, lead]) as server, office(server, tmp_path) as here:
        proposals = here.proposals(Action.ACCEPT, deal["Id"], lead["Id"])
        for raw in (deal, lead):
            server.invitations[raw["Id"]]["Status"] = "ACCEPTED"
        assert set(states(carry_out(here.desk, proposals, 10)).values()) == {State.DONE}
        assert server.applied == []


def test_a_rejection_that_takes_the_invitation_out_of_sight_is_done(tmp_path: Path) -> None:
    (deal,) = deals(1)
    with PartnerCentral([deal]) as server, office(server, tmp_path) as here:
        proposals = here.proposals(Action.REJECT, deal["Id"], rejection=OTHER)

        def vanish(answer: dict[str, Any]) -> dict[str, Any]:
            server.vanished.add(deal["Id"])
            return answer

        server.script(REJECT, [vanish])
        assert set(states(carry_out(here.desk, proposals, 10)).values()) == {State.DONE}


class OutOfSight(PartnerCentral):
    """A service that takes what is rejected out of sight, and loses the answer that says so."""

    def answer(self, request: Request) -> Reply:
        reply = super().answer(request)
        if request.operation != REJECT or reply.status != 200:
            return reply
        self.vanished.add(json.loads(request.body)["Identifier"])
        return reply.spoilt("reset")


def test_a_rejection_out_of_sight_whose_answer_was_lost_is_done_too(tmp_path: Path) -> None:
    (deal,) = deals(1)
    with OutOfSight([deal]) as server, office(server, tmp_path) as here:
        proposals = here.proposals(Action.REJECT, deal["Id"], rejection=OTHER)
        assert set(states(carry_out(here.desk, proposals, 10)).values()) == {State.DONE}
        assert applied(server) == {(REJECT, deal["Id"]): 1}


@pytest.mark.parametrize("code", task_reasons())
def test_a_failed_task_says_why_in_words(tmp_path: Path, code: str) -> None:
    assert code not in describe(code)
    (deal,) = deals(1)
    with PartnerCentral([deal], task_seconds=2) as server, office(server, tmp_path) as here:
        server.fail(deal["Id"], code)
        (decision,) = here.decide(Action.ACCEPT, deal["Id"]).decisions
        assert (decision.state, decision.reason) == (State.FAILED, describe(code))
        (again,) = here.decide(Action.ACCEPT, deal["Id"]).decisions  # by hand it may be tried again
        assert again.state is State.DONE and again.client_token != decision.client_token


def test_a_reason_that_is_new_is_named() -> None:
    assert describe("SolarFlare").startswith("AWS gives the reason SolarFlare;")
    assert describe("\x1b[31m").startswith("AWS gives the reason 31m;")
    assert describe("").startswith("AWS gives no reason;")


@pytest.mark.parametrize("task_seconds", [0, 2])
def test_a_task_that_failed_after_it_accepted_says_that(tmp_path: Path, task_seconds: float) -> None:
    (deal,) = deals(1)
    with PartnerCentral([deal], task_seconds=task_seconds) as server, office(server, tmp_path) as here:
        server.fail(deal["Id"], "OpportunitySubmissionFailed", accepted=True)
        (decision,) = here.decide(Action.ACCEPT, deal["Id"]).decisions
        assert decision.reason.startswith("accepted, but without an AWS opportunity: ")
        (proposal,) = here.proposals(Action.ACCEPT, deal["Id"])
        assert "an earlier decision failed" in proposal.obstacle


class OneSilent(PartnerCentral):
    """A service that has a fault of its own whenever ``operation`` is about one invitation."""

    silent = ("", "")

    def answer(self, request: Request) -> Reply:
        operation, identifier = self.silent
        if request.operation == operation and json.loads(request.body).get("Identifier") == identifier:
            self.script(operation, ["internal_error"])
        return super().answer(request)


@pytest.mark.parametrize("place", [0, 1, 3])
def test_one_that_aws_never_answers_for_stops_no_other(tmp_path: Path, place: int) -> None:
    invitations = deals(4)
    silent = invitations[place]["Id"]
    others = [each for each in ids(invitations) if each != silent]
    twice = RetryPolicy(attempts=2)
    with OneSilent(invitations, task_seconds=2) as server, office(server, tmp_path, policy=twice) as here:
        server.silent = ("GetEngagementInvitation", silent)
        proposals = here.proposals(Action.ACCEPT, *ids(invitations))
        assert [each.id for each in proposals if each.is_due] == others
        assert "InternalServerException" in proposals[place].obstacle
        server.silent = (START, silent)
        carried = here.decide(Action.ACCEPT, *ids(invitations))
        assert isinstance(carried.error, TransientError) and not carried.left
        assert states(carried) == {silent: State.INTENDED} | dict.fromkeys(others, State.DONE)
        server.silent = ("", "")
        (decision,) = take_up(here.desk, here.desk.journal.open(), 10).decisions
        assert (decision.invitation_id, decision.state) == (silent, State.DONE)


def test_a_service_that_is_away_is_not_asked_about_all(tmp_path: Path) -> None:
    invitations = deals(20)
    once = RetryPolicy(attempts=1)
    with PartnerCentral(invitations) as server, office(server, tmp_path, policy=once) as here:
        proposals = here.proposals(Action.ACCEPT, *ids(invitations))
        server.script(START, ["unavailable_html"] * 20)
        carried = carry_out(here.desk, proposals, 10)
        assert isinstance(carried.error, TransientError)
        assert (len(carried.decisions), len(carried.left)) == (3, 17)
        server.script("GetEngagementInvitation", ["unavailable_html"] * 20)
        with pytest.raises(TransientError):
            here.proposals(Action.ACCEPT, *ids(invitations))


def test_one_alone_that_cannot_be_read_is_the_services_trouble(tmp_path: Path) -> None:
    (deal,) = deals(1)
    once = RetryPolicy(attempts=1)
    with PartnerCentral([deal]) as server, office(server, tmp_path, policy=once) as here:
        server.script("GetEngagementInvitation", ["unavailable_html"])
        with pytest.raises(TransientError):
            here.proposals(Action.ACCEPT, deal["Id"])


# What ends a run.


def test_credentials_that_are_refused_end_it_and_what_was_meant_stays(tmp_path: Path) -> None:
    invitations = deals(3)
    with PartnerCentral(invitations) as server, office(server, tmp_path) as here:
        proposals = here.proposals(Action.ACCEPT, *ids(invitations))
        operations = here.desk.operations

        class Refusing:
            def __getattr__(self, name: str) -> Any:
                return getattr(operations, name)

            def start_acceptance(self, *_: str) -> None:
                raise AccessDenied("no credentials", service="x", code="ExpiredToken")

        here.desk.operations = Refusing()  # type: ignore[assignment]
        carried = carry_out(here.desk, proposals, 10)
        assert isinstance(carried.error, RefusedError)
        assert [proposal.id for proposal in carried.left] == ids(invitations)[1:]
        assert [decision.state for decision in here.desk.journal.open()] == [State.INTENDED]


def test_one_that_these_credentials_may_not_accept_fails_alone(tmp_path: Path) -> None:
    deal, other = deals(2)
    with PartnerCentral([deal, other]) as server, office(server, tmp_path) as here:
        proposals = here.proposals(Action.ACCEPT, deal["Id"], other["Id"])
        server.denied.add(deal["Id"])
        carried = carry_out(here.desk, proposals, 10)
        assert states(carried) == {deal["Id"]: State.FAILED, other["Id"]: State.DONE}
        assert f"the IAM action partnercentral:{START}" in carried.decisions[0].reason


def test_a_stop_ends_it_after_the_decision_in_hand(tmp_path: Path) -> None:
    invitations = deals(5)
    with PartnerCentral(invitations, task_seconds=50) as server, office(server, tmp_path) as here:
        proposals = here.proposals(Action.ACCEPT, *ids(invitations))
        started = Counter[State]()

        def watch(decision: Decision) -> None:
            started[decision.state] += 1
            if started[State.STARTED] == 2:
                here.desk.stop.set()

        here.desk.watch = watch
        carried = carry_out(here.desk, proposals, 10)
        assert isinstance(carried.error, Interrupted)
        assert (len(carried.decisions), len(carried.left)) == (2, 3)


def test_writes_keep_their_own_pace(tmp_path: Path) -> None:
    invitations = deals(4)
    moments: list[float] = []
    with PartnerCentral(invitations) as server:
        now = 0.0

        def sleep(seconds: float) -> None:
            nonlocal now
            now += seconds

        settings = {"clock": lambda: now, "sleep": sleep, "writes_per_second": 1.0}
        with office(server, tmp_path, **settings) as here:
            here.desk.watch = lambda decision: moments.append(now) if decision.task_id else None
            here.decide(Action.ACCEPT, *ids(invitations))
    assert [later - earlier >= 1 for earlier, later in pairwise(moments)] == [True] * 3


# Choosing.


def expression(text: str) -> Any:
    return expressions.compile(text, Functions(Rates()))


def test_where_picks_by_what_the_invitation_says(tmp_path: Path) -> None:
    first, second = deals(2)
    second["Payload"]["OpportunityInvitation"]["Customer"]["CompanyName"] = "Only This"
    chooser = where(
        expression("Payload.OpportunityInvitation.Customer.CompanyName == 'Only This'"), Action.ACCEPT, "w"
    )
    with PartnerCentral([first, second]) as server, office(server, tmp_path) as here:
        found = propose(here.desk, Selection(statuses=("PENDING",)), chooser, Choice(Action.ACCEPT, "w"))
        assert [proposal.id for proposal in found] == [second["Id"]]


def test_an_expression_that_fails_is_an_obstacle_and_never_a_choice(tmp_path: Path) -> None:
    (deal,) = deals(1)
    chooser = where(expression("InvitationMessage > `1`"), Action.REJECT, "w")
    with PartnerCentral([deal | {"InvitationMessage": "2"}]) as server, office(server, tmp_path) as here:
        (found,) = propose(here.desk, Selection(), chooser, Choice(Action.REJECT, "w"))
        assert "text is compared with a number" in found.obstacle


def test_rules_that_contradict_each_other_decide_nothing(tmp_path: Path) -> None:
    (deal,) = deals(1)
    both = first_agreed(
        [
            where(expression("Id"), Action.ACCEPT, "rules.accept: Id"),
            where(expression("Id"), Action.REJECT, "rules.reject: Id"),
        ]
    )
    with PartnerCentral([deal]) as server, office(server, tmp_path) as here:
        (found,) = propose(here.desk, Selection(), both, Choice(Action.ACCEPT, "rules"))
        assert found.obstacle == "rules.accept: Id and rules.reject: Id both take it: decide by hand"


def test_a_rule_does_not_repeat_what_failed(tmp_path: Path) -> None:
    (deal,) = deals(1)
    rule = where(expression("Id"), Action.ACCEPT, "rules.accept: Id")
    with PartnerCentral([deal]) as server, office(server, tmp_path) as here:
        server.fail(deal["Id"], "InternalError")
        choice = Choice(Action.ACCEPT, "rules.accept: Id")
        carry_out(here.desk, propose(here.desk, Selection(), rule, choice), 10)
        (again,) = propose(here.desk, Selection(), rule, choice)
        assert "an earlier decision failed" in again.obstacle
        assert here.proposals(Action.ACCEPT, deal["Id"])[0].is_due


def test_a_ceiling_counts_new_decisions_only() -> None:
    due = Proposal("a", Choice(Action.ACCEPT, "r"))
    taken_up = replace(due, taken_up=Decision("b", Action.ACCEPT, "t", datetime.now(UTC) - timedelta(1)))
    found = capped([due, replace(due, obstacle="x"), taken_up, due, due], 2, "enough")
    assert [proposal.obstacle for proposal in found] == ["", "x", "", "", "enough"]


def test_reasons_for_rejecting_are_the_documented_ones() -> None:
    assert "Unable to support" in rejection_reasons() and len(rejection_reasons()) >= 5
    assert all(map(fits_rejection, rejection_reasons()))
    assert not fits_rejection("x" * 81) and not fits_rejection("two\nlines") and not fits_rejection("")


def test_a_stop_while_invitations_are_read_ends_it(tmp_path: Path) -> None:
    with PartnerCentral(deals(2)) as server, office(server, tmp_path) as here:
        here.desk.stop = threading.Event()
        here.desk.stop.set()
        with pytest.raises(Interrupted):
            propose(here.desk, Selection(), always(Action.ACCEPT, "r"), Choice(Action.ACCEPT, "r"))


def test_a_stop_while_the_last_of_them_are_read_ends_it_too(tmp_path: Path) -> None:
    with PartnerCentral(deals(2)) as server, office(server, tmp_path) as here:

        def choose(_: Invitation) -> None:
            here.desk.stop.set()

        with pytest.raises(Interrupted):
            propose(here.desk, Selection(), choose, Choice(Action.ACCEPT, "r"))
