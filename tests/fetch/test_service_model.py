"""What is read from botocore's service model, and that it is read without boto3."""

from __future__ import annotations

import subprocess
import sys

from connector.fetch.service_model import enum_values, member_tree, most_values
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
    assert set(enums["PayloadType"]) == {"OpportunityInvitation", "LeadInvitation"}
    assert "Software and Internet" in enums["Payload.OpportunityInvitation.Customer.Industry"]
    assert "USD" in enums["Payload.OpportunityInvitation.Project.ExpectedCustomerSpend.CurrencyCode"]
    assert "Payload.OpportunityInvitation.Project.Title" not in enums


def test_how_many_values_a_filter_takes() -> None:
    assert most_values("ListEngagementInvitations", "EngagementIdentifier") == 10
    assert most_values("ListEngagementInvitations", "PayloadType") is None


def test_boto3_is_not_needed_for_any_of_it() -> None:
    code = (
        "import sys; from connector.fetch.service_model import member_tree; member_tree();"
        "sys.exit('boto3' in sys.modules or 'botocore.session' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
