"""What a run promises in orgs that are not as a new one, by the command line, against the loopback org."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.promises.test_salesforce import an_opportunity, by_invitation, give, installation, sync
from tests.servers import salesforce_save
from tests.servers.salesforce import Salesforce
from tests.servers.salesforce_collections import Collections
from tests.servers.salesforce_http import Reply
from tests.servers.salesforce_rest import ApiError, Call
from tests.servers.salesforce_values import SaveError

Records = list[dict[str, Any]]


@pytest.fixture
def org() -> Iterator[Salesforce]:
    with Salesforce() as org:
        yield org


# -- records that look alike


@pytest.mark.parametrize(("status", "name"), [("PENDING", "Lead"), ("ACCEPTED", "Opportunity")])
def test_an_invitation_like_an_earlier_one_gets_a_record_of_its_own_where_there_are_no_keys(
    tmp_path: Path, status: str, name: str
) -> None:
    with Salesforce(custom_fields=False) as org:
        first = an_opportunity(1, status=status)
        installed = installation(tmp_path, org, [first])
        assert sync(installed).answer["counts"] == {"created": 1}
        second = copy.deepcopy(first) | {"Id": "engi-test0000000xx", "EngagementId": "eng-xx"}
        give(tmp_path, [first, second])
        done = sync(installed)
        assert done.answer["counts"] == {"created": 1, "unchanged": 1}, done.err
        assert len(org.records(name)) == 2
        assert sync(installed).answer["counts"] == {"unchanged": 2}


def test_the_account_that_a_lead_became_is_not_taken_for_aws_s(tmp_path: Path, org: Salesforce) -> None:
    known = an_opportunity(1)
    known["Payload"]["OpportunityInvitation"]["SenderContacts"] = []
    pending = an_opportunity(2, status="PENDING")
    deal = pending["Payload"]["OpportunityInvitation"]
    deal["Customer"] = copy.deepcopy(known["Payload"]["OpportunityInvitation"]["Customer"])
    deal["SenderContacts"] = [{"Email": "ann@amazon.example", "FirstName": "Ann", "LastName": "Lee"}]
    installed = installation(tmp_path, org, [known, pending])
    sync(installed)
    (lead,) = org.records("Lead")
    became = org.convert_lead(lead["Id"])
    pending["Status"] = "ACCEPTED"
    give(tmp_path, [known, pending])
    assert sync(installed).answer["counts"] == {"created": 1, "unchanged": 1}
    keys = {row["Id"]: row["AWS_Customer_Key__c"] for row in org.records("Account")}
    assert keys[became["ConvertedAccountId"]] is None
    assert sorted(filter(None, keys.values())) == ["aws", "customer-1.example.com"]


def test_fields_that_are_added_later_are_filled_in_where_nothing_else_has_changed(tmp_path: Path) -> None:
    raws = [an_opportunity(1), an_opportunity(2, status="PENDING")]
    with Salesforce(custom_fields=False) as org, Salesforce() as complete:
        installed = installation(tmp_path, org, raws)
        assert sync(installed).answer["counts"] == {"created": 2}
        saved = tmp_path / "plan.json"
        assert installed.run("plan", "--out", str(saved)).code == 0
        assert installed.run("apply", str(saved)).code == 0
        for name, known in complete._core.objects.items():
            for field in known.fields.values():
                if org._core.objects[name].get(field.name) is None:
                    org._core.objects[name].put(field)
                    for row in org._store.rows[known.name].values():
                        row[field.name] = None
        assert installed.run("apply", str(saved)).code == 2
        assert sync(installed).answer["counts"] == {"updated": 2}
        assert set(by_invitation(org)) == {raws[0]["Id"]}
        assert set(by_invitation(org, "Lead")) == {raws[1]["Id"]}
        org.reset_calls()
        assert sync(installed).answer["counts"] == {"unchanged": 2}
        (tmp_path / "ledger.db").unlink()
        assert sync(installed).answer["counts"] == {"unchanged": 2}


# -- duplicate rules and reviews


@pytest.mark.parametrize("shown", [None, {"attributes": {"type": "Contact"}, "Id": "0035g0000000001AAA"}])
def test_a_duplicate_that_is_no_such_record_or_hidden_is_put_up_for_review_without_a_candidate(
    tmp_path: Path, org: Salesforce, monkeypatch: pytest.MonkeyPatch, shown: dict[str, object] | None
) -> None:
    matches = [{"matchRecords": [{"record": shown}]}] if shown else []

    def refuse(_: object, one: object, *__: object, allow_duplicates: bool, **___: object) -> None:
        if getattr(one, "name", "") == "Lead" and not allow_duplicates:
            extra = {"duplicateResult": {"matchResults": matches}}
            raise SaveError("DUPLICATES_DETECTED", "Use one of these records?", extra=extra)

    monkeypatch.setattr(salesforce_save, "check_rules", refuse)
    installed = installation(tmp_path, org, [an_opportunity(1, status="PENDING")])
    assert sync(installed).answer["counts"] == {"review": 1}
    (review,) = installed.run("review", "list", "--output", "json").answer
    assert review["candidates"] == []
    assert ("Contact 0035g0000000001AAA" in review["reason"]) == bool(shown)
    assert installed.run("review", "resolve", "1", "--create").code == 0
    assert sync(installed).answer["counts"] == {"created": 1}


@pytest.mark.parametrize(("settled", "ends"), [("--create", "updated"), ("--skip", "skipped")])
def test_a_change_that_a_duplicate_rule_refuses_is_done_as_decided(
    tmp_path: Path, org: Salesforce, settled: str, ends: str
) -> None:
    raw = an_opportunity(1, status="PENDING")
    installed = installation(tmp_path, org, [raw])
    sync(installed)
    org.insert("Lead", {"LastName": "Lee", "Company": "Other", "Website": "https://other.example.com"})
    org.duplicate_rule("Lead", ["Website"])
    raw["Payload"]["OpportunityInvitation"]["Customer"]["WebsiteUrl"] = "https://other.example.com"
    give(tmp_path, [raw])
    assert sync(installed).answer["counts"] == {"review": 1}
    assert installed.run("review", "resolve", "1", settled).code == 0
    assert sync(installed).answer["counts"] == {ends: 1}
    assert sync(installed).answer["counts"] == {"unchanged": 1}
    websites = [row["Website"] for row in org.records("Lead")]
    assert websites.count("https://other.example.com") == (2 if ends == "updated" else 1)


@pytest.mark.parametrize("settled", ["--link", "--create"])
def test_what_many_invitations_are_in_review_for_is_settled_once(
    tmp_path: Path, org: Salesforce, settled: str
) -> None:
    existing = org.insert("Account", {"Name": "By hand", "Website": "customer-1.example.com"})
    org.duplicate_rule("Account", ["Website"])
    raws = [an_opportunity(number) for number in range(1, 4)]
    for raw in raws:
        customer = {"CompanyName": "Customer 1", "WebsiteUrl": "customer-1.example.com"}
        raw["Payload"]["OpportunityInvitation"]["Customer"] |= customer
    installed = installation(tmp_path, org, raws)
    assert sync(installed).answer["counts"] == {"review": 3}
    choice = [settled, existing] if settled == "--link" else [settled]
    assert installed.run("review", "resolve", "1", *choice).code == 0
    assert sync(installed).answer["counts"] == {"created": 3}
    assert installed.run("review", "list", "--output", "json").answer == []
    assert len({row["AccountId"] for row in org.records("Opportunity")}) == 1


def test_a_review_is_settled_by_an_id_of_fifteen_characters_too(tmp_path: Path, org: Salesforce) -> None:
    raw = an_opportunity(1, Title="One of two")
    by_hand = {"Name": "One of two", "StageName": "Prospecting", "CloseDate": "2030-01-01"}
    ids = [org.insert("Opportunity", by_hand) for _ in range(2)]
    installed = installation(tmp_path, org, [raw])
    assert sync(installed).answer["counts"] == {"review": 1}
    assert installed.run("review", "resolve", "1", "--link", ids[1][:15]).code == 0
    sync(installed)
    assert by_invitation(org)[raw["Id"]]["Id"] == ids[1]


def test_a_value_that_makes_salesforce_refuse_the_whole_call_fails_its_own_record_alone(
    tmp_path: Path, org: Salesforce, monkeypatch: pytest.MonkeyPatch
) -> None:
    each = Collections._each

    def strict(collections: Collections, call: Call, records: Records, *rest: Any) -> Reply:
        if any(record.get("Name") == "Unreadable" for record in records):
            raise ApiError(400, "JSON_PARSER_ERROR", "Cannot deserialize instance of date from Unreadable")
        return each(collections, call, records, *rest)

    monkeypatch.setattr(Collections, "_each", strict)
    raws = [an_opportunity(number) for number in range(1, 6)] + [an_opportunity(7, Title="Unreadable")]
    done = sync(installation(tmp_path, org, raws))
    assert done.code == 3
    assert done.answer["counts"] == {"created": 5, "failed": 1}
    assert "Unreadable" not in done.err


def test_our_amounts_do_not_land_in_another_currency(tmp_path: Path) -> None:
    with Salesforce(multi_currency=True) as org:
        spend = [{"Amount": "100", "CurrencyCode": "USD", "Frequency": "Monthly", "TargetCompany": "AWS"}]
        raw = an_opportunity(1, Title="In euros", ExpectedCustomerSpend=spend)
        by_hand = {"StageName": "Prospecting", "CloseDate": "2030-01-01", "CurrencyIsoCode": "EUR"}
        org.insert("Opportunity", {"Name": "In euros", **by_hand})
        installed = installation(tmp_path, org, [raw])
        sync(installed)
        (row,) = org.records("Opportunity")
        assert (row["Amount"], row["AWS_Monthly_Spend__c"], row["CurrencyIsoCode"]) == (None, None, "EUR")
        (outcome,) = installed.run("runs", "show", "--output", "json").answer["outcomes"]
        assert "opportunity.Amount" in outcome["reason"]
        org.update("Opportunity", row["Id"], {"CurrencyIsoCode": "USD"})
        raw["EngagementId"] = "eng-changed"
        give(tmp_path, [raw])
        assert sync(installed).answer["counts"] == {"updated": 1}
        assert by_invitation(org)[raw["Id"]]["Amount"] == 1200


# -- what an administrator has not given


def test_an_object_that_our_user_may_not_see_is_named_and_not_taken_for_another(
    tmp_path: Path, org: Salesforce
) -> None:
    del org._core.objects["opportunitycontactrole"]  # type: ignore[attr-defined]
    done = installation(tmp_path, org, [an_opportunity()]).run("sync")
    assert done.code == 2
    assert "has no object OpportunityContactRole" in done.err
    assert done.err.count("salesforce.yaml:") == 1


@pytest.mark.parametrize(
    ("auth", "said"),
    [
        ({"flow": "jwtt"}, "there is no auth flow 'jwtt' (did you mean jwt?)"),
        ({"flow": None}, "crm.auth.flow is missing (one of jwt, client_credentials, password, token)"),
        ({"flow": None, "flwo": "jwt"}, "unknown setting crm.auth.flwo (did you mean flow?)"),
        ({"flow": "token"}, "crm.auth.instance_url is missing"),
        ({"flow": "token", "acces_token": "x"}, "crm.auth.acces_token (did you mean access_token?)"),
    ],
)
def test_a_mistake_in_auth_is_told_as_what_it_is(
    tmp_path: Path, org: Salesforce, auth: dict[str, str | None], said: str
) -> None:
    installed = installation(tmp_path, org, [])
    config = json.loads((tmp_path / "config.yaml").read_text())
    config["crm"]["auth"] = {name: value for name, value in auth.items() if value}
    (tmp_path / "config.yaml").write_text(json.dumps(config))
    done = installed.run("config", "check")
    assert done.code == 2
    assert said in done.err + done.out
