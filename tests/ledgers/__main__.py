"""Keeps a ledger as this version leaves it, for later versions to be tested with: at every release, and with
every migration.

    python -m tests.ledgers 0.1.0

makes ``tests/ledgers/0.1.0.sql``, of a sync of the sample invitations.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import sys
import tempfile
from pathlib import Path

from connector.cli.main import run

ROOT = Path(__file__).parents[2]


def main(name: str) -> None:
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        shutil.copytree(ROOT / "mappings", "mappings")
        shutil.copy(ROOT / "config.example.yaml", "config.yaml")
        outside = [variable for variable in os.environ if variable.startswith("CRM_CONNECTOR")]
        if outside or run(["sync", "--quiet"]) != 0:
            sys.exit(f"the sync of the samples failed, or is not the usual one: {outside}")
        with contextlib.closing(sqlite3.connect("ledger.db")) as database:
            text = "\n".join(database.iterdump()) + "\n"
    path = Path(__file__).with_name(f"{name}.sql")
    path.write_text(text, encoding="utf-8")
    print(path)


if __name__ == "__main__":
    main(*sys.argv[1:])
