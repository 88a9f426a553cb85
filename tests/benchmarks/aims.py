"""What the figures of one run are to show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.benchmarks.measure import Row
from tests.benchmarks.side_by_side import writes

GET = "GetEngagementInvitation"


@dataclass(frozen=True)
class Aim:
    """``measured`` is to be at most ``most``."""

    name: str
    measured: float
    most: float

    @property
    def met(self) -> bool:
        return self.measured <= self.most


def aims(rows: Sequence[Row]) -> Iterator[Aim]:
    """Those that ``rows`` have figures for."""
    yield from _alone({row["what"]: row for row in rows if "what" in row})
    yield from _backfill([row for row in rows if row["scenario"] == "backfill"])
    for row in rows:
        if row["scenario"] == "steady state" and row["client"] == "crm-connector" and not row["changed"]:
            known = f"steady state, {row['invitations']:,} known, nothing changed"
            yield Aim(f"{known}: gets", row["aws"].get(GET, 0), 0)
            yield Aim(f"{known}: writes", writes(row), 0)


def _alone(rows: Mapping[str, Row]) -> Iterator[Aim]:
    for name, most in (("crm-connector --version", 0.15), ("sync of nothing", 1.0)):
        if name in rows:
            yield Aim(f"{name}: seconds", rows[name]["seconds"], most)
    for name, row in rows.items():
        if "slope" in row:
            yield Aim(name, row["slope"], 1.02)
        if row["client"] == "dlt" and name.endswith("bare"):
            own = f"sync of {row['invitations']:,} from NDJSON into SQLite"
            yield Aim(f"{own}: times dlt's bare load", rows[own]["seconds"] / row["seconds"], 1.0)


def _backfill(rows: Sequence[Row]) -> Iterator[Aim]:
    """The floor counts for the longest: what a run takes to begin and to end does not grow with it."""
    own = [row for row in rows if row["client"] == "crm-connector"]
    longest = max(own, key=lambda row: row["invitations"], default=None)
    if longest and longest["floor"]:
        name = f"backfill of {longest['invitations']:,}: times the quota's floor"
        yield Aim(name, longest["seconds"] / longest["floor"], 1.05)
    for peer in rows:
        same = [row for row in own if row["invitations"] == peer["invitations"]]
        if peer["client"] == "plain" and same:
            calls, theirs = (sum(row["crm"].values()) for row in (same[0], peer))
            name = f"backfill of {peer['invitations']:,}: CRM calls, of the plain script's"
            yield Aim(name, calls / theirs, 1 / 50)
