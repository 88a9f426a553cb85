"""The peer: a script with boto3 and simple-salesforce. List, get, query, upsert, one by one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import boto3
from botocore.config import Config
from simple_salesforce import Salesforce, format_soql

Raw = dict[str, Any]
CATALOG = "Sandbox"


def partner_central() -> Any:
    # The retry mode that AWS recommends where calls are throttled.
    config = Config(retries={"mode": "adaptive", "max_attempts": 10}, max_pool_connections=20)
    return boto3.client("partnercentral-selling", config=config)


def summaries(aws: Any) -> Iterator[Raw]:
    pages = aws.get_paginator("list_engagement_invitations")
    for page in pages.paginate(Catalog=CATALOG, ParticipantType="RECEIVER"):
        yield from page["EngagementInvitationSummaries"]


def get(aws: Any, summary: Raw) -> Raw:
    invitation: Raw = aws.get_engagement_invitation(Catalog=CATALOG, Identifier=summary["Id"])
    del invitation["ResponseMetadata"]
    return invitation


class Crm:
    def __init__(self) -> None:
        self.sf = Salesforce(
            instance_url=os.environ["SF_INSTANCE_URL"], session_id=os.environ["SF_ACCESS_TOKEN"]
        )

    def find(self, sobject: str, **equal: str) -> str | None:
        """The id of a record that has one of these values."""
        where = " OR ".join(format_soql(f"{name} = {{}}", value) for name, value in equal.items())
        found = self.sf.query(f"SELECT Id FROM {sobject} WHERE {where} LIMIT 1")["records"]
        return found[0]["Id"] if found else None

    def save(
        self, sobject: str, key: dict[str, str], fields: Raw, title: dict[str, str] | None = None
    ) -> str:
        """Updates the record with this key or title, or creates it. Its id."""
        known = self.find(sobject, **key, **(title or {}))
        if known:
            getattr(self.sf, sobject).update(known, fields | key)
            return known
        ((name, value),) = key.items()
        path = f"{name}/{quote(value, safe='')}"
        return str(getattr(self.sf, sobject).upsert(path, fields, raw_response=True).json()["id"])

    def close(self, sobject: str, invitation: str, **fields: str) -> None:
        known = self.find(sobject, AWS_Invitation_Id__c=invitation)
        if known:
            getattr(self.sf, sobject).update(known, fields)


def land(invitation: Raw, crm: Crm) -> None:
    """Makes the CRM hold what an invitation says."""
    identifier, status = invitation["Id"], invitation["Status"]
    deal = invitation["Payload"].get("OpportunityInvitation")
    if status == "PENDING" or (status == "ACCEPTED" and not deal):
        crm.save("Lead", {"AWS_Invitation_Id__c": identifier}, lead(invitation))
    elif status == "ACCEPTED":
        land_deal(invitation, deal, crm)
        crm.close("Lead", identifier, Status="Closed - Not Converted", AWS_Status__c=status)
    else:
        crm.close("Lead", identifier, Status="Closed - Not Converted", AWS_Status__c=status)
        crm.close("Opportunity", identifier, StageName="Closed Lost", AWS_Status__c=status)


def land_deal(invitation: Raw, deal: Raw, crm: Crm) -> None:
    company, key = deal["Customer"]["CompanyName"], domain(deal["Customer"]["WebsiteUrl"])
    account = crm.save("Account", {"AWS_Customer_Key__c": key}, {"Name": company}, {"Name": company})
    title = deal["Project"]["Title"]
    opportunity = crm.save(
        "Opportunity",
        {"AWS_Invitation_Id__c": invitation["Id"]},
        {
            "Name": title[:120],
            "AWS_Project_Title__c": title,
            "AccountId": account,
            "StageName": "Prospecting",
            "CloseDate": deal["Project"]["TargetCompletionDate"],
            "Description": deal["Project"]["BusinessProblem"],
            **common(invitation),
        },
        {"AWS_Project_Title__c": title},
    )
    for person in deal.get("SenderContacts") or ():
        email = person["Email"]
        names = {"FirstName": person.get("FirstName"), "LastName": person.get("LastName") or email}
        contact = crm.save(
            "Contact", {"AWS_Contact_Key__c": email}, names | {"Email": email}, {"Email": email}
        )
        role = {"AWS_Contact_Role_Key__c": f"{invitation['Id']}/{email}"}
        if not crm.find("OpportunityContactRole", **role):  # Salesforce lets nobody move one
            ids = {"OpportunityId": opportunity, "ContactId": contact}
            crm.sf.OpportunityContactRole.create(role | ids)


def lead(invitation: Raw) -> Raw:
    ((_, payload),) = invitation["Payload"].items()
    customer = payload["Customer"]
    title = payload.get("Project", {}).get("Title")
    names = {"Company": customer["CompanyName"], "LastName": "Not disclosed", "AWS_Project_Title__c": title}
    return {
        **names,
        "Website": customer.get("WebsiteUrl"),
        "Status": "Open - Not Contacted",
        **common(invitation),
    }


def common(invitation: Raw) -> Raw:
    return {"AWS_Engagement_Id__c": invitation["EngagementId"], "AWS_Status__c": invitation["Status"]}


def domain(url: str) -> str:
    return url.partition("//")[2].removeprefix("www.") if "//" in url else url.removeprefix("www.")


def main() -> None:
    aws, crm = partner_central(), Crm()
    for summary in summaries(aws):
        land(get(aws, summary), crm)


if __name__ == "__main__":
    main()
