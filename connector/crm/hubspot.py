"""HubSpot: contacts, companies, deals, leads and custom objects of any account, through its CRM API.

Records carry our key in a unique property, so that a write whose answer was lost can be sent again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import BaseModel

from connector.crm.base import Crm
from connector.crm.hubspot_client import Client
from connector.crm.hubspot_describe import Objects
from connector.crm.hubspot_read import Reader
from connector.crm.hubspot_settings import Settings as AccountSettings
from connector.crm.hubspot_write import Writer
from connector.errors import RefusedError
from connector.records import ObjectMeta, Record, Write, WriteResult


class HubSpotCrm(Crm):
    """See ``Crm``. Nothing is sent before the first question is asked."""

    name = "hubspot"
    Settings: ClassVar[type[BaseModel]] = AccountSettings
    batch_size = 100  # records that a batch takes
    gather = 500

    def __init__(self, settings: AccountSettings, client: Client, *, read_only: bool) -> None:
        self._client = client
        self._read_only = read_only
        self._objects = Objects(client)
        self._reader = Reader(client, self._objects, settings.scan_rows)
        self._writer = Writer(client, self._objects, self._reader)

    @classmethod
    def open(cls, settings: Any, directory: Path, *, read_only: bool = False) -> Self:
        """See ``Crm.open``. Raises ConfigurationError when a file that the settings name is no good."""
        return cls(settings, Client(settings, directory), read_only=read_only)

    def close(self) -> None:
        self._client.close()

    def calls(self) -> Mapping[str, int]:
        """Requests by operation, every attempt counted: what the account's daily limit counts."""
        return dict(self._client.calls)

    def objects(self) -> Sequence[str]:
        return self._objects.names()

    def describe(self, objects: Iterable[str]) -> Mapping[str, ObjectMeta]:
        return self._objects.describe(objects)

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
        if self._read_only:
            raise RefusedError("the CRM was opened to be read only", service="hubspot", operation="write")
        return self._writer.write(writes) if writes else []
