"""From a config to the source of invitations, and what of it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as MappingType
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from connector.cli.selecting import warn_unknown
from connector.errors import UsageError
from connector.fetch import Selection, Source
from connector.fetch.files import Files
from connector.invitation import Engaged
from connector.mapping.model import Mapping
from connector.sections import FilesSource, PartnerCentralSource
from connector.settings import Config

Engagements = MappingType[str, Engaged]  # by invitation id

_CLIENT = (
    "catalog",
    "profile",
    "region",
    "endpoint_url",
    "ca_bundle",
    "verify_ssl",
    "read_timeout",
    "connect_timeout",
    "sign_requests",
    "role_arn",
    "external_id",
    "role_session_name",
    "source_identity",
)


def client_arguments(source: PartnerCentralSource, directory: Path) -> dict[str, Any]:
    """What ``ClientSettings`` takes; ``ca_bundle`` counts from ``directory``."""
    values: dict[str, Any] = {name: getattr(source, name) for name in _CLIENT}
    if source.ca_bundle:
        values["ca_bundle"] = str(directory / source.ca_bundle)
    return values


def open_source(config: Config, budget: Callable[[str], None] = lambda _kind: None) -> Source:
    """The source that the config names. ``budget`` is asked before every call of the service."""
    source = config.source
    if isinstance(source, FilesSource):
        return Files(source.path, config.directory)
    # Its SDK takes longer to load than a small run over files takes altogether.
    from connector.fetch.partner_central import ClientSettings, PartnerCentral

    return PartnerCentral(
        ClientSettings(**client_arguments(source, config.directory)),
        policy=config.retry.policy("source"),
        reads_per_second=source.reads_per_second,
        writes_per_second=source.writes_per_second,
        budget=budget,
        concurrency=source.concurrency,
    )


def enriched(
    source: Source, mapping: Mapping, known: Callable[[], Engagements], *, linked: bool = False
) -> Source:
    """``source``, with what a mapping names beside the invitation, and the opportunity if the CRM's id is to
    be ``linked`` to it. Files have it in them, or not at all."""
    members = mapping.beside | ({"Opportunity"} if linked else set())
    if not members or isinstance(source, Files):
        return source
    from connector.fetch.enrichment import Enriched, Service

    return Enriched(cast(Service, source), members, known)


def selection(config: Config, **chosen: Any) -> Selection:
    """The config's filters, and what was ``chosen`` on the command line in their place."""
    source, since, until = config.source, chosen.get("since"), chosen.get("until")
    if since and until and since >= until:
        raise UsageError("--until is not later than --since: no invitation lies between them")
    warn_unknown("--status", "Status", chosen.get("statuses", ()))
    filters: dict[str, Any] = {
        "statuses": source.statuses,
        "payload_types": source.payload_types,
        "participant": source.participant_type,
        "sort_order": source.sort_order,
    }
    configured = Selection(**filters)
    wanted = replace(configured, **{name: value for name, value in chosen.items() if value})
    return replace(wanted, configured=wanted == configured)
