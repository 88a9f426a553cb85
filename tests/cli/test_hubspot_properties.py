"""``hubspot properties`` says what an account lacks, and makes it."""

from __future__ import annotations

from connector.crm.hubspot_properties import GROUP, PROPERTIES
from tests.cli.conftest import Cli, Home
from tests.promises.installation import ROOT
from tests.servers.hubspot import HubSpot
from tests.servers.hubspot_account import property_


def test_a_new_account_lacks_all_and_is_only_read(cli: Cli, home: Home) -> None:
    with HubSpot(custom=False) as account:
        home.configure(crm=account.settings())
        answer = cli("hubspot", "properties")
        assert answer.code == 3
        assert all(wanted.name in answer.out for wanted in PROPERTIES)
        assert "hubspot properties --create" in answer.out
        assert not account.calls["add property"] and not account.calls["add group"]


def test_what_is_missing_is_made_once(cli: Cli, home: Home) -> None:
    with HubSpot(custom=False) as account:
        home.configure(crm=account.settings(), mapping=str(ROOT / "mappings" / "hubspot.yaml"))
        assert "hubspot properties" in cli("mapping", "check", "--crm").out
        answer = cli("hubspot", "properties", "--create", "--output", "json")
        assert answer.code == 0
        assert answer.json["created"] == len(PROPERTIES) and answer.json["missing"] == 0
        made = account.account.objects["deals"].properties["aws_invitation_id"]
        assert made["hasUniqueValue"] and made["groupName"] == GROUP
        assert cli("hubspot", "properties").code == 0
        again = cli("hubspot", "properties", "--create", "--output", "json").json
        assert again["created"] == 0 and account.calls["add property"] == len(PROPERTIES)
        assert cli("mapping", "check", "--crm").code == 0


def test_a_property_of_another_form_is_left_to_a_person(cli: Cli, home: Home) -> None:
    with HubSpot(custom=False) as account:
        account.account.add_property("deals", property_("aws_invitation_id"))
        home.configure(crm=account.settings())
        answer = cli("hubspot", "properties", "--create", "--output", "json")
        assert answer.code == 3 and answer.json["missing"] == 1
        (wrong,) = (said for said in answer.json["properties"] if said["fault"])
        assert (wrong["object"], wrong["property"]) == ("deals", "aws_invitation_id")
        assert "not unique" in wrong["fault"]


def test_a_lost_answer_is_asked_again(cli: Cli, home: Home) -> None:
    with HubSpot(custom=False) as account:
        account.script("add property", "", "reset_after", "500")
        home.configure(crm=account.settings(), retry={"base": 0.01})
        answer = cli("hubspot", "properties", "--create", "--output", "json")
        assert answer.code == 0 and answer.json["missing"] == 0


def test_without_the_right_to_it_the_scope_is_named(cli: Cli, home: Home) -> None:
    with HubSpot(custom=False) as account:
        account.script("add group", "403", "403", "403")
        home.configure(crm=account.settings())
        answer = cli("hubspot", "properties", "--create")
        assert answer.code == 2 and "scopes" in answer.err


def test_without_the_right_to_one_object_the_others_get_theirs(cli: Cli, home: Home) -> None:
    with HubSpot(custom=False) as account:
        account.script("add group", "", "403", "")
        home.configure(crm=account.settings())
        answer = cli("hubspot", "properties", "--create", "--output", "json")
        assert answer.code == 3
        wrong = {said["object"]: said["fault"] for said in answer.json["properties"] if said["fault"]}
        assert set(wrong) == {"leads"} and "scopes" in wrong["leads"]
        assert cli("hubspot", "properties", "--create").code == 0


def test_an_account_without_leads_has_the_rest(cli: Cli, home: Home) -> None:
    with HubSpot(custom=False) as account:
        account.script("properties", "", "403", "")
        home.configure(crm=account.settings())
        answer = cli("hubspot", "properties", "--create", "--output", "json")
        assert answer.code == 3
        wrong = {said["object"] for said in answer.json["properties"] if said["fault"]}
        assert wrong == {"leads"} and answer.json["created"] > 5
        chosen = ("--object", "companies", "--object", "deals")
        assert cli("hubspot", "properties", *chosen).code == 0


def test_a_wrong_token_is_told_once(cli: Cli, home: Home) -> None:
    with HubSpot() as account:
        home.configure(crm=account.settings(access_token="pat-wrong"))
        answer = cli("hubspot", "properties")
        assert answer.code == 2 and "access token" in answer.err and not answer.out


def test_another_crm_is_not_asked(cli: Cli, home: Home) -> None:
    answer = cli("hubspot", "properties")
    assert answer.code == 2 and "the config's CRM is sql" in answer.err
    assert home.files() == ["config.yaml", "inbox"]
