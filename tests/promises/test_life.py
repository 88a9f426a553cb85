"""An invitation is accepted, and the CRM goes along: nothing is doubled, the right opportunity is linked."""

from __future__ import annotations

import json
import re
import signal
import time
from pathlib import Path
from typing import Any

from tests.promises.installation import ROOT, Installation
from tests.servers.partner_central import PartnerCentral
from tests.servers.partner_central_client import client_of, deals, leads

LEAD = """
      first_name: Engagement.Contexts[].Payload.Lead.Interactions[].Contact.FirstName | [0]
      last_name: Engagement.Contexts[].Payload.Lead.Interactions[].Contact.LastName | [0]
      email: Engagement.Contexts[].Payload.Lead.Interactions[].Contact.Email | [0]
"""
OPPORTUNITY = """
      aws_opportunity_id: {from: Opportunity.Id, write: always}
      stage: {from: AwsOpportunity.LifeCycle.Stage, default: Prospecting, write: create}
"""


def enriched_mapping(folder: Path) -> str:
    """mappings/sql.yaml, with what an engagement and an AWS opportunity tell."""
    text = (ROOT / "mappings" / "sql.yaml").read_text(encoding="utf-8")
    text = text.replace("      company: {from:", LEAD.lstrip("\n") + "      company: {from:", 1)
    text = re.sub(r"      stage: \{value: Prospecting.*\n", OPPORTUNITY.lstrip("\n"), text, count=1)
    (folder / "mapping.yaml").write_text(text, encoding="utf-8")
    return str(folder / "mapping.yaml")


def sync(installed: Installation) -> Any:
    done = installed.run("sync", "--output", "json")
    assert done.code in (0, 3), done.err
    return done.answer


def accept(server: PartnerCentral, *raws: Any) -> None:
    with client_of(server) as aws:
        for raw in raws:
            if raw["PayloadType"] == "LeadInvitation":
                aws.accept_engagement_invitation(Catalog="Sandbox", Identifier=raw["Id"])
            else:
                aws.start_engagement_by_accepting_invitation_task(
                    Catalog="Sandbox", Identifier=raw["Id"], ClientToken=f"token-{raw['Id']}"
                )
    server.finish_tasks()


def test_a_lead_and_an_opportunity_are_followed_from_pending_to_accepted(tmp_path: Path) -> None:
    (lead,), (deal, twin) = leads(1), deals(2)
    # Two of one title and one customer: the title alone would not tell which is which.
    twin["Payload"]["OpportunityInvitation"] = deal["Payload"]["OpportunityInvitation"]
    with PartnerCentral([lead, deal, twin], contacts_seconds=3600) as server:
        there = Installation.against(tmp_path, server.url, mapping=enriched_mapping(tmp_path))
        assert sync(there)["counts"] == {"created": 3}
        assert there.sql("SELECT count(*), count(email) FROM leads") == [(3, 0)]
        assert not [name for name in server.calls if name.startswith(("GetEngagement", "GetOpp"))][1:]

        accept(server, lead, deal, twin)
        first = sync(there)
        assert sum(first["counts"].values()) == 3
        linked = dict(there.sql("SELECT aws_invitation_id, aws_opportunity_id FROM opportunities"))
        assert linked == _opportunities(server)
        assert there.sql("SELECT email FROM leads WHERE aws_invitation_id = ?", lead["Id"]) == [(None,)]
        shown = there.run("runs", "show", "--output", "json").answer
        reasons = {row["invitation"]: row["reason"] for row in shown["outcomes"]}
        assert "still to come from AWS: the customer's contacts" in reasons[lead["Id"]]

        server.bring_contacts()
        sync(there)
        ((email, last_name),) = there.sql(
            "SELECT email, last_name FROM leads WHERE aws_invitation_id = ?", lead["Id"]
        )
        assert "@" in email
        assert last_name
        before = there.crm()
        server.reset_calls()
        assert set(sync(there)["counts"]) == {"unchanged"}
        assert not [name for name in server.calls if name.startswith("Get")]
        assert there.crm() == before
        assert there.sql("SELECT count(*) FROM opportunities") == [(2,)]
        status = there.sql("SELECT status FROM leads WHERE aws_invitation_id = ?", deal["Id"])
        assert status == [("Converted",)]


def _opportunities(server: PartnerCentral) -> dict[str, str]:
    """The AWS opportunity that each accepted invitation became, by the service's own books."""
    with client_of(server) as aws:
        tasks = aws.list_engagement_by_accepting_invitation_tasks(Catalog="Sandbox")["TaskSummaries"]
    return {task["EngagementInvitationId"]: task["OpportunityId"] for task in tasks}


def test_a_change_of_the_aws_opportunity_reaches_the_crm(tmp_path: Path) -> None:
    (deal,) = deals(1)
    with PartnerCentral([deal]) as server:
        mapping = enriched_mapping(tmp_path)
        text = Path(mapping).read_text(encoding="utf-8")
        text = text.replace("default: Prospecting, write: create}", "default: Prospecting, write: always}")
        text = text.replace("AwsOpportunity.LifeCycle.Stage", "Opportunity.LifeCycle.Stage")
        Path(mapping).write_text(text, encoding="utf-8")
        there = Installation.against(tmp_path, server.url, mapping=mapping)
        accept(server, deal)
        sync(there)
        (opportunity,) = _opportunities(server).values()
        server.forward(60)
        server.change_opportunity(opportunity, LifeCycle={"Stage": "Committed"})
        server.reset_calls()
        assert sync(there)["counts"] == {"updated": 1}
        assert server.calls["GetOpportunity"] == 1
        assert there.sql("SELECT stage FROM opportunities") == [("Committed",)]
        server.reset_calls()
        assert sync(there)["counts"] == {"unchanged": 1}
        assert not server.calls["GetOpportunity"]


def give_other_contact(server: PartnerCentral, raw: Any, **contact: str) -> None:
    """AWS changes a lead's contact; with no members, it takes it away."""
    engagement = server.engagements[raw["EngagementId"]]
    for context in engagement["Contexts"]:
        for interaction in context["Payload"]["Lead"]["Interactions"]:
            interaction["Contact"] = contact or None
    server.forward(60)
    engagement["ModifiedAt"] = server.agenda.now()


def test_what_aws_does_not_give_once_is_not_taken_from_the_crm(tmp_path: Path) -> None:
    (lead,), (deal,) = leads(1), deals(1)
    with PartnerCentral([lead, deal]) as server:
        mapping = Path(enriched_mapping(tmp_path))
        text = mapping.read_text(encoding="utf-8")
        stage = "{from: Opportunity.LifeCycle.Stage, default: Prospecting}"
        mapping.write_text(re.sub(r"stage: \{from: AwsOpp.*\}", f"stage: {stage}", text), encoding="utf-8")
        there = Installation.against(tmp_path, server.url, mapping=str(mapping))
        accept(server, lead, deal)
        server.bring_contacts()
        give_other_contact(server, lead, FirstName="Ann", LastName="Lee", Email="ann@lead.example")
        (opportunity,) = _opportunities(server).values()
        server.change_opportunity(opportunity, LifeCycle={"Stage": "Qualified"})
        sync(there)
        told = "SELECT first_name, last_name, email FROM leads WHERE aws_invitation_id = ?"
        assert there.sql(told, lead["Id"]) == [("Ann", "Lee", "ann@lead.example")]
        before = there.crm()

        give_other_contact(server, lead, FirstName="Bob", LastName="Ray", Email="bob@lead.example")
        server.change_opportunity(opportunity, LifeCycle={"Stage": "Committed"})
        server.script("GetEngagement", ["not_found"] * 4)  # of both, by both
        server.script("GetOpportunity", ["not_found"] * 2)
        planned = there.run("plan", "--output", "json")
        assert (planned.code, planned.answer["counts"]) == (0, {"unchanged": 2})
        assert sync(there)["counts"] == {"unchanged": 2}
        assert there.crm() == before
        shown = there.run("runs", "show", "--output", "json").answer
        reasons = {row["invitation"]: row["reason"] for row in shown["outcomes"]}
        assert "still to come from AWS: the engagement" in reasons[lead["Id"]]
        awaited = f"still to come from AWS: the engagement and the AWS opportunity {opportunity}"
        assert awaited in reasons[deal["Id"]]

        assert sync(there)["counts"] == {"updated": 2}
        assert there.sql(told, lead["Id"]) == [("Bob", "Ray", "bob@lead.example")]
        assert there.sql("SELECT stage FROM opportunities") == [("Committed",)]

        give_other_contact(server, lead)  # which is an answer
        sync(there)
        assert there.sql(told, lead["Id"]) == [(None, None, None)]


def test_aws_learns_which_record_its_opportunity_is_when_that_is_wanted(tmp_path: Path) -> None:
    (deal,) = deals(1)
    with PartnerCentral([deal]) as server:
        there = Installation.against(tmp_path, server.url, source={"write_back": "opportunity"})
        accept(server, deal)
        assert there.run("sync", "--dry-run").code == 0
        (opportunity,) = _opportunities(server).values()
        assert not server.opportunities[opportunity].get("PartnerOpportunityIdentifier")
        server.script("UpdateOpportunity", ["reset"])
        sync(there)
        ((ours,),) = there.sql("SELECT id FROM opportunities")
        assert server.opportunities[opportunity]["PartnerOpportunityIdentifier"] == ours
        sync(there)
        server.reset_calls()
        assert sync(there)["counts"] == {"unchanged": 1}
        assert not [name for name in server.calls if name.startswith(("Get", "Update"))]


def test_what_aws_does_not_take_is_said_and_tried_again(tmp_path: Path) -> None:
    (deal,) = deals(1)
    with PartnerCentral([deal]) as server:
        there = Installation.against(tmp_path, server.url, source={"write_back": "opportunity"})
        accept(server, deal)
        server.script("UpdateOpportunity", ["access_denied"])
        done = there.run("sync", "--output", "json")
        assert done.code == 3
        assert "not linked at AWS" in done.answer["attention"][0]["warnings"][0]
        sync(there)
        ((ours,),) = there.sql("SELECT id FROM opportunities")
        (opportunity,) = _opportunities(server).values()
        assert server.opportunities[opportunity]["PartnerOpportunityIdentifier"] == ours


def linked_installation(folder: Path, server: PartnerCentral, **source: Any) -> Installation:
    once = {"attempts": 1}
    return Installation.against(
        folder, server.url, source={"write_back": "opportunity", **source}, retry={"source": once}
    )


def links(server: PartnerCentral) -> int:
    return sum(bool(raw.get("PartnerOpportunityIdentifier")) for raw in server.opportunities.values())


def test_stopped_while_it_tells_aws_what_was_written_is_recorded(tmp_path: Path) -> None:
    raws = deals(8)
    with PartnerCentral(raws) as server:
        accept(server, *raws)
        there = linked_installation(tmp_path, server, writes_per_second=4)
        with there.start("sync", "--output", "json") as process:
            while server.calls["UpdateOpportunity"] < 3:
                assert process.poll() is None
                time.sleep(0.02)
            process.send_signal(signal.SIGTERM)
            out, err = process.communicate(timeout=120)
        assert process.returncode == 130, err
        assert json.loads(out)["counts"] == {"created": 8}
        assert links(server) < 8
        assert sync(linked_installation(tmp_path, server))["counts"] == {"unchanged": 8}
        assert links(server) == 8


def test_links_keep_the_quota_of_writes(tmp_path: Path) -> None:
    raws = deals(6)
    with PartnerCentral(raws) as server:
        accept(server, *raws)
        there = linked_installation(tmp_path, server, writes_per_day=4, writes_per_second=100)
        done = there.run("sync", "--output", "json")
        assert (done.code, done.answer["counts"]) == (3, {"created": 6})
        assert server.calls["UpdateOpportunity"] == 4 == links(server)
        assert "the quota of 4 writes in 24 hours is used up" in done.out


def test_a_service_that_is_away_is_not_asked_for_every_link(tmp_path: Path) -> None:
    raws = deals(8)
    with PartnerCentral(raws) as server:
        accept(server, *raws)
        there = linked_installation(tmp_path, server, writes_per_second=100)
        server.script("UpdateOpportunity", ["throttling"] * 8)
        done = there.run("sync", "--output", "json")
        assert (done.code, done.answer["counts"]) == (3, {"created": 8})
        assert server.calls["UpdateOpportunity"] == 3


def test_what_our_own_acceptance_was_answered_is_the_evidence(tmp_path: Path) -> None:
    deal, twin = (raw | {"ExpirationDate": None} for raw in deals(2))
    twin["Payload"]["OpportunityInvitation"] = deal["Payload"]["OpportunityInvitation"]
    with PartnerCentral([deal, twin], task_seconds=0.5) as server:
        there = Installation.against(tmp_path, server.url, mapping=enriched_mapping(tmp_path))
        sync(there)
        done = there.run("invitations", "accept", deal["Id"], twin["Id"], "--yes")
        assert done.code == 0, done.out
        server.reset_calls()
        sync(there)
        linked = dict(there.sql("SELECT aws_invitation_id, aws_opportunity_id FROM opportunities"))
        assert not server.calls["ListEngagementByAcceptingInvitationTasks"]
        assert linked == _opportunities(server)
