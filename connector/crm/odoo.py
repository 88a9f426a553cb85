"""Odoo 14 to 19: leads, opportunities and partners of any database, through its external API.

A record's key is its external id, in a namespace of ours: no field needs to be added for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit

from pydantic import BaseModel

from connector.crm.base import Crm
from connector.crm.odoo_client import Client
from connector.crm.odoo_describe import Models
from connector.crm.odoo_read import Reader
from connector.crm.odoo_settings import Settings as DatabaseSettings
from connector.crm.odoo_write import Writer
from connector.errors import RefusedError
from connector.records import ObjectMeta, Record, Write, WriteResult


class OdooCrm(Crm):
    """See ``Crm``. Nothing is sent before the first question is asked."""

    name = "odoo"
    Settings: ClassVar[type[BaseModel]] = DatabaseSettings
    batch_size = 200  # records in one ``load``, which is one transaction
    gather = 1_000

    def __init__(self, settings: DatabaseSettings, client: Client, *, read_only: bool) -> None:
        self._client = client
        self._read_only = read_only
        self._location = f"{urlsplit(settings.url).hostname}/{settings.database}"
        self._models = Models(client)
        self._reader = Reader(client, self._models, settings.scan_rows)
        self._writer = Writer(client, self._models, self._reader)

    @classmethod
    def open(cls, settings: Any, directory: Path, *, read_only: bool = False) -> Self:
        """See ``Crm.open``. Raises ConfigurationError when a file that the settings name is no good."""
        return cls(settings, Client(settings, directory), read_only=read_only)

    @property
    def location(self) -> str:
        return self._location

    def close(self) -> None:
        self._client.close()

    def calls(self) -> Mapping[str, int]:
        """Requests by operation, every attempt counted."""
        return dict(self._client.calls)

    def objects(self) -> Sequence[str]:
        return self._models.names()

    def describe(self, objects: Iterable[str]) -> Mapping[str, ObjectMeta]:
        described = self._models.describe(objects)
        for name in list(described)[:1]:
            self._reader.by_key(name, [""])  # who may not look keys up is told so before a run
        return described

    def find(self, object: str, field: str, values: Sequence[str], fields: Sequence[str]) -> list[Record]:
        return self._reader.find(object, field, values, fields)

    def find_titles(
        self,
        object: str,
        title_fields: Sequence[str],
        titles: Sequence[str],
        key_field: str,  # noqa: ARG002 - a model has the one
        fields: Sequence[str],
    ) -> list[Record]:
        return self._reader.find_titles(object, title_fields, titles, fields)

    def write(self, writes: Sequence[Write]) -> list[WriteResult]:
        if self._read_only:
            raise RefusedError("the CRM was opened to be read only", service="odoo", operation="write")
        return self._writer.write(writes) if writes else []
