"""Salesforce: leads, opportunities, accounts and contacts of any org, through its REST and Bulk APIs.

Records carry our key in an external id field, so that a write whose answer was lost can be sent again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import BaseModel

from connector.crm.base import BulkCrm, Claimed, Job
from connector.crm.salesforce_bulk import Jobs
from connector.crm.salesforce_client import Client
from connector.crm.salesforce_org import Org
from connector.crm.salesforce_read import Reader
from connector.crm.salesforce_settings import Settings as OrgSettings
from connector.crm.salesforce_write import Writer
from connector.errors import RefusedError
from connector.records import ObjectMeta, Record, Write, WriteResult


class SalesforceCrm(BulkCrm):
    """See ``Crm`` and ``BulkCrm``. Nothing is sent before the first question is asked."""

    name = "salesforce"
    Settings: ClassVar[type[BaseModel]] = OrgSettings
    batch_size = 200  # records that a call of sObject Collections takes
    gather = 5_000  # calls are counted by the day, and cost the same for one record as for 200

    def __init__(self, settings: OrgSettings, client: Client, *, read_only: bool) -> None:
        self._client = client
        self._read_only = read_only
        self._location = settings.location()
        self._org = Org(client)
        self._reader = Reader(client, self._org, settings.api_version, settings.scan_rows)
        self._writer = Writer(client, self._org, self._reader, _headers(settings))
        self._jobs = Jobs(client, self._writer)
        self.bulk_from = settings.bulk_from
        self._assigns = settings.assignment_rules

    @classmethod
    def open(cls, settings: Any, directory: Path, *, read_only: bool = False) -> Self:
        """See ``Crm.open``. Raises ConfigurationError when a file that the settings name is no good."""
        return cls(settings, Client(settings, directory), read_only=read_only)

    def heed(self, claimed: Claimed) -> None:
        self._writer.alike.claimed = claimed

    @property
    def location(self) -> str:
        """The org's own host, which an org that signs in at Salesforce's common one tells only then."""
        return self._location or self._client.org()

    def close(self) -> None:
        self._client.close()

    def calls(self) -> Mapping[str, int]:
        """Calls by operation, sign-in included, every attempt counted: what the org's daily limit counts."""
        return dict(self._client.calls)

    def objects(self) -> Sequence[str]:
        return self._org.objects()

    def describe(self, objects: Iterable[str]) -> Mapping[str, ObjectMeta]:
        return self._org.describe(objects)

    def find(self, object: str, field: str, values: Sequence[str], fields: Sequence[str]) -> list[Record]:
        return self._reader.find(object, field, values, fields)

    def find_titles(
        self,
        object: str,
        title_fields: Sequence[str],
        titles: Sequence[str],
        key_field: str,
        fields: Sequence[str],
    ) -> list[Record]:
        return self._reader.find_titles(object, title_fields, titles, key_field, fields)

    def write(self, writes: Sequence[Write]) -> list[WriteResult]:
        self._check_writable("write")
        return self._writer.write(writes) if writes else []

    # -- jobs

    def bulk_kind(self, write: Write) -> str:
        # A job asks no assignment rules.
        return "" if self._assigns else self._jobs.kind(write)

    def open_job(self, kind: str, writes: Sequence[Write]) -> str:
        self._check_writable("bulk create")
        return self._jobs.open(kind, writes)

    def hand_in(self, job: str, kind: str, writes: Sequence[Write]) -> None:
        self._jobs.hand_in(job, kind, writes)

    def job(self, job: str) -> Job:
        return self._jobs.state(job)

    def withdraw(self, job: str) -> None:
        self._jobs.withdraw(job)

    def job_results(self, job: str, kind: str, writes: Sequence[Write]) -> list[WriteResult]:
        return self._jobs.results(job, kind, writes)

    def _check_writable(self, operation: str) -> None:
        if self._read_only:
            message = "the CRM was opened to be read only"
            raise RefusedError(message, service="salesforce", operation=operation)


def _headers(settings: OrgSettings) -> dict[str, str]:
    """What goes with every write. An org's assignment rules run unless told not to, and would give a lead to
    another owner at every sync."""
    headers = {"Sforce-Auto-Assign": "TRUE" if settings.assignment_rules else "FALSE"}
    if settings.allow_duplicates:
        headers["Sforce-Duplicate-Rule-Header"] = "allowSave=true"
    return headers
