"""The standard fields of the loopback org, after Salesforce's object reference.

A line of a table: name, type with its size, flags, label. Flags: C createable, U updateable, N nillable,
D defaulted on create, i a field to look records up by, - none of these.
"""

from __future__ import annotations

SYSTEM = """
Id id D Record ID
IsDeleted bool D Deleted
CreatedDate datetime D Created Date
CreatedById ref(User) D Created By ID
LastModifiedDate datetime D Last Modified Date
LastModifiedById ref(User) D Last Modified By ID
SystemModstamp datetime D System Modstamp
"""
VIEWED = """
LastActivityDate date N Last Activity
LastViewedDate datetime N Last Viewed Date
LastReferencedDate datetime N Last Referenced Date
"""
_ADDRESS = """
{p}Street area(255) CUN {l}Street
{p}City text(40) CUN {l}City
{p}State text(80) CUN {l}State/Province
{p}PostalCode text(20) CUN {l}Zip/Postal Code
{p}Country text(80) CUN {l}Country
{p}Latitude double(18,15) CUN {l}Latitude
{p}Longitude double(18,15) CUN {l}Longitude
{p}GeocodeAccuracy restricted(40) CUN {l}Geocode Accuracy
{p}Address address N {l}Address
"""
_PERSON_NAME = """
LastName text(80) CU Last Name
FirstName text(40) CUN First Name
Salutation pick(40) CUN Salutation
Name text(121) - Full Name
"""


def address(prefix: str = "") -> str:
    return _ADDRESS.format(p=prefix, l=f"{prefix} " if prefix else "")


FIELDS: dict[str, str] = {
    "Account": SYSTEM
    + VIEWED
    + """
MasterRecordId ref(Account) N Master Record ID
Name text(255) CU Account Name
Type pick(40) CUN Account Type
RecordTypeId ref(RecordType) CUN Record Type ID
ParentId ref(Account) CUN Parent Account ID
Phone phone(40) CUN Account Phone
Fax phone(40) CUN Account Fax
AccountNumber text(40) CUN Account Number
Website url(255) CUN Website
PhotoUrl url(255) N Photo URL
Sic text(20) CUN SIC Code
Industry pick(40) CUN Industry
AnnualRevenue money(18,0) CUN Annual Revenue
NumberOfEmployees int(8) CUN Employees
Ownership pick(40) CUN Ownership
TickerSymbol text(20) CUN Ticker Symbol
Description long(32000) CUN Account Description
Rating pick(40) CUN Account Rating
Site text(80) CUN Account Site
OwnerId ref(User) CUD Owner ID
Jigsaw text(20) CUN Data.com Key
CleanStatus restricted(40) CUN Clean Status
AccountSource pick(40) CUN Account Source
SicDesc text(80) CUN SIC Description
"""
    + address("Billing")
    + address("Shipping"),
    "Contact": SYSTEM
    + VIEWED
    + _PERSON_NAME
    + """
MasterRecordId ref(Contact) N Master Record ID
AccountId ref(Account) CUN Account ID
Phone phone(40) CUN Business Phone
Fax phone(40) CUN Business Fax
MobilePhone phone(40) CUN Mobile Phone
HomePhone phone(40) CUN Home Phone
OtherPhone phone(40) CUN Other Phone
AssistantPhone phone(40) CUN Asst. Phone
ReportsToId ref(Contact) CUN Reports To ID
Email email(80) CUNi Email
Title text(128) CUN Title
Department text(80) CUN Department
AssistantName text(40) CUN Assistant's Name
LeadSource pick(255) CUN Lead Source
Birthdate date CUN Birthdate
Description long(32000) CUN Contact Description
OwnerId ref(User) CUD Owner ID
EmailBouncedReason text(255) CUN Email Bounced Reason
EmailBouncedDate datetime CUN Email Bounced Date
IsEmailBounced bool D Is Email Bounced
PhotoUrl url(255) N Photo URL
"""
    + address("Mailing")
    + address("Other"),
    "Lead": SYSTEM
    + VIEWED
    + _PERSON_NAME
    + """
MasterRecordId ref(Lead) N Master Record ID
Title text(128) CUN Title
Company text(255) CU Company
Phone phone(40) CUN Phone
MobilePhone phone(40) CUN Mobile Phone
Fax phone(40) CUN Fax
Email email(80) CUNi Email
Website url(255) CUN Website
PhotoUrl url(255) N Photo URL
Description long(32000) CUN Description
LeadSource pick(255) CUN Lead Source
Status pick(255) CUD Status
Industry pick(255) CUN Industry
Rating pick(255) CUN Rating
AnnualRevenue money(18,0) CUN Annual Revenue
NumberOfEmployees int(8) CUN Employees
OwnerId ref(Group,User) CUD Owner ID
IsConverted bool CD Converted
ConvertedDate date N Converted Date
ConvertedAccountId ref(Account) N Converted Account ID
ConvertedContactId ref(Contact) N Converted Contact ID
ConvertedOpportunityId ref(Opportunity) N Converted Opportunity ID
IsUnreadByOwner bool CUD Unread By Owner
Jigsaw text(20) CUN Data.com Key
CleanStatus restricted(40) CUN Clean Status
EmailBouncedReason text(255) UN Email Bounced Reason
EmailBouncedDate datetime UN Email Bounced Date
"""
    + address(),
    "Opportunity": SYSTEM
    + VIEWED
    + """
AccountId ref(Account) CUN Account ID
RecordTypeId ref(RecordType) CUN Record Type ID
IsPrivate bool CUD Private
Name text(120) CUi Name
Description long(32000) CUN Description
StageName pick(255) CU Stage
Amount money(18,2) CUN Amount
Probability percent(3,0) CUND Probability (%)
ExpectedRevenue money(18,2) N Expected Amount
TotalOpportunityQuantity double(18,2) CUN Quantity
CloseDate date CU Close Date
Type pick(255) CUN Opportunity Type
NextStep text(255) CUN Next Step
LeadSource pick(255) CUN Lead Source
IsClosed bool D Closed
IsWon bool D Won
ForecastCategory restricted(40) - Forecast Category
ForecastCategoryName restricted(255) CUND Forecast Category
CampaignId ref(Campaign) CUN Campaign ID
HasOpportunityLineItem bool D Has Line Item
Pricebook2Id ref(Pricebook2) CUND Price Book ID
OwnerId ref(User) CUD Owner ID
LastStageChangeDate datetime N Last Stage Change Date
FiscalQuarter int(8) N Fiscal Quarter
FiscalYear int(8) N Fiscal Year
ContactId ref(Contact) CN Contact ID
""",
    "OpportunityContactRole": SYSTEM
    + """
OpportunityId ref(Opportunity) C Opportunity ID
ContactId ref(Contact) CU Contact ID
Role pick(40) CUN Role
IsPrimary bool CUD Primary
""",
    "Task": SYSTEM
    + """
WhoId ref(Contact,Lead) CUN Name ID
WhatId ref(Account,Opportunity) CUN Related To ID
Subject combo(255) CUN Subject
ActivityDate date CUN Due Date Only
Status pick(255) CUD Status
Priority pick(255) CUD Priority
IsHighPriority bool D High Priority
OwnerId ref(Group,User) CUD Assigned To ID
Description long(32000) CUN Description
IsClosed bool D Closed
""",
    "User": SYSTEM
    + """
Username text(80) CUi Username
LastName text(80) CU Last Name
FirstName text(40) CUN First Name
Name text(121) - Full Name
Email email(128) CUi Email
Alias text(8) CU Alias
IsActive bool CUD Active
""",
    "RecordType": SYSTEM
    + """
Name text(80) CU Name
DeveloperName text(80) CU Record Type Name
SobjectType restricted(40) C SObject Type Name
IsActive bool CUD Active
IsPersonType bool D Is Person Type
""",
}
_INVITATION = """
AWS_Invitation_Id__c key(80) CUN AWS Invitation Id
AWS_Project_Title__c text(255) CUN AWS Project Title
AWS_Engagement_Id__c text(80) CUN AWS Engagement Id
AWS_Status__c text(40) CUN AWS Status
AWS_Invitation_Date__c datetime CUN AWS Invitation Date
AWS_Closed_Reason__c text(255) CUN AWS Closed Reason
"""
CUSTOM: dict[str, str] = {
    "Lead": _INVITATION
    + """
AWS_Expiration_Date__c datetime CUN AWS Expiration Date
AWS_Maturity__c text(80) CUN AWS Maturity
AWS_Market_Segment__c text(80) CUN AWS Market Segment
AWS_Expected_Annual_Spend__c money(18,2) CUN AWS Expected Annual Spend
""",
    "Opportunity": _INVITATION
    + """
AWS_Opportunity_Id__c text(80) CUN AWS Opportunity Id
AWS_Monthly_Spend__c money(18,2) CUN AWS Monthly Spend
""",
    "Account": "AWS_Customer_Key__c foldedkey(255) CUN AWS Customer Key",
    "Contact": "AWS_Contact_Key__c foldedkey(255) CUN AWS Contact Key",
    "OpportunityContactRole": "AWS_Contact_Role_Key__c foldedkey(255) CUN AWS Contact Role Key",
}
PERSON_ACCOUNT = {
    "Account": """
LastName text(80) CUN Last Name
FirstName text(40) CUN First Name
Salutation pick(40) CUN Salutation
IsPersonAccount bool D Is Person Account
PersonContactId ref(Contact) N Contact ID
PersonEmail email(80) CUNi Email
PersonTitle text(80) CUN Title
PersonMobilePhone phone(40) CUN Mobile
PersonHomePhone phone(40) CUN Home Phone
""",
    "Contact": "IsPersonAccount bool D Is Person Account",
    "RecordType": "",
}
CURRENCY = "CurrencyIsoCode currencycode(255) CUND Currency ISO Code"
MULTI_CURRENCY = ("Account", "Contact", "Lead", "Opportunity")
KEY_PREFIX = {
    "Account": "001",
    "Contact": "003",
    "Lead": "00Q",
    "Opportunity": "006",
    "OpportunityContactRole": "00K",
    "Task": "00T",
    "User": "005",
    "RecordType": "012",
}
OTHER_PREFIXES = {"Group": "00G", "Campaign": "701", "Pricebook2": "01s"}  # referred to, but not served
LABELS = {"OpportunityContactRole": ("Opportunity Contact Role",) * 2, "RecordType": ("Record Type",) * 2}
