"""The Invitations page: those that the ledger knows. Each has a page of its own: see ``timeline``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from nicegui import ui

from connector.studio.frame import LOADING, Cell, Studio, page, table, tell, words
from connector.studio.paging import paged

Row = Mapping[str, Any]  # as `crm-connector invitations show --output json` gives it
ANY = "all"
_PAGE = 50  # rows at once
_DATES = ("invited_at", "expires_at")


def register(studio: Studio) -> None:
    @ui.page("/invitations")
    async def invitations_page() -> None:
        with page(studio, "/invitations", "Invitations"):
            listed = _Listed(studio)
        await ui.context.client.connected()
        await listed.load()


def invitation_address(identifier: str) -> str:
    """Where the studio shows the invitation."""
    return f"/invitations/{quote(identifier, safe='')}"


class _Listed:
    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._rows: Sequence[Row] = []
        with ui.row().classes("items-center q-gutter-md"):
            self._search = ui.input("Search id, industry, country, reason", on_change=self._find)
            self._search.props("debounce=250").style("min-width: 18rem")
            self._status = ui.select([ANY], value=ANY, label="Status", on_change=self._find).style(
                "min-width: 9rem"
            )
            self._outcome = ui.select([ANY], value=ANY, label="Outcome", on_change=self._find).style(
                "min-width: 9rem"
            )
        self._count = words(LOADING).props('role="status"')
        self._table = ui.element("div")

    async def load(self) -> None:
        done = await self._studio.commands.ask("invitations", "show", "--output", "json")
        if self._table.is_deleted:
            return
        if done.failed:
            self._count.set_text("")
            tell(done, "")
            return
        self._rows = done.answer
        for select, name in ((self._status, "status"), (self._outcome, "outcome")):
            select.set_options([ANY, *sorted({str(row[name]) for row in self._rows if row[name]})], value=ANY)
        self._find()

    def _find(self, _: object = None) -> None:
        rows = found(self._rows, self._search.value or "", self._status.value, self._outcome.value)
        self._count.set_text(f"{len(rows):,} of {len(self._rows):,} invitations")
        self._table.clear()
        with self._table:
            if not self._rows:
                words("The ledger knows none yet: a plan that is applied, or a sync, brings them in.")
            else:
                paged(rows, _PAGE, _show, "invitations")


def found(rows: Iterable[Row], search: str, status: str, outcome: str) -> list[Row]:
    """Those of this status and outcome (``ANY`` for all) in which the text occurs."""
    wanted = search.strip().casefold()
    return [
        row
        for row in rows
        if status in (ANY, row["status"])
        and outcome in (ANY, row["outcome"])
        and wanted in " ".join(str(value) for value in row.values() if value is not None).casefold()
    ]


def _show(rows: Sequence[Row]) -> None:
    names = ("status", "kind", "invited_at", "expires_at", "industry", "country", "outcome", "reason")
    columns = ("invitation", *(name.removesuffix("_at") for name in names))
    cells = [
        [
            Cell(row["invitation"], "whole", link=invitation_address(row["invitation"])),
            *(Cell((row[name] or "")[:10], "whole") if name in _DATES else row[name] for name in names),
        ]
        for row in rows
    ]
    table("Invitations", columns, cells)
