"""``python -m tests.benchmarks.invitations 100.ndjson 1000.ndjson`` writes so many made-up invitations."""

from __future__ import annotations

import sys
from pathlib import Path

import orjson

from tests.servers.invitations import make_invitations


def main(paths: list[Path]) -> None:
    sizes = [int(path.stem) for path in paths]
    lines = [orjson.dumps(raw, option=orjson.OPT_APPEND_NEWLINE) for raw in make_invitations(max(sizes))]
    for size, path in zip(sizes, paths, strict=True):
        with path.open("wb") as file:
            file.writelines(lines[:size])


if __name__ == "__main__":
    main([Path(path) for path in sys.argv[1:]])
