"""An installation to try promises on: a config, a CRM and a ledger in a folder, and the command line as a
scheduler calls it."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

from tests.promises import forked
from tests.promises.forked import ROOT, Done, Started


class Installation:
    """``folder`` holds config.yaml, crm.db and ledger.db. ``settings`` are merged over the defaults below."""

    def __init__(self, folder: Path, source: dict[str, Any], **settings: Any) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        config = {
            "source": source,
            "crm": {"type": "sql", "url": "sqlite:///crm.db"},
            "mapping": str(ROOT / "mappings" / "sql.yaml"),
            "ledger": {"url": "sqlite:///ledger.db"},
            "currency": {"base": "USD", "rates": {"EUR": "1.08", "GBP": "1.27", "JPY": "0.0067"}},
            "retry": {"attempts": 12, "deadline": 60, "base": 0.01, "cap": 0.2},
            "limits": {"max_updates": 100000, "max_updates_percent": 100},
            **settings,
        }
        (folder / "config.yaml").write_text(json.dumps(config), encoding="utf-8")

    @classmethod
    def against(cls, folder: Path, url: str, **settings: Any) -> Self:
        """One whose invitations come from a loopback Partner Central at ``url``."""
        source = {
            "type": "partner_central",
            "catalog": "Sandbox",
            "endpoint_url": url,
            "sign_requests": False,
            "reads_per_second": 100000,
            "read_timeout": 2,
        }
        return cls(folder, {**source, **settings.pop("source", {})}, **settings)

    def start(self, *args: str, before: Callable[[], object] = bool) -> Started:
        return Started(self._arguments(args), self.folder, before)

    def execute(self, *args: str) -> subprocess.Popen[str]:
        """As ``start`` does, in a Python that has just been started itself."""
        command = [sys.executable, "-m", "connector", *self._arguments(args)]
        environ = {**os.environ, "PYTHONPATH": str(ROOT)}
        return subprocess.Popen(
            command, cwd=ROOT, env=environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def run(self, *args: str, timeout: float = 180) -> Done:
        return forked.run(self._arguments(args), timeout)

    def _arguments(self, args: Sequence[str]) -> list[str]:
        return ["--config", str(self.folder / "config.yaml"), *args]

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """What a person with the sqlite3 shell does to the CRM, or sees in it."""
        with sqlite3.connect(self.folder / "crm.db") as connection:
            rows = connection.execute(statement, values).fetchall()
        connection.close()
        return rows

    def crm(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table, each table in the order of its ids."""
        names = self.sql("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        return {name: self.sql(f'SELECT * FROM "{name}" ORDER BY 1') for (name,) in names}
