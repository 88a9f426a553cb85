"""Bulk API 2.0 of the loopback org: ingest jobs."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from tests.servers.salesforce_collections import Collections
from tests.servers.salesforce_http import CSV, Reply, json_reply, some
from tests.servers.salesforce_job import DELIMITERS, ENDED, Cells, Job
from tests.servers.salesforce_objects import Sobject
from tests.servers.salesforce_rest import ApiError, Call, Core, Route, chunks, not_found
from tests.servers.salesforce_save import external_id, locked
from tests.servers.salesforce_values import SaveError, long_id

CHUNK = 200  # records that the service saves together
MAX_UPLOAD = 150_000_000  # bytes


class Bulk:
    """``seconds``: how long a job takes after its upload is complete."""

    def __init__(self, core: Core, collections: Collections, rng: random.Random, seconds: float) -> None:
        self.core, self._collections, self._rng, self.seconds = core, collections, rng, seconds
        self.jobs: dict[str, Job] = {}
        job = r"jobs/ingest/(\w+)"
        self.routes: Iterable[Route] = (
            Route.of("bulk.create", "POST", r"jobs/ingest/?", self.create),
            Route.of("bulk.list", "GET", r"jobs/ingest/?", self.list_jobs),
            Route.of("bulk.get", "GET", job + "/?", lambda call: json_reply(self._job(call).info())),
            Route.of("bulk.upload", "PUT", job + "/batches/?", self.upload),
            Route.of("bulk.close", "PATCH", job + "/?", self.close),
            Route.of("bulk.delete", "DELETE", job + "/?", self.delete),
            Route.of(
                "bulk.results",
                "GET",
                job + r"/(?i:(successfulResults|failedResults|unprocessedrecords))/?",
                self.results,
            ),
        )

    def settled(self) -> dict[str, Job]:
        """The jobs, those that are due by now done."""
        for job in self.jobs.values():
            if job.state in ("UploadComplete", "InProgress"):
                job.state = "InProgress"
                if time.monotonic() >= job.due:
                    self._process(job)
        return self.jobs

    # The resources.

    def create(self, call: Call) -> Reply:
        asked = call.json()
        one = self.core.objects.get(str(asked.get("object", "")).lower())
        if one is None:
            raise ApiError(
                400, "INVALIDENTITY", f"Entity '{asked.get('object')}' is not supported by the Bulk API."
            )
        operation, key = asked.get("operation"), asked.get("externalIdFieldName")
        if operation not in ("insert", "update", "upsert", "delete"):
            raise ApiError(400, "INVALIDJOB", f"Unable to parse Job: {operation} is no operation")
        if operation == "upsert":
            try:
                external_id(one, key or "")
            except SaveError as error:
                raise ApiError(400, "INVALIDJOB", error.message) from None
        if asked.get("contentType", "CSV") != "CSV":
            raise ApiError(400, "INVALIDJOB", "Only CSV is supported.")
        delimiter, ending = asked.get("columnDelimiter", "COMMA"), asked.get("lineEnding", "LF")
        if delimiter not in DELIMITERS or ending not in ("LF", "CRLF"):
            raise ApiError(400, "INVALIDJOB", "Unknown columnDelimiter or lineEnding")
        version = float(call.base.rpartition("/v")[2])
        # A job applies assignment rules only where it names one.
        options = replace(call.options(), bulk=True, assign="assignmentRuleId" in asked)
        identifier, user = self.core.store.new_id("750"), self.core.store.user_id
        job = Job(identifier, version, operation, one, key, delimiter, ending, options, user)
        self.jobs[identifier] = job
        return json_reply(job.info())

    def list_jobs(self, call: Call) -> Reply:
        return json_reply(
            {"done": True, "records": [job.info() for job in self.jobs.values()], "nextRecordsUrl": None}
        )

    def upload(self, call: Call) -> Reply:
        job = self._job(call)
        declared = call.request.headers.get("content-type", "").partition(";")[0].strip()
        if declared != "text/csv":
            raise ApiError(400, "INVALIDREQUEST", "Content-Type of the data must be text/csv")
        if job.data is not None:
            message = (
                f"Found multiple contents for job: <{job.id}>, please 'Close' / 'Abort' / 'Delete' the"
                " current Job then create a new Job and make sure you only do 'PUT' once on a given Job."
            )
            raise ApiError(400, "INVALIDJOBSTATE", message)
        if job.state != "Open":
            raise ApiError(400, "INVALIDJOBSTATE", f"Job is {job.state}")
        if len(call.request.body) > MAX_UPLOAD:
            raise ApiError(413, "REQUEST_ENTITY_TOO_LARGE", "The data is larger than 150 MB.")
        job.data = call.request.body
        return Reply(201)

    def close(self, call: Call) -> Reply:
        """``{"state": "UploadComplete"}``, or "Aborted"."""
        job, state = self._job(call), call.json().get("state")
        if state == "Aborted" and job.state not in ("JobComplete", "Failed"):
            job.state = "Aborted"
            job.read()
            return json_reply(job.info())
        if state != "UploadComplete" or job.state != "Open":
            message = f"Updating state to {state} is not allowed: job is {job.state}"
            raise ApiError(400, "INVALIDJOBSTATE", message)
        job.state, job.due, job.locked = (
            "UploadComplete",
            time.monotonic() + self.seconds,
            call.step == "locked",
        )
        return json_reply(job.info())

    def delete(self, call: Call) -> Reply:
        job = self._job(call)
        if job.state in ("UploadComplete", "InProgress"):
            raise ApiError(400, "INVALIDJOBSTATE", f"A job cannot be deleted while it is {job.state}")
        del self.jobs[job.id]
        return Reply(204)

    def results(self, call: Call) -> Reply:
        job, which = self._job(call), call.parts[1].lower()
        if job.state not in ENDED:
            raise ApiError(400, "INVALIDJOBSTATE", f"Results are not ready: job is {job.state}")
        if which == "successfulresults":
            head = ["sf__Id", "sf__Created"]
            rows = [
                [identifier, str(created).lower(), *cells.values()]
                for identifier, created, cells in job.successes
            ]
        elif which == "failedresults":
            head = ["sf__Id", "sf__Error"]
            rows = [[identifier, error, *cells.values()] for identifier, error, cells in job.failures]
        else:
            head, rows = [], [list(cells.values()) for cells in job.unprocessed]
        return Reply(200, job.results_csv([*head, *job.header], rows), {}, CSV)

    def _job(self, call: Call) -> Job:
        job = self.jobs.get(long_id(call.parts[0]) or "")
        if job is None:
            raise not_found()
        return job

    # The work.

    def _process(self, job: Job) -> None:
        job.read()
        unknown = [name for name in job.header if not self._is_column(job.sobject, name)]
        if not job.error and (unknown or len(set(job.header)) < len(job.header)):
            job.error = f"InvalidBatch : Field name not found : {', '.join(unknown) or 'a column repeats'}"
        if job.error:
            job.state, job.unprocessed = "Failed", job.unprocessed
            return
        rows, job.unprocessed, job.state = job.unprocessed, [], "JobComplete"
        for chunk in chunks(rows, CHUNK):
            self._save(job, chunk)

    def _is_column(self, one: Sobject, name: str) -> bool:
        link, _, key = name.partition(".")
        if not key:
            return one.get(name) is not None
        parent = one.relationships.get(link.lower())
        return parent is not None and self.core.store.object(parent.refers_to[0]).get(key) is not None

    def _save(self, job: Job, chunk: list[Cells]) -> None:
        records = [_record(cells) for cells in chunk]
        locks = some(len(chunk), self._rng) if job.locked else set()
        if job.operation == "upsert":
            known = external_id(job.sobject, job.key or "")
            upsert = self._collections.upserter(job.sobject, known, records, job.options)
        for index, (cells, record) in enumerate(zip(chunk, records, strict=True)):
            try:
                if index in locks:
                    raise locked(self.core.store.user_id)
                if job.operation == "upsert":
                    result = upsert(record)
                    job.successes.append((result["id"], result["created"], cells))
                else:
                    job.successes.append((*self._single(job, record), cells))
            except SaveError as error:
                given = long_id(str(record.get("Id"))) or ""
                what = f"{error.code}:{error.message}:{' '.join(error.fields)} --"
                job.failures.append((given, what, cells))

    def _single(self, job: Job, record: dict[str, Any]) -> tuple[str, bool]:
        saver = self.core.saver
        if job.operation == "insert":
            return saver.create(job.sobject, record, job.options), True
        identifier = record.pop("Id", None)
        if identifier is None:
            raise SaveError("MISSING_ARGUMENT", "Id not specified in an update call")
        if job.operation == "delete":
            saver.delete(job.sobject, identifier)
        else:
            saver.update(job.sobject, identifier, record, job.options)
        return long_id(identifier) or "", False


def _record(cells: Cells) -> dict[str, Any]:
    """An empty cell leaves the field alone; ``#N/A`` empties it; ``Account.Key__c`` names a parent."""
    record: dict[str, Any] = {}
    for name, cell in cells.items():
        if cell == "":
            continue
        link, _, key = name.partition(".")
        value = None if cell == "#N/A" else cell
        record[link] = {key: value} if key else value
    return record
