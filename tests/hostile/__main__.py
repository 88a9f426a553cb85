"""``python -m tests.hostile --invitations 10000 --seed 1``: hostile invitations through the whole walk, into
SQLite and into a loopback Salesforce, and a report. Ends with 1 when anything was found; the seed replays it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.hostile.lines import lines
from tests.hostile.walk import Report, check_life, check_salesforce, check_texts

CHECKS = {"texts": check_texts, "life": check_life, "salesforce": check_salesforce}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.hostile", description=__doc__)
    parser.add_argument("--invitations", type=int, default=10_000, metavar="N")
    parser.add_argument("--salesforce", type=int, default=500, metavar="N", help="as many into Salesforce")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    made = list(lines(chosen.invitations, chosen.seed))
    reports = []
    with tempfile.TemporaryDirectory(prefix="hostile-") as folder:
        for name, check in CHECKS.items():
            given = made[: chosen.salesforce] if name == "salesforce" else made
            began = time.monotonic()
            reports.append(check(Path(folder) / name, given))
            _print(name, reports[-1], time.monotonic() - began)
    return int(any(report.findings for report in reports))


def _print(name: str, report: Report, seconds: float) -> None:
    counts = ", ".join(f"{count:,} {kind}" for kind, count in sorted(report.counts.items()))
    print(
        f"{name}: {report.tried:,} invitations, {report.runs} runs, {seconds:.0f} s; {counts};"
        f" {report.texts:,} texts compared; {len(report.findings)} found",
        flush=True,
    )
    for finding in report.findings[:50]:
        print(f"  {finding}")


if __name__ == "__main__":
    sys.exit(main())
