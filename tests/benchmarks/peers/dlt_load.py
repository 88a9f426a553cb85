"""The peer: dlt, from boto3 into SQLite (a merge) or into the CRM (a custom destination).

``python -m tests.benchmarks.peers.dlt_load FOLDER sqlite|crm``"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Any

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"

import dlt

from tests.benchmarks.peers import plain


@dlt.resource(selected=False)
def listed() -> Iterator[list[plain.Raw]]:
    yield list(plain.summaries(plain.partner_central()))


@dlt.transformer(data_from=listed, primary_key="Id", write_disposition="merge")
def invitations(summaries: list[plain.Raw]) -> Iterator[Any]:
    aws = plain.partner_central()

    @dlt.defer  # dlt's own way to get several at once
    def got(summary: plain.Raw) -> plain.Raw:
        return plain.get(aws, summary)

    for summary in summaries:
        yield got(summary)


@dlt.destination(batch_size=100)
def salesforce(items: list[plain.Raw], table: Any) -> None:
    crm = plain.Crm()
    for item in items:
        plain.land(item, crm)


def main(folder: str, kind: str) -> None:
    url = f"sqlite:///{folder}/dlt.db"
    destination = salesforce() if kind == "crm" else dlt.destinations.sqlalchemy(url)
    pipeline = dlt.pipeline(
        "invitations", destination=destination, dataset_name="main", pipelines_dir=f"{folder}/pipelines"
    )
    pipeline.run(invitations)


if __name__ == "__main__":
    main(*sys.argv[1:])
