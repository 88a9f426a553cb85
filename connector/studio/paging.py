"""Long lists, a page of them at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from nicegui import ui
from nicegui.events import ValueChangeEventArguments

Item = TypeVar("Item")


def go_to(place: ui.element) -> None:
    """Let who reads, or uses the keyboard, go on at the top of ``place``, which needs a tabindex."""
    place.run_method("focus")
    place.run_method("scrollIntoView")


def paged(items: Sequence[Item], size: int, show: Callable[[Sequence[Item]], object], what: str) -> None:
    """``show`` the first ``size`` of ``items``, and below them the way to the others. ``what`` they are."""
    place = ui.element("div").props('tabindex="-1"')

    def turn(number: int) -> None:
        place.clear()
        with place:
            show(items[(number - 1) * size : number * size])

    def turned(event: ValueChangeEventArguments[int | None]) -> None:
        turn(event.value or 1)
        go_to(place)

    turn(1)
    if len(items) > size:
        last = (len(items) - 1) // size + 1
        pages = ui.pagination(1, last, direction_links=True, value=1, on_change=turned)
        pages.props(f'max-pages=7 role="navigation" aria-label="Pages of {what}"')
