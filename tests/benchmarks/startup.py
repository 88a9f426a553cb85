"""What a person, or a scheduler with nothing to do, waits for."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from tests.benchmarks.measure import Row, connector, median, said, timed
from tests.promises.installation import ROOT, Installation


def startup(folder: Path, ndjson: Path, count: int, times: int) -> list[Row]:
    """``ndjson`` holds ``count`` invitations; the shortest commands are run so many ``times``."""
    nothing = folder / "nothing.ndjson"
    nothing.touch()
    there = Installation(folder / "nothing", {"type": "files", "path": str(nothing)})
    rows = [
        {"what": "crm-connector --version", **median([*connector(), "--version"], times)},
        {"what": "sync of nothing", **median([*connector(there), "sync", "--quiet"], times)},
        {"what": f"mapping diff over {count:,}", **mapping_diff(folder, ndjson)},
        {"what": "studio: an edit checked, shown, compared", **studio_edit(folder / "studio", times)},
    ]
    return [{"scenario": "startup", "client": "crm-connector", **row} for row in rows]


def mapping_diff(folder: Path, ndjson: Path) -> Row:
    """The whole process, of which every invitation's lead or opportunity differs: under 3 seconds."""
    old = ROOT / "mappings" / "sql.yaml"
    text = old.read_text(encoding="utf-8")
    new = folder / "new.yaml"
    new.write_text(text.replace("value: AWS, write", "value: Amazon, write"), encoding="utf-8")
    return timed([*connector(), "mapping", "diff", old, new, "--on", ndjson, "--limit", "0"])


def studio_edit(folder: Path, times: int) -> Row:
    """What the studio does at each edit, the median of so many: under 150 ms."""
    mappings = shutil.copytree(ROOT / "mappings", folder / "mappings")
    source = {"type": "files", "path": str(mappings / "samples")}
    there = Installation(folder, source, mapping=str(mappings / "salesforce.yaml"))
    command = [sys.executable, "-m", "tests.benchmarks.editing", there.folder / "config.yaml", str(times)]
    row, seconds = said(command)
    return {**row, "seconds": float(seconds)}
