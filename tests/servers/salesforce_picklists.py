"""The picklists of the loopback org, as a new org has them."""

from __future__ import annotations

_INDUSTRIES = (
    "Agriculture,Apparel,Banking,Biotechnology,Chemicals,Communications,Construction,Consulting,Education,"
    "Electronics,Energy,Engineering,Entertainment,Environmental,Finance,Food & Beverage,Government,"
    "Healthcare,Hospitality,Insurance,Machinery,Manufacturing,Media,Not For Profit,Recreation,Retail,"
    "Shipping,Technology,Telecommunications,Transportation,Utilities,Other"
)
_SOURCES = "Web,Phone Inquiry,Partner Referral,Purchased List,Other"
# "Object.Field" before "Field"; the value with a * is the default.
_PICKLISTS = {
    "Account.Type": "Prospect,Customer - Direct,Customer - Channel,Channel Partner / Reseller,"
    "Installation Partner,Technology Partner,Other",
    "Opportunity.Type": "Existing Customer - Upgrade,Existing Customer - Replacement,"
    "Existing Customer - Downgrade,New Customer",
    "Industry": _INDUSTRIES,
    "Ownership": "Public,Private,Subsidiary,Other",
    "Rating": "Hot,Warm,Cold",
    "AccountSource": _SOURCES,
    "LeadSource": _SOURCES,
    "Salutation": "Mr.,Ms.,Mrs.,Dr.,Prof.,Mx.",
    "CleanStatus": "Matched,Different,Acknowledged,NotFound,Inactive,*Pending,SelectMatch,Skipped",
    "GeocodeAccuracy": "Address,NearAddress,Block,Street,ExtendedZip,Zip,Neighborhood,City,County,State,"
    "Unknown",
    "Lead.Status": "*Open - Not Contacted,Working - Contacted,Closed - Converted,Closed - Not Converted",
    "StageName": "Prospecting,Qualification,Needs Analysis,Value Proposition,Id. Decision Makers,"
    "Perception Analysis,Proposal/Price Quote,Negotiation/Review,Closed Won,Closed Lost",
    "ForecastCategory": "Omitted,Pipeline,BestCase,MostLikely,Forecast,Closed",
    "ForecastCategoryName": "Omitted,Pipeline,Best Case,Commit,Closed",
    "Role": "Business User,Decision Maker,Economic Buyer,Economic Decision Maker,Evaluator,Executive Sponsor,"
    "Influencer,Technical Buyer,Other",
    "Task.Status": "*Not Started,In Progress,Completed,Waiting on someone else,Deferred",
    "Priority": "High,*Normal,Low",
    "Subject": "Call,Email,Send Letter,Send Quote,Other",
    "SobjectType": "Account,Contact,Lead,Opportunity,Task",
    "CurrencyIsoCode": "*USD,EUR,GBP,JPY,BRL",
}
# StageName -> (probability in percent, forecast category); a stage not listed counts as the first.
STAGES = {
    "Prospecting": (10, "Pipeline"),
    "Qualification": (10, "Pipeline"),
    "Needs Analysis": (20, "Pipeline"),
    "Value Proposition": (50, "Pipeline"),
    "Id. Decision Makers": (60, "Pipeline"),
    "Perception Analysis": (70, "Pipeline"),
    "Proposal/Price Quote": (75, "Pipeline"),
    "Negotiation/Review": (90, "Pipeline"),
    "Closed Won": (100, "Closed"),
    "Closed Lost": (0, "Omitted"),
}


def picklist(sobject: str, field: str) -> tuple[tuple[str, ...], str | None]:
    """The values of a picklist, and the one that a new record gets."""
    general = "GeocodeAccuracy" if field.endswith("GeocodeAccuracy") else field
    text = _PICKLISTS.get(f"{sobject}.{field}", _PICKLISTS.get(general, ""))
    values = text.split(",") if text else []
    default = next((value[1:] for value in values if value.startswith("*")), None)
    if field == "CleanStatus":
        default = None  # set by the service when it matches, not on creation
    return tuple(value.removeprefix("*") for value in values), default
