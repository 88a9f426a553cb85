"""The source against the loopback service, through real boto3: listing, getting, pace and budget."""

from __future__ import annotations

import copy
import json
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from connector.errors import (
    AccessDenied,
    BudgetExhausted,
    InputError,
    Interrupted,
    NotFoundError,
    RefusedError,
    ServiceError,
    TransientError,
    UsageError,
)
from connector.fetch import Listed, Selection
from connector.fetch.client import Answer
from connector.fetch.listing import SUMMARIES, Listing
from connector.fetch.partner_central import PartnerCentral
from connector.retry import RetryPolicy
from tests.fetch.aws import held, source
from tests.servers.partner_central import ALL_TRANSIENT, Faults, make_invitations
from tests.servers.partner_central import PartnerCentral as Service

Raw = dict[str, Any]
LIST, GET = "ListEngagementInvitations", "GetEngagementInvitation"
RECORDED = Path(__file__).parents[3] / "shared/reference/partner-central"


def ids(entries: Any) -> list[str]:
    return [listed.id for listed in entries]


def got(central: PartnerCentral, entries: list[Listed]) -> dict[str, Raw]:
    with ThreadPoolExecutor(central.concurrency) as pool:
        found = list(pool.map(central.get, entries))
    return {invitation.id: dict(invitation.raw) for invitation in found}


# Listing.


def test_lists_every_invitation_once_in_order_of_date() -> None:
    with Service(make_invitations(230)) as service, source(service) as central:
        listed = list(central.list(Selection()))
        assert len(listed) == len({entry.id for entry in listed}) == 230
        dates = [entry.date for entry in listed if entry.date]
        assert dates == sorted(dates)
        assert central.calls() == {LIST: 3}


def test_an_entry_says_what_its_summary_says() -> None:
    raw = make_invitations(1)[0]
    with Service([raw]) as service, source(service) as central:
        (entry,) = central.list(Selection())
        assert (entry.id, entry.status, entry.payload_type) == (raw["Id"], raw["Status"], raw["PayloadType"])
        assert entry.date is not None and entry.date.tzinfo is not None
        assert entry.summary is not None and entry.summary["Arn"] == raw["Arn"]
        assert entry.error is None and entry.invitation is None


def test_the_digest_changes_with_the_summary_and_only_then() -> None:
    raw = make_invitations(1)[0] | {"Status": "PENDING"}
    with Service([raw]) as service, source(service) as central:
        first, again = next(central.list(Selection())), next(central.list(Selection()))
        service.put(raw | {"Status": "ACCEPTED"})
        changed = next(central.list(Selection()))
        assert first.digest == again.digest != changed.digest


def test_every_filter_of_the_api_is_sent() -> None:
    selection = Selection(
        statuses=("PENDING", "ACCEPTED"),
        payload_types=("LeadInvitation",),
        engagements=("eng-d0lu64cy4ydhax",),
        senders=("111122223333",),
        participant="SENDER",
        sort_order="DESCENDING",
    )
    with Service() as service, source(service) as central:
        assert list(central.list(selection)) == []
        assert json.loads(service.requests[-1].body) == {
            "Catalog": "Sandbox",
            "ParticipantType": "SENDER",
            "PayloadType": ["LeadInvitation"],
            "Status": ["PENDING", "ACCEPTED"],
            "EngagementIdentifier": ["eng-d0lu64cy4ydhax"],
            "SenderAwsAccountId": ["111122223333"],
            "Sort": {"SortBy": "InvitationDate", "SortOrder": "DESCENDING"},
            "MaxResults": 100,
        }


@pytest.mark.parametrize("status", ["PENDING", "ACCEPTED", "REJECTED", "EXPIRED"])
def test_filters_choose(status: str) -> None:
    made = make_invitations(60)
    with Service(made) as service, source(service) as central:
        expected = {raw["Id"] for raw in made if raw["Status"] == status}
        assert set(ids(central.list(Selection(statuses=(status,))))) == expected


def test_more_values_than_the_api_takes_are_refused_before_any_call() -> None:
    with Service() as service, source(service) as central:
        with pytest.raises(UsageError, match=r"at most 10 values of EngagementIdentifier .*, not 11"):
            central.list(Selection(engagements=tuple(f"eng-{n}" for n in range(11))))
        assert not service.calls


def dated(number: int, date: str | None) -> Raw:
    raw = make_invitations(1, seed=number)[0]
    return raw | {"InvitationDate": date}


def test_dates_bound_the_listing_and_an_undated_invitation_is_never_left_out() -> None:
    dates = ("2025-01-01T00:00:00Z", "2025-02-01T00:00:00.000000000Z", "2025-03-01T00:00:00Z", None, "when?")
    made = [dated(number, date) for number, date in enumerate(dates)]
    with Service(made) as service, source(service) as central:
        since, until = datetime(2025, 2, 1, tzinfo=UTC), datetime(2025, 3, 1, tzinfo=UTC)
        chosen = set(ids(central.list(Selection(since=since, until=until))))
        assert chosen == {made[1]["Id"], made[3]["Id"], made[4]["Id"]}


def test_a_limit_ends_the_listing_and_asks_for_no_page_too_many() -> None:
    with Service(make_invitations(250)) as service, source(service) as central:
        assert len(list(central.list(Selection(limit=100)))) == 100
        assert service.calls[LIST] == 1


def test_given_ids_are_not_listed() -> None:
    made = make_invitations(3)
    chosen = (made[2]["Id"], made[0]["Arn"], f" {made[0]['Id']} ")
    with Service(made) as service, source(service) as central:
        entries = list(central.list(Selection(ids=chosen, limit=5)))
        assert ids(entries) == [made[2]["Id"], made[0]["Id"]]
        assert all(entry.digest == "" for entry in entries)
        assert not service.calls
        assert set(got(central, entries)) == {made[2]["Id"], made[0]["Id"]}


def test_an_arn_of_the_other_catalog_is_reported() -> None:
    arn = make_invitations(1, catalog="AWS")[0]["Arn"]
    with Service() as service, source(service) as central:
        (entry,) = central.list(Selection(ids=(arn,)))
        assert entry.error is not None and "catalog AWS, and Sandbox" in entry.error.message
        with pytest.raises(InputError):
            central.get(entry)


def test_a_short_or_empty_page_is_not_the_last_one() -> None:
    with Service(make_invitations(250)) as service, source(service) as central:
        service.script(LIST, ["empty_page", "short_page", "empty_page", "empty_page"])
        assert len(list(central.list(Selection()))) == 250


def test_a_null_list_is_an_empty_page() -> None:
    def null(answer: Raw) -> Raw:
        return answer | {"EngagementInvitationSummaries": None}

    with Service() as service, source(service) as central:
        service.script(LIST, [null])
        assert list(central.list(Selection())) == []
        assert service.calls[LIST] == 1


def without(member: str) -> Any:
    return lambda answer: {name: value for name, value in answer.items() if name != member}


@pytest.mark.parametrize(
    "spoilt",
    [
        *("empty_body", "empty_object", "cut_json", "cut_body"),
        without("EngagementInvitationSummaries"),
        lambda _answer: [],
        lambda _answer: "text",
        lambda answer: answer | {"EngagementInvitationSummaries": "text"},
        lambda answer: answer | {"NextToken": 7},
    ],
)
def test_an_incomplete_page_with_status_200_does_not_end_the_listing(spoilt: Any) -> None:
    with Service(make_invitations(250)) as service, source(service) as central:
        service.script(LIST, [None, spoilt, spoilt])
        assert len(list(central.list(Selection()))) == 250
        assert service.calls[LIST] == 5


@pytest.mark.parametrize("kinds", [*((kind,) for kind in ALL_TRANSIENT), ALL_TRANSIENT], ids="-".join)
def test_300_invitations_come_through_a_service_that_fails_one_time_in_five(kinds: tuple[str, ...]) -> None:
    made = make_invitations(300)
    faults = Faults(rate=0.2, kinds=kinds, seed=7)
    with (
        Service(made, faults=faults, page_size=20, slow=0.3) as service,
        source(service, read_timeout=0.2, concurrency=8) as central,
    ):
        listed = list(central.list(Selection()))
        assert len(listed) == 300
        answers = got(central, listed)
        assert answers.keys() == {raw["Id"] for raw in made}
        for raw in made:
            assert answers[raw["Id"]]["Status"] == raw["Status"]
        assert sum(central.calls().values()) > 315 + 30
        # Every call is counted; one that broke before it was read is counted on our side alone.
        assert service.calls[GET] <= central.calls()[GET]


def test_a_summary_on_two_pages_is_yielded_once() -> None:
    with Service(make_invitations(250)) as service, source(service) as central:
        service.script(LIST, [None, "repeated_page"])
        found = ids(central.list(Selection()))
        assert len(found) == len(set(found)) == 250


def test_one_that_arrives_in_mid_listing_is_listed() -> None:
    late = dated(99, "2031-01-01T00:00:00Z")
    with Service(make_invitations(150)) as service, source(service) as central:
        entries = central.list(Selection())
        found = [next(entries).id]
        service.put(late)
        found += ids(entries)
        assert len(found) == len(set(found)) == 151 and late["Id"] in found


def test_an_expired_page_token_starts_the_listing_again_without_repeating_it() -> None:
    with Service(make_invitations(350)) as service, source(service) as central:
        found = []
        for number, entry in enumerate(central.list(Selection())):
            found.append(entry.id)
            if number in (50, 150, 250):
                service.expire_tokens()
        assert len(found) == len(set(found)) == 350


def test_a_token_that_always_expires_ends_the_listing() -> None:
    with Service(make_invitations(150)) as service, source(service) as central:
        service.script(LIST, [None, "expired_token"] * 10)
        entries = central.list(Selection())
        with pytest.raises(ServiceError, match="expire 4 times in a row"):
            list(entries)


def test_a_validation_error_on_the_first_page_is_no_expired_token() -> None:
    with Service() as service, source(service) as central:
        with pytest.raises(RefusedError, match=r"ValidationException.*SenderAwsAccountId") as caught:
            list(central.list(Selection(senders=("not an account",))))
        assert service.calls[LIST] == 1
        assert "not an account" not in str(caught.value)


def test_a_token_that_leads_back_to_itself_is_found_out() -> None:
    def same(answer: Raw) -> Raw:
        return answer | {"NextToken": "round"}

    with Service(make_invitations(3)) as service, source(service) as central:
        service.script(LIST, [same])
        service.tokens.open = lambda *_: None  # type: ignore[method-assign]
        service.script(LIST, [same] * 10)
        entries = central.list(Selection())
        with pytest.raises(ServiceError, match="lists in a circle"):
            list(entries)
        assert service.calls[LIST] == 2


def test_empty_pages_with_ever_new_tokens_do_not_go_on_for_ever() -> None:
    made = count()
    listing = Listing(
        lambda _: Answer({"EngagementInvitationSummaries": [], "NextToken": str(next(made))}, {}), {}
    )
    with pytest.raises(ServiceError, match="in a circle: 1001 pages without a new entry"):
        list(listing.entries(Selection()))


def repeating() -> Any:
    """A service that gives the same two entries on every page, each page with a token of its own."""
    made = count()

    def page(*_: Any, **__: Any) -> Raw:
        number = next(made)
        assert number < 2000
        entries = [{"Id": "engi-1"}, {"Id": "engi-2"}]
        return {SUMMARIES: entries, "OpportunitySummaries": entries, "NextToken": str(number)}

    return page


def test_the_same_entries_with_ever_new_tokens_do_not_go_on_for_ever() -> None:
    page = repeating()
    entries = Listing(lambda _: Answer(page(), {}), {}).entries(Selection())
    assert [next(entries).id, next(entries).id] == ["engi-1", "engi-2"]
    with pytest.raises(ServiceError, match="in a circle: 1001 pages without a new entry"):
        next(entries)


def test_no_other_listing_goes_on_for_ever_either() -> None:
    with Service() as service, source(service) as central:
        central.read = repeating()  # type: ignore[method-assign]
        entries = central.read_all("ListOpportunities", "OpportunitySummaries")
        with pytest.raises(ServiceError, match="in a circle: 1001 pages without a new entry"):
            list(entries)
        page = repeating()
        central._list_page = lambda _: Answer(raw := page(), copy.deepcopy(raw))  # type: ignore[method-assign]
        with pytest.raises(ServiceError, match="in a circle: 1001 pages without a new entry"):
            central.list_parsed(Selection())


def test_a_long_listing_that_starts_again_is_no_circle() -> None:
    pages, expired = 1200, [True]

    def page(parameters: Any) -> Answer:
        number = int(parameters.get("NextToken", 0))
        if number == pages - 1 and expired:
            expired.pop()
            raise RefusedError("an old token", service="x", code="ValidationException")
        token = {"NextToken": str(number + 1)} if number < pages else {}
        return Answer({SUMMARIES: [{"Id": f"engi-{number}"}], **token}, {})

    assert len(ids(Listing(page, {}).entries(Selection()))) == pages + 1


def test_access_withdrawn_in_mid_listing_ends_it() -> None:
    with Service(make_invitations(150)) as service, source(service) as central:
        service.script(LIST, [None, "access_denied"])
        with pytest.raises(AccessDenied):
            list(central.list(Selection()))
        assert service.calls[LIST] == 2


@pytest.mark.parametrize("summary", [None, 7, "text", [], {}, {"Id": None}, {"Id": " "}, {"Id": 5}])
def test_a_summary_without_id_is_reported_and_the_others_go_on(summary: Any) -> None:
    def spoil(answer: Raw) -> Raw:
        summaries = list(answer["EngagementInvitationSummaries"])
        summaries.insert(6, summary)
        return answer | {"EngagementInvitationSummaries": summaries}

    with Service(make_invitations(130)) as service, source(service) as central:
        service.script(LIST, [None, spoil])
        entries = list(central.list(Selection()))
        assert len(entries) == 131
        (wrong,) = [entry for entry in entries if entry.error]
        assert wrong.id == "page 2, entry 7"
        assert isinstance(wrong.error, InputError) and "without Id" in wrong.error.message


def test_odd_members_of_a_summary_do_not_stop_it() -> None:
    def odd(answer: Raw) -> Raw:
        summaries = [
            entry | {"Status": ["x"], "PayloadType": None, "InvitationDate": {}, "New": {"Member": 1}}
            for entry in answer["EngagementInvitationSummaries"]
        ]
        return answer | {"EngagementInvitationSummaries": summaries}

    with Service(make_invitations(1)) as service, source(service) as central:
        service.script(LIST, [odd])
        (entry,) = central.list(Selection())
        assert (entry.status, entry.payload_type, entry.date, entry.error) == ("", "", None, None)
        assert entry.summary is not None and entry.summary["New"] == {"Member": 1}


def test_a_denied_listing_names_the_iam_action() -> None:
    with Service() as service, source(service) as central:
        service.denied_catalogs.add("Sandbox")
        with pytest.raises(AccessDenied) as caught:
            list(central.list(Selection()))
        assert caught.value.hint is not None
        assert "partnercentral:ListEngagementInvitations" in caught.value.hint
        assert "partnercentral:Catalog: Sandbox" in caught.value.hint
        assert service.calls[LIST] == 1


# Getting.


def test_an_answer_is_kept_as_it_was_sent() -> None:
    raw = make_invitations(1)[0]
    lead = {
        "Customer": {"CompanyName": "Ünï\0 \U0001f680", "WebsiteUrl": None},
        "Insights": {"EngagementScore": "High"},
    }
    sent = {"Tomorrow": [{"New": 1.5}], "Payload": {"LeadInvitation": lead}, "Id": raw["Id"], "Status": None}
    with Service([raw]) as service, source(service) as central:
        service.script(GET, [lambda _answer: sent])
        invitation = central.get(Listed(raw["Id"]))
        assert invitation.raw == sent
        assert invitation.source == f"Partner Central Sandbox {raw['Id']}"


@pytest.mark.parametrize(
    "change",
    [
        *("unknown_enum", "unknown_member", "two_members", "null_payload"),
        lambda answer: answer | {"InvitationDate": "the day before"},
        lambda answer: answer | {"InvitationDate": 1737751735.457, "ExpirationDate": True},
        lambda answer: answer | {"Payload": "text", "ExistingMembers": {}, "Receiver": []},
        lambda answer: answer | {"Payload": {"OpportunityInvitation": {"SenderContacts": "none"}}},
        lambda answer: answer | {"InvitationMessage": "\ud800 half a character"},
    ],
)
def test_answers_that_boto3_cannot_read_are_read_all_the_same(change: Any) -> None:
    raw = make_invitations(1)[0]
    with Service([raw]) as service, source(service) as central:
        service.script(GET, [change])
        invitation = central.get(Listed(raw["Id"]))
        assert invitation.id == raw["Id"]
        assert service.calls[GET] == 1


@pytest.mark.parametrize(
    "spoilt",
    [
        *("empty_body", "empty_object", "cut_json", "cut_body", "closed", "reset"),
        without("Id"),
        lambda answer: answer | {"Id": None},
        lambda answer: answer | {"Id": ""},
        lambda _answer: [],
    ],
)
def test_an_answer_without_id_is_asked_for_again(spoilt: Any) -> None:
    raw = make_invitations(1)[0]
    with Service([raw]) as service, source(service) as central:
        service.script(GET, [spoilt, spoilt])
        assert central.get(Listed(raw["Id"])).id == raw["Id"]
        assert service.calls[GET] == 3


def test_an_answer_that_stays_empty_ends_as_a_transient_error() -> None:
    raw = make_invitations(1)[0]
    with Service([raw]) as service, source(service, policy=RetryPolicy(attempts=3)) as central:
        service.script(GET, ["empty_object"] * 3)
        with pytest.raises(TransientError, match=r"3 attempts"):
            central.get(Listed(raw["Id"]))


def test_an_answer_with_another_id_is_never_stored_under_this_one() -> None:
    raw, other = make_invitations(2)
    with Service([raw, other]) as service, source(service) as central:
        service.script(GET, [lambda _answer: other])
        with pytest.raises(InputError, match=f"another invitation than {raw['Id']}"):
            central.get(Listed(raw["Id"]))


def test_one_that_vanished_between_list_and_get_is_not_found() -> None:
    raw = make_invitations(1)[0]
    with Service([raw]) as service, source(service) as central:
        entry = next(central.list(Selection()))
        service.vanished.add(raw["Id"])
        with pytest.raises(NotFoundError, match=f"no invitation {raw['Id']}"):
            central.get(entry)
        assert service.calls[GET] == 1


def test_one_that_is_denied_is_refused_at_once() -> None:
    raw = make_invitations(1)[0]
    with Service([raw]) as service, source(service) as central:
        service.denied.add(raw["Id"])
        with pytest.raises(AccessDenied, match="AccessDeniedException"):
            central.get(Listed(raw["Id"]))
        assert service.calls[GET] == 1


@pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded answers are not beside this checkout")
def test_recorded_answers_come_through_whole() -> None:
    files = sorted(RECORDED.glob("get_engagement_invitation__*.json"))
    recorded = [json.loads(file.read_text("utf-8")) for file in files]
    with Service(recorded) as service, source(service) as central:
        for raw in recorded:
            invitation = central.get(Listed(raw["Id"]))
            assert held({name: invitation.raw[name] for name in raw}) == held(raw)


# Pace, budget and closing.


class Clock:
    """Moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_list_and_get_share_the_pace() -> None:
    clock = Clock()
    with (
        Service(make_invitations(40), page_size=10) as service,
        source(service, reads_per_second=10, sleep=clock.sleep, clock=clock) as central,
    ):
        for entry in list(central.list(Selection())):
            central.get(entry)
        assert clock.now == pytest.approx(4.3 / 0.98)  # 44 reads, the first at once


def test_throttling_holds_every_call_back() -> None:
    clock = Clock()
    raw = make_invitations(1)[0]
    with (
        Service([raw]) as service,
        source(
            service, policy=RetryPolicy(base=0.001), reads_per_second=10, sleep=clock.sleep, clock=clock
        ) as central,
    ):
        service.script(GET, ["throttling"])
        central.get(Listed(raw["Id"]))
        assert clock.now == pytest.approx(1.0)


def test_eight_threads_stay_inside_a_strict_quota_and_near_it() -> None:
    made = make_invitations(120)
    with (
        Service(made, reads_per_second=60, latency=0.02) as service,
        source(service, reads_per_second=60, concurrency=8, sleep=None) as central,
    ):
        time.sleep(0.05)
        began = time.monotonic()
        entries = [Listed(raw["Id"]) for raw in made]
        assert len(got(central, entries)) == 120
        assert central.calls()[GET] == 120, "throttled"
        assert 119 / 60 - 0.02 <= time.monotonic() - began <= 4  # other work on the machine


def test_the_budget_is_asked_before_every_attempt() -> None:
    raw, asked = make_invitations(1)[0], Counter[str]()
    with Service([raw]) as service, source(service, budget=lambda kind: asked.update([kind])) as central:
        service.script(GET, ["internal_error", "cut_json"])
        central.get(next(central.list(Selection())))
        assert asked == {"read": 4}
        assert central.calls() == service.calls == {LIST: 1, GET: 3}


def test_a_spent_budget_makes_no_call() -> None:
    def spent(_kind: str) -> None:
        raise BudgetExhausted("used up", service="s", available_at=datetime(2030, 1, 1, tzinfo=UTC))

    with Service() as service, source(service, budget=spent) as central:
        with pytest.raises(BudgetExhausted):
            central.get(Listed("engi-0000000000000"))
        assert not service.calls and not central.calls()


def test_hours_of_waiting_for_the_budget_do_not_use_up_the_deadline() -> None:
    clock, raw = Clock(), make_invitations(1)[0]

    def wait_a_day(_kind: str) -> None:
        clock.now += 86_400

    with (
        Service([raw]) as service,
        source(service, policy=RetryPolicy(), budget=wait_a_day, sleep=clock.sleep, clock=clock) as central,
    ):
        service.script(GET, ["internal_error", "internal_error"])
        assert central.get(Listed(raw["Id"])).id == raw["Id"]


def test_closing_wakes_what_waits() -> None:
    raw = make_invitations(1)[0]
    with Service([raw]) as service, source(service, reads_per_second=0.001, sleep=None) as central:
        central.get(Listed(raw["Id"]))
        outcome: list[BaseException] = []

        def wait() -> None:
            try:
                central.get(Listed(raw["Id"]))
            except Interrupted as error:
                outcome.append(error)

        thread = threading.Thread(target=wait)
        thread.start()
        central.close()
        thread.join(5)
        assert not thread.is_alive() and len(outcome) == 1
        assert service.calls[GET] == 1
