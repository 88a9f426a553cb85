"""The Plan page: what a sync would change, field by field; all of it or some is approved, and applied."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nicegui import app, ui

from connector import privatefile
from connector.cli.diff import plain
from connector.cli.text import visible
from connector.errors import ExitCode
from connector.studio.commands import Done
from connector.studio.frame import Cell, Studio, heading, page, table, words
from connector.studio.invitations import invitation_address
from connector.studio.paging import paged
from connector.studio.planned import ANY, SHOWN, Plan, Planned, can_apply, changes

_ACTIONS = {"create": "added", "update": "changed", "review": "changed", "fail": "bad"}
NO_PLAN = "No plan was made."
NOT_APPLIED = "Nothing was applied."
_PAGE = 25  # invitations shown at once
_MOST = 200  # things to look at that are listed


def register(studio: Studio) -> None:
    folder = tempfile.TemporaryDirectory(prefix="studio-")  # closed to others, as the plan is
    app.on_shutdown(folder.cleanup)
    work = _Work(studio, Path(folder.name) / "plan.json")

    @ui.page("/plan")
    def plan_page() -> None:
        with page(studio, "/plan", "Plan"):
            _Page(work)


@dataclass(slots=True)
class _Work:
    """The plan at hand. It outlives its page: one can look something up, and come back to it."""

    studio: Studio
    file: Path
    planned: Planned | None = None
    status: str = "Nothing is written before you apply."
    problems: Sequence[str] = ()  # why it could not be done
    attention: Sequence[tuple[str, str]] = ()  # invitations that somebody should look at, and why
    busy: str = ""  # what is being done
    is_limited: bool = False  # the config's limits on updates ended the last run
    pages: list[Callable[[], None]] = field(default_factory=list)

    async def plan(self) -> None:
        with self._working("plan", "The plan is being made ...", NO_PLAN):
            self._planned(await self.studio.commands.ask("plan", "--out", str(self.file), "--output", "json"))

    def _planned(self, done: Done) -> None:
        if done.failed or not done.answer:
            self._end(NO_PLAN, _reasons(done))
            return
        self.planned = Planned.of(done.answer)
        shown = {plan["invitation"] for plan in self.planned.plans}
        attention = [each for each in _attention(done) if each[0] not in shown]
        self._end(f"The plan is made. {self.planned.summary()} Nothing was written.", (), attention)

    def approve(self, plans: Sequence[Plan], approve: bool) -> None:
        """Not while a command is at work: what it was given is what stands as approved."""
        if self.planned and not self.busy:
            self.planned.approve(plans, approve)

    async def apply(self, force: bool) -> None:
        if self.planned is None:
            return
        with self._working("apply", "Applying ...", NOT_APPLIED):
            arguments = ["apply", str(self.file), *self._only(self.planned), *(["--force"] if force else [])]
            do = self.studio.commands.do
            self._applied(self.planned, await do(*arguments, "--output", "json", progress=self._progress))

    def _only(self, planned: Planned) -> Sequence[str]:
        """The option that names what is approved. Ids are handed over in a file: a command line has no room
        for tens of thousands."""
        ids = planned.only
        if not ids:
            return ()
        file = self.file.with_name("approved.txt")
        privatefile.replace(file, "\n".join(ids).encode())
        return "--only-from", str(file)

    def _applied(self, planned: Planned, done: Done) -> None:
        error = done.answer and done.answer["error"]
        self.is_limited = bool(error) and done.code == ExitCode.ATTENTION
        if not done.answer:  # it was refused before anything was written
            self._end(NOT_APPLIED, _reasons(done))
            return
        if error:
            self.planned = None  # a part of it was done: it takes a new one to see which
        else:
            planned.apply()
        counts = ", ".join(f"{count:,} {kind}" for kind, count in done.answer["counts"].items())
        self._end(f"Applied: {counts or 'nothing'}.", _reasons(done) if error else (), _attention(done))

    @contextlib.contextmanager
    def _working(self, busy: str, status: str, failed: str) -> Iterator[None]:
        """While inside, ``busy`` is shown, and then no more, whatever goes wrong: the buttons of all tabs
        wait for that."""
        self.busy, self.status, self.problems, self.attention = busy, status, (), ()
        try:
            self._show()
            yield
        except OSError as error:
            self._end(failed, (f"The command could not be started: {error.strerror}.",))
        finally:
            if self.busy:
                self._end(failed, ("Something went wrong that we did not foresee; the terminal has more.",))

    def _progress(self, said: str) -> None:
        self.status = said
        self._show()

    def _end(self, status: str, problems: Sequence[str], attention: Sequence[tuple[str, str]] = ()) -> None:
        self.busy, self.status, self.problems, self.attention = "", status, problems, attention
        self._show()

    def _show(self) -> None:
        for show in self.pages:
            show()


def _reasons(done: Done) -> Sequence[str]:
    """Why a command did not do what it was asked, in its own words."""
    return done.said[-3:] or (f"It ended with exit code {done.code}.",)


def _attention(done: Done) -> list[tuple[str, str]]:
    """The invitations that somebody should look at, and why."""
    return [
        (each["invitation"], f"{each['outcome']}: {text}" if text == each["reason"] else text)
        for each in done.answer["attention"]
        for text in (each["reason"], *each["warnings"])
        if text
    ]


class _Page:
    """The work's page in one tab of the browser."""

    def __init__(self, work: _Work) -> None:
        self._work = work
        self._plans: Sequence[Plan] = ()  # as shown
        self._found: Sequence[Plan] = ()  # of these, what fits the search
        self._boxes: dict[str, ui.checkbox] = {}
        self._force: ui.checkbox | None = None
        self._buttons()
        self._status = words("").props('role="status"')
        self._problems = ui.element("div")
        self._filters()
        self._count = words("").props('role="status"')
        self._list = ui.element("div")
        work.pages.append(self._show)
        ui.context.client.on_delete(lambda: work.pages.remove(self._show))
        self._show()

    def _buttons(self) -> None:
        work = self._work
        with ui.row().classes("items-center q-gutter-sm"):
            self._plan = ui.button("Make a plan", on_click=work.plan).props("no-caps")
            self._apply = ui.button("Apply what is approved", on_click=self._do)
            self._apply.props("no-caps color=positive")
            self._stop = ui.button("Stop", on_click=work.studio.commands.stop).props("no-caps outline")
        self._limits = ui.element("div")

    def _filters(self) -> None:
        with ui.row().classes("items-center q-gutter-md") as self._row:
            self._search = ui.input("Search", on_change=self._find).props("debounce=250")
            self._kind = ui.select(list(SHOWN), value=ANY, label="Show", on_change=self._find)
            self._kind.style("min-width: 9rem")
            ui.button("Approve all shown", on_click=lambda: self._approve(True)).props("no-caps outline")
            ui.button("Approve none shown", on_click=lambda: self._approve(False)).props("no-caps outline")

    async def _do(self) -> None:
        await self._work.apply(self._work.is_limited and bool(self._force and self._force.value))

    def _show(self) -> None:
        """All as it is now; the list only when it is another one."""
        work = self._work
        for button, name in ((self._plan, "plan"), (self._apply, "apply")):
            button.props("loading") if work.busy == name else button.props(remove="loading")
        self._plan.set_enabled(not work.busy)
        self._stop.set_enabled(bool(work.busy))
        if work.is_limited != bool(self._force):
            self._ask_to_force(work.is_limited)
        self._status.set_text(_one_line(work.status))
        self._problems.clear()
        with self._problems:
            for text in work.problems:
                words(text, classes="bad")
            if work.attention:
                _show_attention(work.attention)
        plans = work.planned.plans if work.planned else ()
        if plans is not self._plans:
            self._plans = plans
            self._find()
        self._approved()

    def _ask_to_force(self, ask: bool) -> None:
        self._limits.clear()
        self._force = None
        if ask:
            with self._limits:
                self._force = ui.checkbox("Write to more existing records than the config's limits allow")

    def _find(self, _: object = None) -> None:
        planned = self._work.planned
        self._found = planned.found(self._search.value or "", self._kind.value) if planned else []
        self._row.set_visibility(bool(self._plans))
        self._list.clear()
        with self._list:
            if self._plans and not self._found:
                words("Nothing fits the search.")
            paged(self._found, _PAGE, self._cards, "the plan")

    def _approve(self, approve: bool) -> None:
        self._work.approve(self._found, approve)
        self._approved()

    def _one(self, plan: Plan, approve: bool) -> None:
        self._work.approve([plan], approve)
        self._approved()

    def _approved(self) -> None:
        """Say what is approved, in words and in the boxes that are seen."""
        work = self._work
        approved = work.planned.approved if work.planned else set()
        for identifier, box in self._boxes.items():
            box.set_value(identifier in approved)
            box.set_enabled(not work.busy)
        self._apply.set_enabled(bool(approved) and not work.busy)
        self._count.set_text(work.planned.standing() if work.planned and self._plans else "")

    def _cards(self, plans: Sequence[Plan]) -> None:
        self._boxes = {}
        for plan in plans:
            self._card(plan)
        self._approved()

    def _card(self, plan: Plan) -> None:
        identifier = plan["invitation"]
        with ui.element("section").classes("card") as section:
            section.props["aria-label"] = identifier
            heading(2, plan["title"] or identifier)
            words(f"{identifier}  {plan['status']}", classes="faint")
            if can_apply(plan):
                box = ui.checkbox(f"Approve {identifier}")
                box.on_value_change(lambda event: self._one(plan, event.value))
                self._boxes[identifier] = box
            for change in changes(plan):
                _show_change(change)


def _one_line(text: str) -> str:
    return visible(" ".join(text.split()))


def _show_attention(attention: Sequence[tuple[str, str]]) -> None:
    more = len(attention) - _MOST
    with ui.expansion(f"To be looked at: {len(attention):,}").classes("full-width"):
        rows = [(Cell(name, link=invitation_address(name)), text) for name, text in attention[:_MOST]]
        table("To be looked at", ("Invitation", "Why"), rows)
        if more > 0:
            words(f"And {more:,} more: the page Runs has them by reason.")


def _show_change(change: Any) -> None:
    """One record's change, field by field."""
    ((key_field, key),) = change["key"].items()
    why = change["reason"] or change["evidence"]
    title = f"{change['action']} {change['name']}: {change['object']} {key_field} {key}"
    words(title, "h3", _ACTIONS.get(change["action"], ""))
    if why:
        words(why, classes="faint")
    rows = [(f["field"], f["before"], f["after"], f["why"]) for f in change["fields"]]
    rows += [
        (k["field"], k["current"], k["current"], f"edited in the CRM, stays; AWS: {plain(k['wanted'])}")
        for k in change["kept"]
    ]
    if rows:
        table("Fields", ("Field", "Now", "Then", "Why"), [[_value(cell) for cell in row] for row in rows])
    for text in change["warnings"]:
        words(f"! {text}", classes="bad")


def _value(value: Any) -> str:
    return f"-> {value['record']}" if isinstance(value, dict) else plain(value)
