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
from connector.crm.hubspot_pairs import Pairs, is_pair
from connector.crm.hubspot_properties import Property, create
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
    gather = 200  # invitations; more titles take more searches, of which few are permitted at once

    def __init__(self, settings: AccountSettings, client: Client, *, read_only: bool) -> None:
        self._client = client
        self._read_only = read_only
        self._objects = Objects(client)
        self._reader = Reader(client, self._objects, settings.scan_rows)
        self._writer = Writer(client, self._objects, self._reader)
        self._pairs = Pairs(client, self._objects, self._reader)

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
        names = list(objects)
        metas = self._client.journal.whole(self._metas, names)
        return {name: meta for name, meta in zip(names, metas, strict=True) if meta is not None}

    def _metas(self, objects: Sequence[str]) -> list[ObjectMeta | None]:
        return [(self._pairs if is_pair(name) else self._objects).meta(name) for name in objects]

    def find(self, object: str, field: str, values: Sequence[str], fields: Sequence[str]) -> list[Record]:
        reader = self._pairs if is_pair(object) else self._reader
        return self._client.journal.whole(reader.find, object, field, values, fields)

    def find_titles(
        self,
        object: str,
        title_fields: Sequence[str],
        titles: Sequence[str],
        key_field: str,
        fields: Sequence[str],
    ) -> list[Record]:
        if is_pair(object):  # which have none
            return []
        find = self._reader.find_titles
        return self._client.journal.whole(find, object, title_fields, titles, key_field, fields)

    def add_properties(self, missing: Sequence[Property]) -> dict[Property, str]:
        """Make properties; for each what went wrong, "" when nothing did."""
        self._check_writable("create property")
        return self._client.journal.whole(create, self._client, missing)

    def write(self, writes: Sequence[Write]) -> list[WriteResult]:
        self._check_writable("write")
        if not writes:
            return []
        writer = self._pairs if is_pair(writes[0].object) else self._writer
        return self._client.journal.whole(writer.write, writes)

    def _check_writable(self, operation: str) -> None:
        if self._read_only:
            message = "the CRM was opened to be read only"
            raise RefusedError(message, service="hubspot", operation=operation)
