"""The peer: dlt merges an NDJSON file of invitations into SQLite, as its users write it: no validation,
matching, plan or ledger. ``python -m tests.benchmarks.peers.dlt_merge FILE FOLDER bare|rows|whole``

*bare*: twelve columns of each; *rows*: a row of each, its payload and other parts as JSON; *whole*: as dlt
does by itself, each member a column and each list a table of its own."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson


def rows(path: Path, shape: str) -> Iterator[dict[str, Any]]:
    with path.open("rb") as file:
        for line in file:
            raw = orjson.loads(line)
            if shape != "bare":
                yield {**raw, "id": raw["Id"]}
                continue
            payload = (raw.get("Payload") or {}).get("OpportunityInvitation") or {}
            customer, project = payload.get("Customer") or {}, payload.get("Project") or {}
            yield {
                "id": raw["Id"],
                "status": raw.get("Status"),
                "payload_type": raw.get("PayloadType"),
                "engagement_id": raw.get("EngagementId"),
                "invitation_date": raw.get("InvitationDate"),
                "title": project.get("Title"),
                "business_problem": project.get("BusinessProblem"),
                "target_completion_date": project.get("TargetCompletionDate"),
                "company_name": customer.get("CompanyName"),
                "country_code": customer.get("CountryCode"),
                "industry": customer.get("Industry"),
                "website_url": customer.get("WebsiteUrl"),
            }


def main(path: Path, folder: Path, shape: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    import dlt

    pipeline = dlt.pipeline(
        "bare",
        destination=dlt.destinations.sqlalchemy(f"sqlite:///{folder / 'dlt.db'}"),
        dataset_name="main",
        pipelines_dir=str(folder / "pipelines"),
    )
    resource = dlt.resource(
        rows(path, shape),
        name="invitations",
        write_disposition="merge",
        primary_key="id",
        max_table_nesting=0 if shape == "rows" else None,
    )
    pipeline.run(resource)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
