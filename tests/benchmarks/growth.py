"""More and more invitations from NDJSON into SQLite through the whole walk (validation, mapping, matching,
planning, ledger); and dlt's merge of the same file."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import mean

from tests.benchmarks.measure import Row, connector, said, timed
from tests.promises.installation import Installation


def growth(folder: Path, sizes: Sequence[int], ndjson: dict[int, Path], dlt: Path | None) -> list[Row]:
    """``dlt``: a Python that has it. The slope goes by the mean of four runs of the smaller size before the
    larger one and four after it: a machine's speed that wavers from minute to minute shows in a short run."""
    *fewer, most = sizes
    rows = [sync(folder, ndjson[size], size) for size in fewer]
    before = several(folder / "before", ndjson, fewer[-1:])
    rows.append(sync(folder, ndjson[most], most))
    if around := before + several(folder / "after", ndjson, fewer[-1:]):
        rows.append(slope(around, rows[-1]))
    again = sync(folder, ndjson[most], most)
    rows.append({**again, "what": f"sync of {most:,}, again: nothing changed"})
    rows.append(stages(folder / "stages", ndjson[sizes[-2:][0]], sizes[-2:][0]))
    for shape in ("bare", "rows", "whole") if dlt else ():
        command = [dlt, "-m", "tests.benchmarks.peers.dlt_merge", ndjson[most], folder / shape, shape]
        rows.append(each({"client": "dlt", "what": f"dlt merges {most:,}, {shape}", **timed(command)}, most))
    return [{"scenario": "growth", "client": "crm-connector", **row} for row in rows]


def write_invitations(folder: Path, sizes: Sequence[int]) -> dict[int, Path]:
    """Files of so many invitations, made by a process of their own, which takes the memory."""
    paths = {size: folder / f"{size}.ndjson" for size in sorted(set(sizes))}
    timed([sys.executable, "-m", "tests.benchmarks.invitations", *paths.values()])
    return paths


def sync(folder: Path, ndjson: Path, size: int) -> Row:
    there = Installation(folder / f"sync-{size}", {"type": "files", "path": str(ndjson)})
    row = timed([*connector(there), "sync", "--quiet"])
    return each({"what": f"sync of {size:,} from NDJSON into SQLite", **row}, size)


def stages(folder: Path, ndjson: Path, size: int) -> Row:
    there = Installation(folder, {"type": "files", "path": str(ndjson)})
    _, seconds = said([sys.executable, "-m", "tests.benchmarks.stages", there.folder / "config.yaml"])
    return each({"what": f"map + match + plan of {size:,}", "seconds": float(seconds)}, size)


def each(row: Row, size: int) -> Row:
    return {**row, "invitations": size, "microseconds": row["seconds"] / size * 1e6}


def several(folder: Path, ndjson: dict[int, Path], sizes: Sequence[int]) -> list[Row]:
    return [sync(folder / str(number), ndjson[size], size) for size in sizes for number in range(4)]


def slope(smaller: Sequence[Row], larger: Row) -> Row:
    """1: twice as many take twice as long."""
    size, seconds = smaller[0]["invitations"], mean(row["seconds"] for row in smaller)
    value = math.log(larger["seconds"] / seconds) / math.log(larger["invitations"] / size)
    return {
        "what": f"log-log slope from {size:,} to {larger['invitations']:,}",
        "seconds": seconds,
        "slope": value,
    }
