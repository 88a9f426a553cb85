"""The peer: a Singer tap of invitations, with the Meltano SDK. Its target is ``singer_target``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from singer_sdk import Stream, Tap
from singer_sdk import typing as th

from tests.benchmarks.peers import plain


class Invitations(Stream):
    name = "invitations"
    primary_keys = ("Id",)
    schema = th.PropertiesList(
        th.Property("Id", th.StringType, required=True),
        th.Property("EngagementId", th.StringType),
        th.Property("Status", th.StringType),
        th.Property("PayloadType", th.StringType),
        th.Property("Payload", th.ObjectType(additional_properties=True)),
    ).to_dict()

    def get_records(self, context: Any) -> Iterable[plain.Raw]:
        aws = plain.partner_central()
        for summary in plain.summaries(aws):
            yield plain.get(aws, summary)


class TapPartnerCentral(Tap):
    name = "tap-partner-central"
    config_jsonschema = th.PropertiesList().to_dict()

    def discover_streams(self) -> list[Stream]:
        return [Invitations(self)]


if __name__ == "__main__":
    TapPartnerCentral.cli()
