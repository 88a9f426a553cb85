"""How fast, in how many calls, and in how much memory: ``python -m tests.benchmarks``.

Commands that are waited for, growth from 100 to 100,000 invitations, and then our connector beside what
people use today, against the same loopback services: backfill, first sync, steady state. Give some of these
names to measure these alone. Services run in processes of their own, so seconds of CPU and memory are the
client's. With ``--peers-env DIR`` dlt and a Singer tap and target are measured too; what is not in DIR is
installed there first.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks import clients
from tests.benchmarks.aims import aims
from tests.benchmarks.growth import growth, write_invitations
from tests.benchmarks.measure import Row
from tests.benchmarks.printed import Printer, print_aims
from tests.benchmarks.services import Pace
from tests.benchmarks.side_by_side import backfill, first_sync, steady
from tests.benchmarks.startup import startup

PARTS = ("startup", "growth", "backfill", "first", "steady")
DIFFED = 1_000  # invitations that `mapping diff` compares


def main(arguments: list[str] | None = None) -> None:
    asked = parser().parse_args(arguments)
    python = clients.peers_python(asked.peers_env) if asked.peers_env else None
    about = {"versions": clients.versions(python), "cores": os.cpu_count()}
    rows, printer = [], Printer()
    if not asked.json:
        print(", ".join(f"{name} {version}" for name, version in about["versions"].items()))
    for row in measure(asked, python):
        rows.append(row)
        if not asked.json:
            printer.row(row)
    if asked.json:
        met = [{"aim": aim.name, "measured": aim.measured, "most": aim.most} for aim in aims(rows)]
        print(json.dumps({**about, "rows": rows, "aims": met}, indent=2))
    else:
        print_aims(list(aims(rows)))


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    made.add_argument(
        "parts", nargs="*", metavar="PART", help=f"one of {', '.join(PARTS)}; all if none is given"
    )
    made.add_argument("--json", action="store_true", help="print JSON instead of tables")
    made.add_argument(
        "--peers-env", type=Path, metavar="DIR", help="a virtual environment for dlt and Singer"
    )
    made.add_argument("--times", type=int, default=11, help="runs of the shortest commands")
    made.add_argument("--growth", type=int, nargs="+", default=[100, 1_000, 10_000, 100_000], metavar="N")
    made.add_argument("--backfill", type=int, default=300, metavar="N", help="invitations, for each client")
    made.add_argument("--alone", type=int, default=2_000, metavar="N", help="backfilled by ours alone, too")
    made.add_argument("--first", type=int, default=100, metavar="N", help="invitations of the first sync")
    made.add_argument(
        "--known", type=int, default=10_000, metavar="N", help="known to ours in the steady state"
    )
    made.add_argument(
        "--peers-known", type=int, default=100, metavar="N", help="and to its peers: they ask for all"
    )
    made.add_argument("--aws", type=float, default=0.08, metavar="SECONDS", help="before each answer of AWS")
    made.add_argument(
        "--crm", type=float, default=0.15, metavar="SECONDS", help="before each answer of the CRM"
    )
    made.add_argument(
        "--quota", type=float, default=10.0, help="reads a second that AWS allows; 0: any number"
    )
    return made


def measure(asked: argparse.Namespace, python: Path | None) -> Iterator[Row]:
    parts = asked.parts or PARTS
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        if "startup" in parts or "growth" in parts:
            yield from alone(asked, Path(folder), python)
    pace = Pace(asked.aws, asked.crm, asked.quota or None)
    if "backfill" in parts:
        own = [clients.ours("backfill", "--yes"), clients.ours("backfill", "--yes", crm="sqlite")]
        into_sqlite = [clients.dlt(python, "sqlite")] if python else []
        yield from backfill([*own, *into_sqlite, *peers(python)], asked.backfill, pace)
        yield from backfill(own[:1] if asked.alone else [], asked.alone, pace)
    synced = clients.ours("sync")
    if "first" in parts:
        yield from first_sync([synced, *peers(python)], asked.first, pace)
    if "steady" in parts:
        yield from steady([synced], asked.known, (0, 10, 100), pace)
        yield from steady([synced, *peers(python)], asked.peers_known, (10,), pace)


def alone(asked: argparse.Namespace, folder: Path, python: Path | None) -> Iterator[Row]:
    parts, sizes = asked.parts or PARTS, sorted(asked.growth)
    ndjson = write_invitations(folder, [*sizes, DIFFED])
    if "startup" in parts:
        yield from startup(folder, ndjson[DIFFED], DIFFED, asked.times)
    if "growth" in parts:
        yield from growth(folder, sizes, ndjson, python)


def peers(python: Path | None) -> list[clients.Client]:
    found = [clients.script("plain"), clients.script("threads")]
    return [*found, clients.dlt(python, "crm"), clients.singer(python)] if python else found


if __name__ == "__main__":
    sys.exit(main())
