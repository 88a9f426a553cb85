"""The Invitations page: those that the ledger knows, one's whole life, and to accept or reject it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from nicegui import ui

from connector.fetch.engagements import rejection_reasons
from connector.studio.frame import Cell, Studio, heading, page, say, table, tell, words

_PAGE = 50  # rows at once
_DECIDED = ("accepted", "rejected", "expired")


def register(studio: Studio) -> None:
    @ui.page("/invitations")
    async def invitations_page() -> None:
        with page(studio, "/invitations", "Invitations"):
            listed = _Listed(studio)
        await ui.context.client.connected()
        await listed.load()

    @ui.page("/invitations/{identifier:path}")
    async def invitation_page(identifier: str) -> None:
        with page(studio, "/invitations", "Invitation"):
            shown = _Shown(studio, identifier)
        await ui.context.client.connected()
        await shown.load()


def invitation_address(identifier: str) -> str:
    """Where the studio shows the invitation."""
    return f"/invitations/{quote(identifier, safe='')}"


class _Listed:
    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._rows: list[Any] = []
        with ui.row().classes("items-center q-gutter-md"):
            self._search = ui.input("Search id, industry, country, reason", on_change=self._filter).style(
                "min-width: 18rem"
            )
            self._status = ui.select(["all"], value="all", label="Status", on_change=self._filter).style(
                "min-width: 9rem"
            )
            self._outcome = ui.select(["all"], value="all", label="Outcome", on_change=self._filter).style(
                "min-width: 9rem"
            )
        self._count = words("").props('role="status"')
        self._table = ui.element("div")

    async def load(self) -> None:
        done = await self._studio.commands.ask("invitations", "show", "--output", "json")
        if done.failed:
            tell(done, "")
            return
        self._rows = done.answer
        for select, name in ((self._status, "status"), (self._outcome, "outcome")):
            select.set_options(["all", *sorted({str(row[name]) for row in self._rows})], value="all")
        self._filter()

    def _filter(self, _: object = None) -> None:
        wanted = self._search.value.casefold()
        rows = [
            row
            for row in self._rows
            if self._status.value in ("all", row["status"])
            and self._outcome.value in ("all", str(row["outcome"]))
            and wanted in " ".join(map(str, row.values())).casefold()
        ]
        self._count.set_text(f"{len(rows)} of {len(self._rows)} invitations")
        self._table.clear()
        with self._table:
            _turn(rows, 0)


def _turn(rows: list[Any], first: int) -> None:
    """A page of ``rows``, and the way to the others."""
    place = ui.element("div")

    def show(number: int) -> None:
        place.clear()
        with place:
            _rows(rows[(number - 1) * _PAGE : number * _PAGE])

    show(1 + first // _PAGE)
    if len(rows) > _PAGE:
        pages = ui.pagination(1, (len(rows) - 1) // _PAGE + 1, direction_links=True, value=1)
        pages.on_value_change(lambda event: show(event.value))


def _rows(rows: list[Any]) -> None:
    names = ("status", "kind", "invited_at", "expires_at", "industry", "country", "outcome", "reason")
    columns = ("invitation", *(name.replace("_at", "").replace("_", " ") for name in names))
    cells = [
        [
            Cell(row["invitation"], link=invitation_address(row["invitation"])),
            *(row[n] for n in names),
        ]
        for row in rows
    ]
    table("Invitations", columns, cells)


class _Shown:
    """One invitation."""

    def __init__(self, studio: Studio, identifier: str) -> None:
        self._studio = studio
        self._identifier = identifier
        words(identifier, classes="faint")
        with ui.row().classes("q-gutter-sm"):
            ui.button("Look into the CRM for edits", on_click=lambda: self.load("--crm")).props(
                "no-caps outline"
            )
            ui.button("Ask AWS how it stands", on_click=lambda: self.load("--source")).props(
                "no-caps outline"
            )
            self._accept = ui.button("Accept ...", on_click=self._ask_to_accept).props("no-caps")
            self._reject = ui.button("Reject ...", on_click=self._ask_to_reject).props("no-caps outline")
        self._body = ui.element("div")

    async def load(self, *options: str) -> None:
        # Behind `--`, an id that begins with a dash is no option.
        done = await self._studio.commands.ask(
            "invitations", "show", *options, "--output", "json", "--", self._identifier
        )
        self._body.clear()
        with self._body:
            if done.failed or not isinstance(done.answer, dict):
                tell(done, "")
                words("\n".join(done.said) or "Nothing is known of it.", classes="bad")
                return
            _life(done.answer)
        decided = any(entry["kind"] in _DECIDED for entry in done.answer["life"])
        for button in (self._accept, self._reject):
            button.set_enabled(done.answer["status"] in (None, "PENDING") and not decided)

    def _ask_to_accept(self) -> None:
        with ui.dialog(value=True).props('aria-label="Accept the invitation"') as dialog, ui.card():
            words(f"Accept {self._identifier}? AWS cannot take that back.")
            with ui.row():
                ui.button("Accept", on_click=lambda: self._decide(dialog, "accept")).props("no-caps")
                ui.button("Cancel", on_click=dialog.close).props("no-caps outline")

    def _ask_to_reject(self) -> None:
        with ui.dialog(value=True).props('aria-label="Reject the invitation"') as dialog, ui.card():
            words(f"Reject {self._identifier}? It takes away your access to it for good.")
            reason = ui.select(list(rejection_reasons()), value=rejection_reasons()[-1], label="Reason")
            with ui.row():
                ui.button(
                    "Reject", on_click=lambda: self._decide(dialog, "reject", "--reason", reason.value)
                ).props("no-caps")
                ui.button("Cancel", on_click=dialog.close).props("no-caps outline")

    async def _decide(self, dialog: ui.dialog, *decision: str) -> None:
        dialog.close()
        self._accept.disable()
        self._reject.disable()
        done = await self._studio.commands.do(
            "invitations", *decision, "--yes", "--output", "json", "--", self._identifier
        )
        self._accept.enable()
        self._reject.enable()
        if tell(done, "Done.") and done.answer:
            for each in done.answer.get("decisions", ()):
                if each.get("reason"):
                    say(f"{each['state']}: {each['reason']}", bad=each["state"] == "failed")
        await self.load()


def _life(answer: Any) -> None:
    heading(2, answer["title"] or answer["invitation"])
    rows: list[list[object]] = [
        ["status", answer["status"]],
        ["outcome", answer["outcome"]],
        ["why", answer["reason"]],
    ]
    rows += [[record["name"], f"{record['object']} {record['id']}"] for record in answer["records"]]
    table("How it stands", ["What", "Is"], [row for row in rows if row[1]])
    heading(2, "Its life (UTC)")
    with ui.element("ol").classes("q-pl-md"):
        for entry in answer["life"]:
            with ui.element("li").style("margin-bottom: .4rem"):
                words(entry["at"].replace("T", " ").replace("Z", ""), "span", "faint q-mr-sm")
                words(entry["kind"], "strong", "q-mr-sm")
                run = f" (run {entry['run']})" if entry["run"] else ""
                words(f"{entry['text']}{run}", "span")
