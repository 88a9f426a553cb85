"""``python -m tests.campaign``: every kind of trouble, round after round, and a table of what was tried and
found. Ends with 1 when anything was found, with the command that replays it.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.campaign import findings
from tests.campaign.kinds import KINDS, play
from tests.campaign.round import Round
from tests.campaign.trouble import POINTS

COLUMNS = ("rounds", "kills", "faults", "inputs", "runs", *findings.KINDS)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.campaign", description=__doc__)
    parser.add_argument("--seed", type=int, default=0, help="of the first round; the next has the next")
    parser.add_argument(
        "--rounds", type=int, metavar="N", help="of each kind; as many as it has ways if not given"
    )
    parser.add_argument("--only", choices=KINDS, metavar="KIND", help=f"one of {', '.join(KINDS)}")
    parser.add_argument("--short", action="store_true", help="rounds as the tests have them")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    chosen = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory(prefix="campaign-") as folder:
        for kind in [chosen.only] if chosen.only else KINDS:
            began = time.monotonic()
            numbers = range(chosen.seed, chosen.seed + (chosen.rounds or KINDS[kind].rounds))
            rounds = list(_play(kind, numbers, Path(folder), chosen.short))
            rows.append(_row(kind, rounds) | {"seconds": round(time.monotonic() - began)})
    print(json.dumps(rows, indent=2) if chosen.json else table(rows) + killed_at(rows))
    return int(any(row[kind] for row in rows for kind in findings.KINDS))


def _play(kind: str, numbers: range, folder: Path, short: bool) -> Iterator[Round]:
    for number in numbers:
        played = play(kind, number, folder / f"{kind}-{number}", short=short)
        what = ", ".join(f"{name} {number}" for name, number in _troubles(played).items() if number)
        print(f"{kind} --seed {number}: {played.title}: {what or 'done'}", file=sys.stderr, flush=True)
        for found, text in played.findings:
            print(f"  {found}: {text}\n  again: {played.replay}", file=sys.stderr, flush=True)
        yield played


def _row(kind: str, rounds: list[Round]) -> dict[str, Any]:
    counts = sum((played.counts for played in rounds), Counter[str]())
    found = [
        {"seed": played.seed, "kind": k, "text": text} for played in rounds for k, text in played.findings
    ]
    tried = [{"seed": each.seed, "what": each.title, **_troubles(each)} for each in rounds]
    at = {point: counts[point] for point in (*POINTS, "time") if counts[point]}
    numbers = {name: counts[name] for name in COLUMNS[1:]}
    return {
        "kind": kind,
        "rounds": len(rounds),
        **numbers,
        "killed at": at,
        "tried": tried,
        "findings": found,
    }


def _troubles(played: Round) -> dict[str, int]:
    return {name: played.counts[name] for name in ("kills", "faults")}


def killed_at(rows: list[dict[str, Any]]) -> str:
    """Which points the kills were at, in a line or none."""
    points = sum((Counter(row["killed at"]) for row in rows), Counter[str]())
    return "\nkilled: " + ", ".join(f"{point} {number}" for point, number in points.items()) if points else ""


def table(rows: list[dict[str, Any]]) -> str:
    total = {"kind": "all"} | {name: sum(row[name] for row in rows) for name in (*COLUMNS, "seconds")}
    names = ("kind", *COLUMNS, "seconds")
    widths = [max(len(name), *(len(str(row[name])) for row in (*rows, total))) for name in names]
    lines = [dict(zip(names, names, strict=True)), *rows, total]
    return "\n".join(
        "  ".join(
            str(line[name]).ljust(width) if name == "kind" else str(line[name]).rjust(width)
            for name, width in zip(names, widths, strict=True)
        )
        for line in lines
    )


if __name__ == "__main__":
    sys.exit(main())
