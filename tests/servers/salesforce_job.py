"""An ingest job of the Bulk API 2.0: what is known of it, and its CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.servers.salesforce_objects import Sobject
from tests.servers.salesforce_save import Options
from tests.servers.salesforce_store import now

DELIMITERS = {"BACKQUOTE": "`", "CARET": "^", "COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "TAB": "\t"}
ENDED = ("JobComplete", "Failed", "Aborted")
Cells = dict[str, str]


@dataclass
class Job:
    """``due``: when (time.monotonic) an uploaded job is done."""

    id: str
    version: float
    operation: str
    sobject: Sobject
    key: str | None
    delimiter: str
    line_ending: str
    options: Options
    created_by: str
    state: str = "Open"
    data: bytes | None = None
    due: float = 0.0
    error: str | None = None
    created: str = field(default_factory=now)
    header: list[str] = field(default_factory=list)
    successes: list[tuple[str, bool, Cells]] = field(default_factory=list)
    failures: list[tuple[str, str, Cells]] = field(default_factory=list)
    unprocessed: list[Cells] = field(default_factory=list)
    locked: bool = False

    def info(self) -> dict[str, Any]:
        info: dict[str, Any] = {
            "id": self.id,
            "operation": self.operation,
            "object": self.sobject.name,
            "createdById": self.created_by,
            "createdDate": self.created,
            "systemModstamp": now(),
            "state": self.state,
            "concurrencyMode": "Parallel",
            "contentType": "CSV",
            "apiVersion": self.version,
            "jobType": "V2Ingest",
            "lineEnding": self.line_ending,
            "columnDelimiter": self.delimiter,
        }
        if self.key:
            info["externalIdFieldName"] = self.key
        if self.state == "Open":
            info["contentUrl"] = f"services/data/v{self.version}/jobs/ingest/{self.id}/batches"
        return info | {
            "numberRecordsProcessed": len(self.successes) + len(self.failures),
            "numberRecordsFailed": len(self.failures),
            "retries": 0,
            "totalProcessingTime": 0,
            "apiActiveProcessingTime": 0,
            "apexProcessingTime": 0,
            **({"errorMessage": self.error} if self.error else {}),
        }

    def read(self) -> None:
        """Every row of the upload, none processed yet. Sets ``error`` for data that cannot be read."""
        try:
            text = (self.data or b"").decode("utf-8-sig")
        except UnicodeDecodeError:
            self.error = "InvalidBatch : Failed to parse CSV: the data is not UTF-8"
            return
        first = text.partition("\n")[0]
        if text and first.endswith("\r") != (self.line_ending == "CRLF"):
            self.error = (
                "ClientInputError : LineEnding is invalid on user data. "
                f"Current LineEnding setting is {self.line_ending}"
            )
            return
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=DELIMITERS[self.delimiter], strict=True)
        try:
            rows = [row for row in reader if row]
        except csv.Error as error:
            self.error = f"InvalidBatch : Failed to parse CSV: {error}"
            return
        self.header = rows[0] if rows else []
        if any(len(row) > len(self.header) for row in rows):
            self.error = "InvalidBatch : Failed to parse CSV: a row has more cells than the header"
            return
        filled = (row + [""] * (len(self.header) - len(row)) for row in rows[1:])
        self.unprocessed = [dict(zip(self.header, row, strict=True)) for row in filled]

    def results_csv(self, head: list[str], rows: Iterable[list[str]]) -> bytes:
        """A file of results, every cell in quotes."""
        ending = "\r\n" if self.line_ending == "CRLF" else "\n"
        text = io.StringIO(newline="")
        delimiter = DELIMITERS[self.delimiter]
        writer = csv.writer(text, delimiter=delimiter, lineterminator=ending, quoting=csv.QUOTE_ALL)
        writer.writerow(head)
        writer.writerows(rows)
        return text.getvalue().encode()
