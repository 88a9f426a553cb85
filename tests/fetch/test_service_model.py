"""What is read from botocore's service model, and that it is read without boto3."""

from __future__ import annotations

import subprocess
import sys

from connector.fetch.service_model import enum_values, member_facts, member_tree, most_values
from connector.mapping.places import Fact
from tests.servers.invitations import make_invitations


def test_the_members_of_an_invitation() -> None:
    tree = member_tree()
    assert tree["Id"] is None
    opportunity = tree["Payload"]["OpportunityInvitation"]
    assert opportunity["Project"]["ExpectedCustomerSpend"] == [
        dict.fromkeys(("Amount", "CurrencyCode", "Frequency", "TargetCompany", "EstimationUrl"))
    ]
    assert opportunity["ReceiverResponsibilities"] == [None]
    assert tree["Payload"]["LeadInvitation"]["Customer"]["AwsMaturity"] is None


def test_every_member_of_made_up_invitations_is_in_the_tree() -> None:
    def check(value: object, tree: object) -> None:
        if isinstance(value, dict):
            assert isinstance(tree, dict)
            for name in value.keys() - {"Insights"}:  # recorded live, and in no model yet
                check(value[name], tree[name])
        elif isinstance(value, list):
            assert isinstance(tree, list)
            for item in value:
                check(item, tree[0])

    for raw in make_invitations(50):
        check(raw, member_tree())


def test_trees_of_other_operations() -> None:
    tree = member_tree("GetEngagement")
    (context,) = tree["Contexts"]
    assert "Contact" in context["Payload"]["Lead"]["Interactions"][0]


def test_enumerations_by_path() -> None:
    enums = enum_values()
    assert set(enums["Status"]) == {"ACCEPTED", "PENDING", "REJECTED", "EXPIRED"}
    assert set(enums["PayloadType"]) >= {"OpportunityInvitation", "LeadInvitation"}
    assert "Software and Internet" in enums["Payload.OpportunityInvitation.Customer.Industry"]
    assert "USD" in enums["Payload.OpportunityInvitation.Project.ExpectedCustomerSpend.CurrencyCode"]
    assert "Payload.OpportunityInvitation.Project.Title" not in enums


def test_what_is_documented_of_members() -> None:
    facts = member_facts()
    deal = "Payload.OpportunityInvitation"
    assert facts["Id"] == Fact("text", None, True)  # an ARN may be longer, and is no answer's id
    assert facts["Status"] == Fact("text", 8)
    assert facts["InvitationDate"] == Fact("datetime")
    assert facts["Payload.LeadInvitation.Customer.AwsMaturity"] == Fact("text", 255)  # by `max`
    assert facts[f"{deal}.Project.Title"] == Fact("text", 255, True)  # by its pattern
    assert facts[f"{deal}.Customer.WebsiteUrl"] == Fact("text", 255, True)
    assert facts[f"{deal}.Project.TargetCompletionDate"] == Fact("date", None, True)
    assert facts[f"{deal}.Project.ExpectedCustomerSpend.Amount"] == Fact("number")
    assert facts[f"{deal}.SenderContacts"] == Fact()
    assert facts[f"{deal}.SenderContacts.Email"] == Fact("text", 80, True)
    assert facts["EnrichmentContext.ProspectingResultAws.Insights.SolutionScore"] == Fact()


def test_no_made_up_invitation_is_longer_than_documented() -> None:
    facts = member_facts()

    def check(value: object, path: str) -> None:
        if isinstance(value, dict):
            for name, member in value.items():
                check(member, f"{path}.{name}" if path else name)
        elif isinstance(value, list):
            for item in value:
                check(item, path)
        elif isinstance(value, str) and path in facts:
            assert len(value) <= (facts[path].longest or len(value)), path

    for raw in make_invitations(50):
        check(raw, "")


def test_how_many_values_a_filter_takes() -> None:
    assert most_values("ListEngagementInvitations", "EngagementIdentifier") == 10
    assert most_values("ListEngagementInvitations", "PayloadType") is None


def test_boto3_is_not_needed_for_any_of_it() -> None:
    code = (
        "import sys; from connector.fetch.service_model import member_tree; member_tree();"
        "sys.exit('boto3' in sys.modules or 'botocore.session' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
