"""A whole walk inside one process: sources into a SQLite CRM and a ledger in a folder."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from connector import yamlfile
from connector.apply import Outcome
from connector.config import load as load_config
from connector.crm.sql import Settings, SqlCrm
from connector.fetch import Selection, Source
from connector.fetch.files import Files
from connector.ledger import Ledger
from connector.limits import Limits
from connector.mapping.functions import Rates
from connector.mapping.load import load as load_mapping
from connector.mapping.model import Mapping
from connector.sync import sync
from connector.walk import Report, Walk

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "config.example.yaml"


def example_mapping() -> Mapping:
    """The example config's mapping, with its rates."""
    return sample_mapping("sql")


def sample_mapping(name: str) -> Mapping:
    """One of our mappings, with the example config's rates."""
    currency = load_config(EXAMPLE, {}).currency
    return load_mapping(
        yamlfile.read(ROOT / "mappings" / f"{name}.yaml"), rates=Rates(currency.base, currency.rates)
    )


@contextlib.contextmanager
def walk(folder: Path, source: Source, **settings: Any) -> Iterator[Walk]:
    """A walk into ``folder``'s crm.db and ledger.db, by the example mapping unless another is given."""
    settings = {"mapping": example_mapping(), "limits": Limits(None, None), **settings}
    with (
        SqlCrm.open(Settings(url="sqlite:///crm.db"), folder) as crm,
        Ledger.open("sqlite:///ledger.db", folder) as ledger,
    ):
        yield Walk(source, crm, ledger, **settings)


def run(folder: Path, path: Path, **settings: Any) -> tuple[Report, dict[str, Outcome]]:
    """Sync the files at ``path`` into ``folder``; the report, and the outcomes by invitation."""
    outcomes: dict[str, Outcome] = {}

    def watch(outcome: Outcome) -> None:
        outcomes[outcome.invitation_id] = outcome

    with walk(folder, Files(str(path), ROOT), watch=watch, **settings) as opened:
        return sync(opened, Selection()), outcomes


def rows(folder: Path, table: str) -> list[dict[str, Any]]:
    """A table of the CRM, by its columns, in the order of its ids."""
    connection = sqlite3.connect(folder / "crm.db")
    connection.row_factory = sqlite3.Row
    with contextlib.closing(connection):
        return [dict(row) for row in connection.execute(f"SELECT * FROM {table} ORDER BY id")]
