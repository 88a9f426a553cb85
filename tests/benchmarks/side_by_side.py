"""Our connector and its peers against the same services, one after the other: backfill, first sync, steady
state."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.benchmarks.clients import Client, environ
from tests.benchmarks.measure import Row, timed
from tests.benchmarks.services import Pace, Services, services

PAGE = 100  # invitations that a call lists
_WRITES = ("bulk", "collections", "sobject.")
_UNHURRIED = {"CRM_CONNECTOR__SOURCE__READS_PER_SECOND": "100000"}


def backfill(clients: Sequence[Client], count: int, pace: Pace) -> Iterator[Row]:
    """``count`` invitations into an empty CRM."""
    for client in clients:
        with services(count, pace) as served:
            yield {"scenario": "backfill", **measured(client, served, count, due=count)}


def first_sync(clients: Sequence[Client], count: int, pace: Pace) -> Iterator[Row]:
    """As many into a CRM where sales has opened by hand an opportunity for each that was accepted."""
    for client in clients:
        with services(count, pace) as served:
            served.crm.open_by_hand(served.aws.deals())
            yield {"scenario": "first sync", **measured(client, served, count, due=count)}


def steady(clients: Sequence[Client], count: int, changes: Sequence[int], pace: Pace) -> Iterator[Row]:
    """``count`` known, and then each of ``changes`` accepted since the sync before."""
    for client in clients:
        with services(count, pace) as served:
            timed(client.command(served), environ(served) | _UNHURRIED)  # measured by the backfill
            for changed in changes:
                really = served.aws.change(changed)
                row = measured(client, served, count, really if client.remembers else count)
                yield {"scenario": "steady state", "changed": really, **row}


def measured(client: Client, served: Services, count: int, due: int) -> Row:
    """One run, with the calls that the services counted. ``floor``: the seconds that the quota alone takes
    for the pages of the listing, and for as many gets as are ``due``."""
    served.begin()
    row = timed(client.command(served), environ(served))
    rate = served.pace.reads_per_second
    return {
        "client": client.name,
        "invitations": count,
        **row,
        "floor": (-(-count // PAGE) + due) / rate if rate else None,
        "aws": served.aws.calls(),
        "crm": served.crm.calls(),
        "records": served.crm.records(),
    }


def writes(row: Row) -> int:
    """How many of a run's calls of the CRM wrote."""
    return sum(calls for operation, calls in row["crm"].items() if operation.startswith(_WRITES))
