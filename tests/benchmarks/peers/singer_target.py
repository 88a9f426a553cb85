"""The peer: a Singer target that writes invitations into the CRM, with the Meltano SDK."""

from __future__ import annotations

from typing import Any

from singer_sdk import Sink, Target
from singer_sdk import typing as th
from singer_sdk.sinks import RecordSink

from tests.benchmarks.peers import plain


class Salesforce(RecordSink):
    def setup(self) -> None:
        super().setup()
        self.crm = plain.Crm()

    def process_record(self, record: plain.Raw, context: Any) -> None:
        plain.land(record, self.crm)


class TargetSalesforce(Target):
    name = "target-salesforce"
    config_jsonschema = th.PropertiesList().to_dict()
    default_sink_class: type[Sink] = Salesforce


if __name__ == "__main__":
    TargetSalesforce.cli()
