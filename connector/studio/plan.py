"""The Plan page: what a sync would change, field by field; all of it or some is approved, and applied."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from nicegui import ui

from connector.cli.diff import plain
from connector.studio.frame import Studio, heading, page, say, table, tell, words, working_button

_ACTIONS = {"create": "added", "update": "changed", "review": "changed", "fail": "bad"}
_PAGE = 25  # invitations shown at once


def register(studio: Studio) -> None:
    @ui.page("/plan")
    def plan_page() -> None:
        with page(studio, "/plan", "Plan"):
            _Page(studio)


class _Page:
    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._folder = tempfile.TemporaryDirectory(prefix="studio-")  # closed to others, as the plan is
        self._file = Path(self._folder.name) / "plan.json"
        ui.context.client.on_delete(self._folder.cleanup)
        self._plans: list[Any] = []
        self._approved: set[str] = set()
        self._first = 0
        with ui.row().classes("items-center q-gutter-sm"):
            working_button("Make a plan", self._plan)
            self._apply = working_button("Apply what is approved", self._do)
            self._apply.props("color=positive")
            self._apply.set_enabled(False)
            ui.button("Stop", on_click=studio.commands.stop).props("no-caps outline")
        self._state = words("Nothing is written before you apply.").props('role="status"')
        with ui.row().classes("items-center q-gutter-md"):
            self._search = ui.input("Search", on_change=self._filtered)
            self._action = ui.select(["all", *_ACTIONS], value="all", label="Show", on_change=self._filtered)
            self._action.style("min-width: 9rem")
            ui.button("Approve all shown", on_click=lambda: self._approve(True)).props("no-caps outline")
            ui.button("Approve none", on_click=lambda: self._approve(False)).props("no-caps outline")
        self._list = ui.element("div")

    async def _plan(self) -> None:
        self._state.set_text("The plan is being made ...")
        arguments = ("plan", "--out", str(self._file), "--output", "json")
        done = await self._studio.commands.ask(*arguments)
        self._state.set_text("")
        if not tell(done, "The plan is made. Nothing was written."):
            return
        self._plans = [plan for plan in done.answer["plans"] if _changes(plan)]
        self._approved = {plan["invitation"] for plan in self._plans if _writes(plan)}
        self._filtered()

    def _shown(self) -> list[Any]:
        wanted, action = self._search.value.casefold(), self._action.value
        return [
            plan
            for plan in self._plans
            if wanted in _text(plan)
            and (action == "all" or any(c["action"] == action for c in plan["changes"]))
        ]

    def _filtered(self) -> None:
        self._first = 0
        self._show()

    def _approve(self, approve: bool) -> None:
        for plan in self._shown():
            if _writes(plan):
                (self._approved.add if approve else self._approved.discard)(plan["invitation"])
        if not approve:
            self._approved.clear()
        self._show()

    def _show(self) -> None:
        shown = self._shown()
        self._count()
        self._list.clear()
        with self._list:
            if not shown:
                words("There is nothing to change." if not self._plans else "Nothing fits the search.")
            for plan in shown[self._first : self._first + _PAGE]:
                self._card(plan)
            if len(shown) > _PAGE:
                last = (len(shown) - 1) // _PAGE
                pages = ui.pagination(1, last + 1, direction_links=True, value=self._first // _PAGE + 1)
                pages.on_value_change(lambda event: self._turn(event.value))

    def _turn(self, number: int) -> None:
        self._first = (number - 1) * _PAGE
        self._show()

    def _count(self) -> None:
        self._apply.set_enabled(bool(self._approved))
        self._state.set_text(f"{len(self._approved)} of {len(self._plans)} invitations approved.")

    def _card(self, plan: Any) -> None:
        identifier = plan["invitation"]
        with ui.element("section").classes("card").props(f'aria-label="{identifier}"'):
            heading(2, plan["title"] or identifier)
            words(f"{identifier}  {plan['status']}", classes="faint")
            if _writes(plan):
                ui.checkbox(
                    f"Approve {identifier}",
                    value=identifier in self._approved,
                    on_change=lambda event: self._one(identifier, event.value),
                )
            for change in _changes(plan):
                show_change(change)

    def _one(self, identifier: str, approve: bool) -> None:
        (self._approved.add if approve else self._approved.discard)(identifier)
        self._count()

    async def _do(self) -> None:
        chosen = [part for identifier in sorted(self._approved) for part in ("--only", identifier)]
        if len(self._approved) == sum(map(_writes, self._plans)):
            chosen = []
        self._state.set_text("Applying ...")
        arguments = ("apply", str(self._file), *chosen, "--output", "json")
        done = await self._studio.commands.do(*arguments, progress=self._state.set_text)
        self._state.set_text("")
        if not done.failed and done.answer:
            counts = ", ".join(f"{count} {kind}" for kind, count in done.answer["counts"].items())
            say(f"Applied: {counts}.")
            for each in done.answer["attention"]:
                say(f"{each['invitation']}: {each['reason']}", bad=True)
            self._plans, self._approved = [], set()
            self._filtered()
        else:
            tell(done, "")


def show_change(change: Any) -> None:
    """One record's change, field by field."""
    ((key_field, key),) = change["key"].items()
    why = change["reason"] or change["evidence"]
    words(
        f"{change['action']} {change['name']}: {change['object']} {key_field} {key}",
        "h3",
        _ACTIONS.get(change["action"], ""),
    )
    if why:
        words(why, classes="faint")
    rows = [(f["field"], f["before"], f["after"], f["why"]) for f in change["fields"]]
    rows += [
        (k["field"], k["current"], k["current"], f"edited in the CRM, stays; AWS: {k['wanted']}")
        for k in change["kept"]
    ]
    if rows:
        table("Fields", ("Field", "Now", "Then", "Why"), [[_value(cell) for cell in row] for row in rows])
    for text in change["warnings"]:
        words(f"! {text}", classes="bad")


def _value(value: Any) -> str:
    return f"-> {value['record']}" if isinstance(value, dict) else plain(value)


def _changes(plan: Any) -> list[Any]:
    """Those of a plan that somebody wants to see."""
    return [
        change
        for change in plan["changes"]
        if change["action"] in _ACTIONS or change["kept"] or change["warnings"]
    ]


def _writes(plan: Any) -> bool:
    return any(change["action"] in ("create", "update") for change in plan["changes"])


def _text(plan: Any) -> str:
    values = [f["after"] for change in plan["changes"] for f in change["fields"]]
    return " ".join(map(str, (plan["invitation"], plan["title"], plan["status"], *values))).casefold()
