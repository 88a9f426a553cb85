"""Invitations come in: ``partner_central`` over boto3, or ``files`` as the AWS CLI prints them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from connector.errors import ConnectorError
from connector.invitation import Invitation


@dataclass(frozen=True, slots=True)
class Selection:
    """Which invitations are asked for. Dates (aware UTC) bound ``InvitationDate``, ``until`` exclusive; an
    invitation without a date is never left out by them. Empty means all. ``statuses`` and ``payload_types``
    are the service model's values; ``participant`` is SENDER or RECEIVER."""

    ids: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    payload_types: tuple[str, ...] = ()
    engagements: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()
    participant: str = "RECEIVER"
    since: datetime | None = None
    until: datetime | None = None
    limit: int | None = None
    sort_order: str = "ASCENDING"  # by InvitationDate, the one key that the API sorts by
    configured: bool = False  # these are the config's filters, and nobody asked for fewer

    @property
    def whole(self) -> bool:
        """Whether nothing is left out."""
        return replace(self, configured=False) == Selection(
            participant=self.participant, sort_order=self.sort_order
        )

    @property
    def complete(self) -> bool:
        """Whether nothing is left out that the config lets through."""
        return self.configured or self.whole


@dataclass(frozen=True, slots=True)
class Listed:
    """One entry of a listing. ``digest`` changes when the summary does; empty means "always get it".

    ``stem`` is the digest of the summary alone, where ``digest`` has more in it. ``invitation`` is there when
    the source gave the whole at once (files), and then ``place`` says where it stood; ``error`` when
    what was listed cannot be used at all (a truncated file, an answer without Id), and then ``id`` says that.
    """

    id: str
    digest: str = ""
    status: str = ""
    payload_type: str = ""
    date: datetime | None = None
    summary: Mapping[str, Any] | None = None
    invitation: Invitation | None = None
    error: ConnectorError | None = None
    stem: str = ""
    place: str = ""


class Source(Protocol):
    """Where invitations come from. ``get`` is called from several threads when ``concurrency`` > 1."""

    catalog: str
    concurrency: int

    def list(self, selection: Selection) -> Iterator[Listed]:
        """The entries, each id once, in the order of InvitationDate where the source knows it.
        Raises ServiceError when the listing itself cannot go on."""
        ...

    def get(self, listed: Listed) -> Invitation:
        """The invitation of an entry. Raises NotFoundError when it vanished since, AccessDenied,
        TransientError when trying again did not help, InputError when the answer is no invitation."""
        ...

    def calls(self) -> Mapping[str, int]:
        """How many calls were made so far, by operation (retries included)."""
        ...

    def close(self) -> None: ...
