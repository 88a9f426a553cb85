"""The Review page: an invitation and the records it could be, side by side; a person chooses, for good."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from connector.cli.diff import plain
from connector.studio.frame import Cell, Studio, heading, page, table, tell, words

_VERDICTS = {"agrees": "added", "differs": "changed"}


def register(studio: Studio) -> None:
    @ui.page("/review")
    async def review_page() -> None:
        with page(studio, "/review", "Review"):
            listed = ui.element("div")
        await ui.context.client.connected()
        await _Page(studio, listed).show()


class _Page:
    def __init__(self, studio: Studio, listed: ui.element) -> None:
        self._studio = studio
        self._listed = listed

    async def show(self) -> None:
        done = await self._studio.commands.ask("review", "list", "--output", "json")
        self._listed.clear()
        with self._listed:
            if done.failed:
                tell(done, "")
            elif not done.answer:
                words("There is nothing to review.")
            else:
                words("Whatever you choose is remembered, and the next sync does it.")
                for review in done.answer:
                    self._card(review)

    def _card(self, review: Any) -> None:
        with ui.element("section").classes("card").props(f'aria-label="Review {review["review"]}"'):
            heading(2, review["title"] or review["invitation"])
            words(
                f"{review['invitation']}  {review['name']} ({review['object']}): {review['reason']}",
                classes="faint",
            )
            for candidate in review["candidates"]:
                self._candidate(review, candidate)
            with ui.row().classes("q-gutter-sm"):
                self._choice(review, "It is none of them: create one", "--create")
                self._choice(review, "Leave the CRM as it is", "--skip")

    def _candidate(self, review: Any, candidate: Any) -> None:
        likeness = next((each for each in review["resemblances"] if each["id"] == candidate["id"]), None)
        with ui.element("div").classes("card"):
            similar = f", {likeness['overall']} of 100 alike" if likeness else ""
            words(f"{review['object']} {candidate['id']}{similar}", "h3")
            rows = _rows(candidate, likeness)
            cells = [
                [name, ours, theirs, Cell(verdict, _VERDICTS.get(verdict, "faint"))]
                for name, ours, theirs, verdict in rows
            ]
            table("Fields side by side", ("Field", "The invitation", "The record", "So"), cells)
            self._choice(review, f"It is {candidate['id']}: link", "--link", candidate["id"])

    def _choice(self, review: Any, label: str, *choice: str) -> None:
        async def settle() -> None:
            done = await self._studio.commands.do(
                "review", "resolve", str(review["review"]), *choice, "--output", "json"
            )
            if tell(done, "Settled. The next sync does it."):
                await self.show()

        ui.button(label, on_click=settle).props("no-caps outline")


def _rows(candidate: Any, likeness: Any) -> list[tuple[str, str, str, str]]:
    if likeness is None:
        return [(name, "", plain(value), "") for name, value in candidate.items() if name != "id"]
    return [(f["field"], plain(f["here"]), plain(f["there"]), f["verdict"]) for f in likeness["fields"]]
