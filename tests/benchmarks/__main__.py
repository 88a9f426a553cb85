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
from dataclasses import asdict
from pathlib import Path

from tests.benchmarks import clients
from tests.benchmarks.aims import aims
from tests.benchmarks.growth import growth, write_invitations
from tests.benchmarks.measure import Row
from tests.benchmarks.printed import Printer
from tests.benchmarks.services import Pace
from tests.benchmarks.side_by_side import backfill, first_sync, steady
from tests.benchmarks.startup import startup

PARTS = ("startup", "growth", "backfill", "first", "steady")
DIFFED = 1_000  # invitations that `mapping diff` compares


def main(arguments: list[str] | None = None) -> None:
    asked = parser().parse_args(arguments)
    if unknown := set(asked.parts) - set(PARTS):
        parser().error(f"no such part: {', '.join(sorted(unknown))}")
    python = clients.peers_python(asked.peers_env) if asked.peers_env else None
    about = {"versions": clients.versions(python), "cores": os.cpu_count()}
    rows, printer = [], Printer(sys.stderr if asked.json else sys.stdout)
    printer.about(**about)
    for row in measure(asked, python):
        rows.append(row)
        printer.row(row)
    reached = list(aims(rows))
    printer.aims(reached)
    if asked.json:
        print(json.dumps({**about, "rows": rows, "aims": list(map(asdict, reached))}, indent=2))


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    made.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all if none is given")
    made.add_argument("--json", action="store_true", help="JSON on stdout; the tables go to stderr")
    made.add_argument("--peers-env", type=Path, metavar="DIR", help="virtual environment for dlt and Singer")
    made.add_argument("--growth", type=int, nargs="+", default=[100, 1_000, 10_000, 100_000], metavar="N")
    for name, default, text in (
        ("--times", 11, "runs of the shortest commands, whose median counts"),
        ("--backfill", 300, "invitations that each client backfills"),
        ("--alone", 3_000, "invitations that ours backfills once more, alone"),
        ("--first", 100, "invitations of the first sync"),
        ("--known", 10_000, "invitations known to ours in the steady state"),
        ("--peers-known", 100, "and to all clients: most ask for all again"),
    ):
        made.add_argument(name, type=int, default=default, metavar="N", help=f"{text} ({default:,})")
    for name, default, text in (
        ("--aws", 0.08, "seconds before each answer of AWS"),
        ("--crm", 0.15, "seconds before each answer of the CRM"),
        ("--quota", 10.0, "reads a second that AWS allows; 0: any number"),
    ):
        made.add_argument(name, type=float, default=default, metavar="X", help=f"{text} ({default:g})")
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
    main()
