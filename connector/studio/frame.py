"""What every page has: the way around it, its headings, and how it says that something went wrong."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

from connector.cli.options import Options
from connector.cli.text import visible
from connector.errors import ConnectorError
from connector.studio.commands import Commands, Done

STYLE = (Path(__file__).with_name("studio.css")).read_text(encoding="utf-8")


@dataclass(slots=True)
class Studio:
    """One studio: the ``options`` that it was started with, and what presses the keys for it."""

    options: Options
    commands: Commands = field(init=False)
    dark: bool | None = None  # as the browser has it

    def __post_init__(self) -> None:
        self.commands = Commands(self.options)


# path -> title, in the order of an invitation's way
PAGES = {
    "/": "Mapping",
    "/plan": "Plan",
    "/review": "Review",
    "/invitations": "Invitations",
    "/runs": "Runs",
}


@contextmanager
def page(studio: Studio, path: str, title: str) -> Iterator[ui.dark_mode]:
    """The frame of a page; what is made within is its content. ``path`` is the page's place in ``PAGES``.
    Yields what says whether the page is dark."""
    ui.add_css(STYLE)
    ui.page_title(f"{title} - Partner Central CRM Connector")
    dark = ui.dark_mode(value=studio.dark)
    ui.colors(primary="#1f4f9e", positive="#14692f", negative="#b3261e")
    with ui.header().classes("row items-center q-px-md q-py-xs"):
        ui.link("Skip to the content", "#content").classes("skip")
        with ui.element("nav").classes("studio-nav col").props('aria-label="Studio"'):
            for target, name in PAGES.items():
                link = ui.link(name, target)
                if target == path:
                    link.props('aria-current="page"')
        ui.button("Dark or light", on_click=lambda: _switch(studio, dark)).props(
            "flat no-caps dense color=white"
        )
    with ui.element("div").props('id="content" tabindex="-1"'):
        heading(1, title)
        yield dark


async def is_dark(dark: ui.dark_mode) -> bool:
    """Whether the page is dark, as chosen, or else as the browser's own preference is."""
    if dark.value is not None:
        return bool(dark.value)
    return bool(await ui.run_javascript("matchMedia('(prefers-color-scheme: dark)').matches"))


async def _switch(studio: Studio, dark: ui.dark_mode) -> None:
    studio.dark = not await is_dark(dark)
    dark.set_value(studio.dark)


def heading(level: int, text: str) -> TextElement:
    """A heading; ``text`` is only ever text."""
    return words(text, f"h{level}")


LOADING = "Loading ..."  # what stands where a command's answer comes


def words(text: object, tag: str = "p", classes: str = "") -> TextElement:
    """Text, whoever wrote it, in an element of its own. Control and direction characters are made visible."""
    return TextElement(tag=tag, text=_lines(text)).classes(classes)


def _lines(text: object) -> str:
    return "\n".join(map(visible, str(text).replace("\r\n", "\n").split("\n")))


class Cell(NamedTuple):
    """A cell of a table that is more than text: with ``classes``, a ``link``, or a second line, ``below``."""

    text: object
    classes: str = ""
    link: str = ""
    below: str = ""


def table(caption: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A plain table, its first column the rows' headings; every cell is text, or a ``Cell``."""
    around = ui.element("div").classes("wide").props(f'tabindex="0" role="region" aria-label="{caption}"')
    # On a phone the style sheet makes blocks of rows and cells, which without roles would be a table no more.
    with around, ui.element("table").classes("plain").props('role="table"'):
        with ui.element("thead").props('role="rowgroup"'), ui.element("tr").props('role="row"'):
            for name in columns:
                words(name, "th").props('scope="col" role="columnheader"')
        with ui.element("tbody").props('role="rowgroup"'):
            for row in rows:
                with ui.element("tr").props('role="row"'):
                    for name, cell in zip(columns, row, strict=True):
                        _cell(name, cell if isinstance(cell, Cell) else Cell("" if cell is None else cell))


def _cell(column: str, cell: Cell) -> None:
    with ui.element("td").classes(cell.classes).props('role="cell"') as around:
        around.props["data-column"] = column
        if cell.link:
            ui.link(visible(str(cell.text)), cell.link)
        else:
            words(cell.text, "span")
        if cell.below:
            words(cell.below, "div", "faint")


def say(text: str, *, bad: bool = False) -> None:
    """Tell what happened, also to who does not see it."""
    ui.notification(
        _lines(text),
        type="negative" if bad else "positive",
        multi_line=True,
        close_button="Close",
        timeout=0 if bad else 6,
    )


def tell(done: Done, success: str) -> bool:
    """Say how a command ended; whether it did what it was asked."""
    if done.failed:
        say("\n".join(done.said[-3:]) or f"It ended with exit code {done.code}.", bad=True)
        return False
    say(success)
    return True


@contextmanager
def explained() -> Iterator[None]:
    """What we foresee to go wrong is said on the page, in the words of the command line."""
    try:
        yield
    except ConnectorError as error:
        findings = [str(finding) for finding in getattr(error, "findings", ())]
        for text in (error.message, *findings, error.hint):
            if text:
                words(text, classes="bad")


def working_button(label: str, work: Callable[[], Awaitable[None]]) -> ui.button:
    """A button that is out of order, and shown to be at it, while it does its ``work``."""

    async def press() -> None:
        button.disable()
        button.props("loading")
        try:
            await work()
        finally:
            if not button.is_deleted:  # the page may have been left meanwhile
                button.props(remove="loading")
                button.enable()

    button = ui.button(label, on_click=press).props("no-caps")
    return button
