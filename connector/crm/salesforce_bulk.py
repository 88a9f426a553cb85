"""Many records written as one job of Bulk API 2.0.

https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/bulk_api_2_0.htm
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from connector.crm.base import Job
from connector.crm.salesforce_client import Client
from connector.crm.salesforce_values import NULL, long_id, to_cell
from connector.crm.salesforce_write import Writer, plain
from connector.errors import RefusedError, TransientError
from connector.records import Write, WriteResult

_DONE = ("JobComplete", "Failed", "Aborted")
_STATES = ("Open", "UploadComplete", "InProgress", *_DONE)
_NOT_PROCESSED = "the job ended before this record's turn"
_CODE = re.compile("[A-Z0-9_]+")
_FIELDS = re.compile("[\\w., ]*")


class Jobs:
    """See ``BulkCrm``. Raises what ``Client.call`` does."""

    def __init__(self, client: Client, writer: Writer) -> None:
        self._client = client
        self._writer = writer

    def kind(self, write: Write) -> str:
        """``upsert`` or ``update``; "" for what a file cannot say, or a job cannot check."""
        prepared = self._writer.prepared(plain(write))
        if isinstance(prepared, WriteResult) or write.distinct or self._writer.claims(prepared):
            return ""
        if prepared.key == NULL or NULL in prepared.fields.values():
            return ""  # a customer's own "#N/A" would clear the field
        return "upsert" if write.id is None else "update"

    def open(self, kind: str, writes: Sequence[Write]) -> str:
        job = {
            "object": writes[0].object,
            "operation": kind,
            "contentType": "CSV",
            "lineEnding": "LF",
            "columnDelimiter": "COMMA",
        }
        if kind == "upsert":
            job["externalIdFieldName"] = writes[0].key_field
        answer = self._client.call("bulk create", "POST", "jobs/ingest", json=job)
        if not isinstance(answer, dict) or not isinstance(answer.get("id"), str):
            raise _broken("bulk create")
        return str(answer["id"])

    def hand_in(self, job: str, kind: str, writes: Sequence[Write]) -> None:
        body = self._file(kind, writes).encode()
        self._client.call(
            "bulk upload", "PUT", f"jobs/ingest/{job}/batches", body=body, content_type="text/csv"
        )
        answer = self._client.call(
            "bulk begin", "PATCH", f"jobs/ingest/{job}", json={"state": "UploadComplete"}
        )
        if not isinstance(answer, dict) or answer.get("state") not in _STATES[1:]:
            raise _broken("bulk begin")

    def state(self, job: str) -> Job:
        answer = self._client.call("bulk state", "GET", f"jobs/ingest/{job}")
        state = answer.get("state") if isinstance(answer, dict) else None
        if state not in _STATES:
            raise _broken("bulk state")
        processed = answer.get("numberRecordsProcessed")
        # Salesforce's own text may quote what was in the file.
        failed = "" if state in ("JobComplete", *_STATES[:3]) else f"it ended as {state}"
        return Job(state == "Open", state in _DONE, processed if isinstance(processed, int) else 0, failed)

    def withdraw(self, job: str) -> None:
        self._client.call("bulk abort", "PATCH", f"jobs/ingest/{job}", json={"state": "Aborted"})

    def results(self, job: str, kind: str, writes: Sequence[Write]) -> list[WriteResult]:
        """What became of each write, by its key or id: results come in any order.

        What a duplicate rule refuses is to go by a call: there, the duplicates are named, and config's header
        for such rules counts."""
        by_name = {self._name(kind, write): write for write in writes}
        found: dict[str, WriteResult] = {}
        key = writes[0].key_field if kind == "upsert" else None
        for row in self._rows(job, "successfulResults"):
            found[_name(row, key)] = WriteResult(long_id(row["sf__Id"]))
        for row in self._rows(job, "failedResults"):
            name = _name(row, key)
            if name in by_name:
                result = self._writer.failed(by_name[name], parse_error(row.get("sf__Error") or ""))
                found[name] = result._replace(again=result.again or result.duplicates is not None)
        missing = WriteResult(error=_NOT_PROCESSED, code="NOT_PROCESSED", again=True)
        return [found.get(self._name(kind, write), missing) for write in writes]

    def _rows(self, job: str, which: str) -> Iterator[Mapping[str, str]]:
        text = self._client.call("bulk results", "GET", f"jobs/ingest/{job}/{which}", text=True)
        # A cell may hold line ends, hence no splitting into lines.
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        try:
            if "sf__Id" not in (reader.fieldnames or ()):
                raise _broken("bulk results")
            for row in reader:
                if None in row or None in row.values():
                    raise _broken("bulk results")
                yield row
        except csv.Error:
            raise _broken("bulk results") from None

    def _name(self, kind: str, write: Write) -> str:
        return plain(write).key if kind == "upsert" else long_id(write.id or "")

    def _file(self, kind: str, writes: Sequence[Write]) -> str:
        """The records as CSV; a cell left empty leaves the field as it is."""
        prepared = [self._ready(write) for write in writes]
        columns = dict.fromkeys(name for write in prepared for name in write.fields)
        first = writes[0].key_field if kind == "upsert" else "Id"
        rows = [_row([first, *columns])]
        for write in prepared:
            cells = (to_cell(write.fields[name]) if name in write.fields else "" for name in columns)
            rows.append(_row([self._name(kind, write), *cells]))
        return "".join(rows)

    def _ready(self, write: Write) -> Write:
        prepared = self._writer.prepared(write)
        if isinstance(prepared, WriteResult):  # `kind` has asked, and metadata is read once a run
            raise RefusedError("a record that does not fit", service="salesforce", operation="bulk upload")
        return prepared


def parse_error(text: str) -> dict[str, Any]:
    """``sf__Error`` (``CODE:message:Field1,Field2 --``) as REST has errors."""
    code, colon, rest = text.strip().partition(":")
    if not colon or not _CODE.fullmatch(code):
        return {"statusCode": "UNKNOWN_EXCEPTION", "message": text, "fields": []}
    rest = rest.removesuffix("--").rstrip()
    message, colon, names = rest.rpartition(":")
    if not colon or not _FIELDS.fullmatch(names):
        message, names = rest, ""
    fields = [name.strip() for name in names.split(",") if name.strip()]
    return {"statusCode": code, "message": message, "fields": fields}


def _row(cells: Iterable[str]) -> str:
    """A line of CSV. Python's writer leaves a lone carriage return bare, and there a record would begin."""
    quoted = (cell.replace('"', '""') for cell in cells)
    return ",".join(f'"{cell}"' if cell else "" for cell in quoted) + "\n"


def _name(row: Mapping[str, str], key: str | None) -> str:
    """What a result is about: its ``key``, or without one its id."""
    return (row.get(key) or "") if key else long_id(row.get("Id") or row.get("sf__Id") or "")


def _broken(operation: str) -> TransientError:
    return TransientError(
        "an answer that is not whole", service="salesforce", operation=operation, code="BROKEN_ANSWER"
    )
