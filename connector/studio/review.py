"""The Review page: an invitation and the records it could be, side by side; a person chooses, for good."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nicegui import ui

from connector.cli.diff import plain
from connector.cli.text import visible
from connector.studio.frame import LOADING, Cell, Studio, heading, page, table, tell, words, working_button
from connector.studio.invitations import invitation_address
from connector.studio.paging import go_to, paged

Review = Mapping[str, Any]  # as `crm-connector review list --output json` gives it
_PAGE = 10  # reviews at once
_VERDICTS = {"agrees": "added", "differs": "changed"}


def register(studio: Studio) -> None:
    @ui.page("/review")
    async def review_page() -> None:
        with page(studio, "/review", "Review"):
            shown = _Page(studio)
        await ui.context.client.connected()
        await shown.show()


class _Page:
    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._status = words(LOADING).props('role="status"')
        self._listed = ui.element("div").props('tabindex="-1"')

    async def show(self) -> None:
        """What is open now."""
        done = await self._studio.commands.ask("review", "list", "--output", "json")
        if self._listed.is_deleted:
            return
        self._listed.clear()
        with self._listed:
            if done.failed:
                self._status.set_text("")
                tell(done, "")
                return
            self._status.set_text(_standing(len(done.answer)))
            paged(done.answer, _PAGE, self._cards, "reviews")

    def _cards(self, reviews: Sequence[Review]) -> None:
        for review in reviews:
            self._card(review)

    def _card(self, review: Review) -> None:
        with ui.element("section").classes("card").props(f'aria-label="Review {review["review"]}"'):
            heading(2, review["title"] or review["invitation"])
            with ui.element("p").classes("faint"):
                ui.link(visible(review["invitation"]), invitation_address(review["invitation"]))
                words(f" {review['name']} ({review['object']}): {review['reason']}", "span")
            for candidate, likeness in candidates(review):
                self._candidate(review, candidate, likeness)
            with ui.row().classes("q-gutter-sm"):
                self._choice(review, "It is none of them: create one", "--create")
                self._choice(review, "Leave the CRM as it is", "--skip")

    def _candidate(self, review: Review, candidate: Any, likeness: Any) -> None:
        with ui.element("div").classes("card"):
            words(f"{review['object']} {candidate['id']}{_alike(likeness)}", "h3")
            cells = [
                [name, here, there, Cell(verdict, _VERDICTS.get(verdict, "faint"))]
                for name, here, there, verdict in rows(candidate, likeness)
            ]
            table("Fields side by side", ("Field", "The invitation", "The record", "So"), cells)
            self._choice(review, f"It is {visible(str(candidate['id']))}: link", "--link", candidate["id"])

    def _choice(self, review: Review, label: str, *choice: str) -> None:
        async def settle() -> None:
            done = await self._studio.commands.do(
                "review", "resolve", *choice, "--output", "json", "--", str(review["review"])
            )
            if not self._listed.is_deleted and tell(done, "Settled. The next sync does it."):
                await self.show()
                go_to(self._listed)

        working_button(label, settle).props("outline")


def candidates(review: Review) -> list[tuple[Any, Any]]:
    """The records that it could be, the most alike first, each with its resemblance, if that is known."""
    known = {each["id"]: each for each in review["resemblances"]}
    order = {id_: place for place, id_ in enumerate(known)}
    found = sorted(review["candidates"], key=lambda each: order.get(each["id"], len(order)))
    return [(candidate, known.get(candidate["id"])) for candidate in found]


def rows(candidate: Any, likeness: Any) -> list[tuple[str, str, str, str]]:
    """Field, what the invitation has, what the record has, and what follows from these."""
    if likeness is None:
        return [(name, "", plain(value), "") for name, value in candidate.items() if name != "id"]
    return [(f["field"], plain(f["here"]), plain(f["there"]), f["verdict"]) for f in likeness["fields"]]


def _alike(likeness: Any) -> str:
    if likeness is None or likeness["overall"] is None:
        return ""
    parts = [f"{name} {likeness[name]}" for name in ("title", "company") if likeness[name] is not None]
    return f", {likeness['overall']} of 100 alike" + (f" ({', '.join(parts)})" if parts else "")


def _standing(number: int) -> str:
    if not number:
        return "There is nothing to review."
    many = f"{number:,} reviews are open." if number > 1 else "One review is open."
    return f"{many} Whatever you choose is remembered for good, and the next sync or plan does it."
