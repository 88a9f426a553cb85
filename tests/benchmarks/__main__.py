"""How fast, and in how much memory: ``python -m tests.benchmarks``.

100,000 invitations from NDJSON into SQLite through the whole walk (validation, mapping, matching, planning,
ledger), the same for fewer, so that growth shows, `mapping diff` over 1,000, an edit in the studio, and the
time to ``--version``.
With ``--dlt PYTHON`` (one that has ``dlt[sqlalchemy]`` and ``orjson``) dlt merges the same file into SQLite
in the same run: bare rows of twelve columns, and the invitations whole, with their lists in
tables of their own.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import orjson

from tests.promises.installation import ROOT, Installation
from tests.servers.partner_central import make_invitations

DIFFED = 1_000  # invitations that `mapping diff` compares


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--invitations", type=int, default=100_000)
    parser.add_argument("--dlt", metavar="PYTHON", help="measure dlt too, with this interpreter")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = measure(Path(folder), options.invitations, options.dlt)
    if options.json:
        print(json.dumps(rows, indent=2))
        return
    print(f"{'what':<44}{'seconds':>9}{'us each':>9}{'peak MB':>9}")
    for row in rows:
        each = f"{row['microseconds']:9.1f}" if "microseconds" in row else " " * 9
        peak = f"{row['peak_mb']:9.0f}" if "peak_mb" in row else ""
        print(f"{row['what']:<44}{row['seconds']:9.3f}{each}{peak}")


def measure(folder: Path, count: int, dlt: str | None) -> list[dict[str, Any]]:
    rows = [timed("crm-connector --version", [sys.executable, "-m", "connector", "--version"])]
    sizes = sorted({max(count // 100, 1), max(count // 10, 1), count})
    ndjson = write_invitations(folder, [*sizes, DIFFED])
    rows.append(mapping_diff(folder, ndjson[DIFFED]))
    rows.append(studio_edit(folder / "studio"))
    seconds = []
    for size in sizes:
        row = sync(folder / f"sync-{size}", ndjson[size], size)
        seconds.append(row["seconds"])
        rows.append(row)
    again = sync(folder / f"sync-{count}", ndjson[count], count)
    rows.append({**again, "what": f"sync of {count:,}, again: nothing changed"})
    rows.append(stages(folder / "stages", ndjson[sizes[-2]], sizes[-2]))
    if len(sizes) > 1:
        slope = math.log(seconds[-1] / seconds[-2]) / math.log(sizes[-1] / sizes[-2])
        rows.append({"what": f"log-log slope from {sizes[-2]:,} to {sizes[-1]:,}", "seconds": slope})
    for shape in ("bare", "whole") if dlt else ():
        command = [
            str(dlt),
            "-m",
            "tests.benchmarks.dlt_merge",
            str(ndjson[count]),
            str(folder / shape),
            shape,
        ]
        row = timed(f"dlt merges {count:,}, {shape}", command)
        rows.append({**row, "microseconds": row["seconds"] / count * 1e6})
    return rows


def write_invitations(folder: Path, sizes: list[int]) -> dict[int, Path]:
    """Files of so many invitations, made by a process of their own: a child begins with its parent's memory,
    which would be measured as its own."""
    paths = {size: folder / f"{size}.ndjson" for size in sizes}
    context = multiprocessing.get_context("fork")
    process = context.Process(target=_write, args=(paths,))
    process.start()
    process.join()
    return paths


def _write(paths: dict[int, Path]) -> None:
    sizes = sorted(paths)
    lines = [orjson.dumps(raw, option=orjson.OPT_APPEND_NEWLINE) for raw in make_invitations(sizes[-1])]
    for size, path in paths.items():
        with path.open("wb") as file:
            file.writelines(lines[:size])


def sync(folder: Path, ndjson: Path, size: int) -> dict[str, Any]:
    there = Installation(folder, {"type": "files", "path": str(ndjson)})
    command = [
        sys.executable,
        "-m",
        "connector",
        "--config",
        str(there.folder / "config.yaml"),
        "sync",
        "--quiet",
    ]
    row = timed(f"sync of {size:,} from NDJSON into SQLite", command)
    return {**row, "microseconds": row["seconds"] / size * 1e6}


def mapping_diff(folder: Path, ndjson: Path) -> dict[str, Any]:
    """The whole process, of which every invitation's lead or opportunity differs: under 3 seconds."""
    old = ROOT / "mappings" / "sql.yaml"
    text = old.read_text(encoding="utf-8")
    new = folder / "new.yaml"
    new.write_text(text.replace("value: AWS, write", "value: Amazon, write"), encoding="utf-8")
    command = [sys.executable, "-m", "connector", "mapping", "diff", str(old), str(new), "--on", str(ndjson)]
    row = timed(f"mapping diff over {DIFFED:,}", [*command, "--limit", "0"])
    return {**row, "microseconds": row["seconds"] / DIFFED * 1e6}


def studio_edit(folder: Path) -> dict[str, Any]:
    """What the studio does at each edit, the median of many: under 150 ms."""
    from connector.cli.options import Options
    from connector.studio.editing import Editing

    mappings = shutil.copytree(ROOT / "mappings", folder / "mappings")
    source = {"type": "files", "path": str(mappings / "samples")}
    there = Installation(folder, source, mapping=str(mappings / "salesforce.yaml"))
    editing = Editing.of(Options(config=there.folder / "config.yaml"))
    seconds = []
    for number in range(21):
        text = editing.saved.replace("max_length: 120", f"max_length: {100 + number}")
        started = time.perf_counter()
        editing.check(text)
        editing.records(editing.samples[0])
        editing.difference()
        seconds.append(time.perf_counter() - started)
    return {"what": "studio: an edit checked, shown, compared", "seconds": statistics.median(seconds)}


def timed(what: str, command: list[str]) -> dict[str, Any]:
    """Wall seconds and the peak resident memory of one process."""
    started = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    complaint = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    if process.returncode not in (0, 3):
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}: {complaint.decode()}")
    return {"what": what, "seconds": seconds, "peak_mb": peak_mb(usage)}


def peak_mb(usage: resource.struct_rusage) -> float:
    return usage.ru_maxrss / 1024


def stages(folder: Path, ndjson: Path, size: int) -> dict[str, Any]:
    """Microseconds an invitation for map + match + plan alone, without the reads and writes around them."""
    Installation(folder, {"type": "files", "path": str(ndjson)})
    code = (
        "import sys, time, connector.sync as sync\n"
        "spent = 0.0\n"
        "def timed(function):\n"
        "    def call(*args):\n"
        "        global spent\n"
        "        started = time.perf_counter()\n"
        "        try:\n"
        "            return function(*args)\n"
        "        finally:\n"
        "            spent += time.perf_counter() - started\n"
        "    return call\n"
        "sync.mapped = timed(sync.mapped)\n"
        "sync.plan = timed(sync.plan)\n"
        "from connector.cli.main import main\n"
        "try:\n"
        "    main()\n"
        "except SystemExit:\n"
        "    pass\n"
        "print(spent, file=sys.stderr)\n"
    )
    command = [sys.executable, "-c", code, "--config", str(folder / "config.yaml"), "sync", "--quiet"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    spent = float(done.stderr.strip().splitlines()[-1])
    return {"what": f"map + match + plan of {size:,}", "seconds": spent, "microseconds": spent / size * 1e6}


if __name__ == "__main__":
    main()
