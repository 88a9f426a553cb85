"""Invitations from AWS Partner Central: list and get, retried and paced, from the raw bodies of answers."""

from __future__ import annotations

import base64
import json
import logging
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from botocore.paginate import Paginator

from connector.errors import InputError, NotFoundError, UsageError
from connector.fetch import Listed, Selection, Source
from connector.fetch.aws_errors import NAME
from connector.fetch.calls import Calls
from connector.fetch.client import Answer, Client, ClientSettings
from connector.fetch.listing import LIST, SUMMARIES, Listing, Pages
from connector.fetch.service_model import (
    SERVICE,
    enum_values,
    member_tree,
    most_values,
    paging,
    service_model,
)
from connector.invitation import Invitation, digest, parse
from connector.retry import RetryPolicy

__all__ = ["ClientSettings", "PartnerCentral", "enum_values", "member_tree"]

log = logging.getLogger(__name__)

GET = "GetEngagementInvitation"
_ARN = re.compile(
    r"arn:[^:]*:partnercentral:[^:]*:[^:]*:catalog/(?P<catalog>\w+)/engagement-invitation/(?P<id>[\w-]+)"
)


class PartnerCentral(Source):
    """The invitations of one partner account and catalog.

    ``reads_per_second`` bounds all reads together, ``writes_per_second`` all writes, as ``Calls`` says;
    ``budget("read")`` or ``budget("write")`` is called before every attempt and may raise BudgetExhausted.
    ``close`` wakes threads that wait for their turn; their calls end in Interrupted. ``clock`` and ``sleep``
    are in seconds.
    """

    def __init__(
        self,
        settings: ClientSettings,
        *,
        policy: RetryPolicy,
        reads_per_second: float | None = 10.0,
        writes_per_second: float | None = 1.0,
        budget: Callable[[str], None] = lambda _kind: None,
        concurrency: int = 8,
        sleep: Callable[[float], object] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.catalog = settings.catalog
        self.concurrency = concurrency
        self._closed = threading.Event()
        client = Client(settings, connections=concurrency + 1)  # the listing goes on beside the gets
        shared: dict[str, Any] = {
            "policy": policy,
            "budget": budget,
            "closed": self._closed,
            "sleep": sleep or self._closed.wait,
            "clock": clock,
        }
        self._client = client
        self._reads = Calls("read", client, per_second=reads_per_second, **shared)
        self._writes = Calls("write", client, per_second=writes_per_second, **shared)

    @property
    def url(self) -> str:
        """Where the service is."""
        return self._client.url

    def list(self, selection: Selection) -> Iterator[Listed]:
        """The entries of ``ListEngagementInvitations``, each id once.

        With ``selection.ids`` (or ARNs) nothing is listed and no other filter applies: each is yielded as it
        is given. ``since`` and ``until`` are applied here, the API has no such filter. Raises AccessDenied,
        RefusedError, TransientError or ServiceError when the listing cannot go on.
        """
        if selection.ids:
            entries = self._given(selection.ids)
        else:
            entries = Listing(self._list_page, _list_parameters(self.catalog, selection)).entries(selection)
        return islice(entries, selection.limit)

    def get(self, listed: Listed) -> Invitation:
        """See Source. An answer with another Id than was asked for is an InputError."""
        if listed.error is not None:
            raise listed.error
        raw = self._get(listed.id).raw
        if listed.id not in (raw["Id"], raw.get("Arn")):
            raise InputError(
                f"{NAME} answered with another invitation than {listed.id}",
                hint="nothing was stored; if it stays so, tell AWS Partner Central's support",
            )
        return parse(raw, f"{NAME} {self.catalog} {raw['Id']}")

    def read(self, operation: str, **parameters: Any) -> Mapping[str, Any]:
        """The answer to any read of the catalog, as it was sent. Raises NotFoundError, AccessDenied,
        RefusedError, TransientError when trying again did not help."""
        # A cut answer may look like one without members; no real one to a read has none.
        has_any = lambda answer: bool(answer.raw)  # noqa: E731
        return self._reads.call(operation, has_any, Catalog=self.catalog, **parameters).raw

    def write(self, operation: str, *needs: str, **parameters: Any) -> Mapping[str, Any]:
        """The answer to a write, which must have the members that it ``needs``. It is sent again when its
        answer is lost: its first sending may be why the service then refuses it. Raises as ``read`` does."""
        has_all = lambda answer: all(isinstance(answer.raw.get(name), str) for name in needs)  # noqa: E731
        return self._writes.call(operation, has_all, Catalog=self.catalog, **parameters).raw

    def read_all(self, operation: str, member: str, **parameters: Any) -> Iterator[Mapping[str, Any]]:
        """The entries of ``member`` on all pages of a listing. Raises ServiceError when it has no end."""
        met, pages = set[str](), Pages()
        while True:
            page = self.read(operation, **parameters)
            entries = page.get(member) or ()
            yield from (entry for entry in entries if isinstance(entry, dict))
            token = page.get("NextToken")
            if not isinstance(token, str) or not token:
                return
            met.update(map(digest, entries))
            pages.turned(token, len(met))
            parameters["NextToken"] = token

    def calls(self) -> Mapping[str, int]:
        return {**self._reads.made(), **self._writes.made()}

    def close(self) -> None:
        self._closed.set()
        self._client.close()

    def get_parsed(self, identifier: str) -> dict[str, Any]:
        """The answer as ``aws partnercentral-selling get-engagement-invitation`` prints it."""
        return _printed(self._get(identifier), GET)

    def list_parsed(
        self,
        selection: Selection,
        max_items: int | None = None,
        starting_token: str | None = None,
        page_size: int | None = None,
    ) -> dict[str, Any]:
        """What ``aws partnercentral-selling list-engagement-invitations`` prints, all pages put together.

        The arguments are the CLI's ``--max-items``, ``--starting-token`` and ``--page-size``; ``NextToken``
        in the answer is a next call's ``starting_token``. The selection's ids, dates and limit have no
        meaning here. Raises UsageError for a starting token that is none, ServiceError where there is no end.
        """
        return dict(self._pages(selection, max_items, starting_token, page_size).build_full_result())

    def list_pages(
        self,
        selection: Selection,
        max_items: int | None = None,
        starting_token: str | None = None,
        page_size: int | None = None,
    ) -> tuple[Sequence[Mapping[str, Any]], str | None]:
        """The same, page by page as ``--output text`` prints it: the summaries of each page, and the token of
        where a listing cut by ``max_items`` goes on."""
        pages = self._pages(selection, max_items, starting_token, page_size)
        return [{SUMMARIES: page.get(SUMMARIES)} for page in pages], pages.resume_token

    def _pages(
        self,
        selection: Selection,
        max_items: int | None,
        starting_token: str | None,
        page_size: int | None,
    ) -> Any:
        _check_starting(starting_token)
        make: Any = Paginator  # whose stubs want a method's name for the method
        met, turns = set[str](), Pages()

        def page(**parameters: Any) -> dict[str, Any]:
            answer = self._list_page(parameters)
            met.update(map(digest, answer.raw[SUMMARIES] or ()))
            if token := answer.raw.get("NextToken"):
                turns.turned(token, len(met))
            return _printed(answer, LIST)

        pages = make(
            page,
            paging(LIST),
            service_model().operation_model(LIST),
        )
        limits = {"MaxItems": max_items, "StartingToken": starting_token, "PageSize": page_size}
        return pages.paginate(**_list_parameters(self.catalog, selection), PaginationConfig=limits)

    def _given(self, identifiers: tuple[str, ...]) -> Iterator[Listed]:
        given: dict[str, Listed] = {}
        for identifier in identifiers:
            listed = self._as_listed(identifier.strip())
            given.setdefault(listed.id, listed)
        yield from given.values()

    def _as_listed(self, identifier: str) -> Listed:
        arn = _ARN.fullmatch(identifier)
        if arn is None:
            return Listed(identifier)
        if arn["catalog"] == self.catalog:
            return Listed(arn["id"])
        error = InputError(
            f"{arn['id']} is of the catalog {arn['catalog']}, and {self.catalog} is asked",
            hint=f"use --catalog {arn['catalog']}",
        )
        return Listed(arn["id"], error=error)

    def _get(self, identifier: str) -> Answer:
        try:
            return self._reads.call(GET, _has_id, Catalog=self.catalog, Identifier=identifier)
        except NotFoundError as error:
            raise NotFoundError(
                f"there is no invitation {identifier} (any more): {error.message}",
                service=SERVICE,
                operation=GET,
                code=error.code,
                hint=error.hint,
            ) from None

    def _list_page(self, parameters: Mapping[str, Any]) -> Answer:
        return self._reads.call(LIST, _has_summaries, **parameters)


def _has_id(answer: Answer) -> bool:
    identifier = answer.raw.get("Id")
    return isinstance(identifier, str) and bool(identifier.strip())


def _has_summaries(answer: Answer) -> bool:
    raw, absent = answer.raw, object()
    return isinstance(raw.get(SUMMARIES, absent), (list, type(None))) and isinstance(
        raw.get("NextToken"), (str, type(None))
    )


def _list_parameters(catalog: str, selection: Selection) -> dict[str, Any]:
    filters = {
        "PayloadType": selection.payload_types,
        "Status": selection.statuses,
        "EngagementIdentifier": selection.engagements,
        "SenderAwsAccountId": selection.senders,
    }
    for member, values in filters.items():
        most = most_values(LIST, member)
        if most is not None and len(values) > most:
            raise UsageError(f"at most {most} values of {member} in one listing, not {len(values)}")
    sort = {"SortBy": "InvitationDate", "SortOrder": selection.sort_order}
    return {
        "Catalog": catalog,
        "ParticipantType": selection.participant,
        **({"Sort": sort} if selection.sort_order else {}),
        **{member: list(values) for member, values in filters.items() if values},
    }


def _check_starting(token: str | None) -> None:
    """botocore takes a token apart without a look at what it holds; one that is not its own goes to the
    service as it is."""
    try:
        decoded = json.loads(base64.b64decode((token or "").encode()))
    except ValueError:
        return
    known = isinstance(decoded, dict) and decoded.keys() <= {"NextToken", "boto_truncate_amount"}
    if not (
        known
        and isinstance(decoded.get("NextToken"), (str, type(None)))
        and isinstance(decoded.get("boto_truncate_amount", 0), int)
    ):
        raise UsageError("this starting token is none", hint="give the NextToken of an answer")


def _printed(answer: Answer, operation: str) -> dict[str, Any]:
    if answer.parsed is None:
        # The AWS CLI prints an error here; the answer itself is of more use to whoever asked for it.
        log.warning("%s: the answer is not what the service model says; it is shown as it came", operation)
        return dict(answer.raw)
    return answer.parsed
