"""The Runs page: what runs did, what failed and what to do next, and charts of all invitations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nicegui import ui

from connector.cli.text import visible
from connector.studio.charted import Chart, Report, charts
from connector.studio.frame import LOADING, Cell, Studio, heading, page, table, tell, words
from connector.studio.invitations import invitation_address
from connector.studio.paging import paged

_PAGE = 10  # runs at once
_MOST = 20  # invitations that are named for one trouble
_COLOURS = ["#3d7fd6", "#2a9040", "#c2571a", "#7a808a", "#9a5fc7"]  # are seen on white and on black
_LINE = "rgba(128, 128, 128, .4)"


def register(studio: Studio) -> None:
    @ui.page("/runs")
    async def runs_page() -> None:
        with page(studio, "/runs", "Runs"):
            waiting = words(LOADING).props('role="status"')
            body = ui.element("div")
        await ui.context.client.connected()
        done = await studio.commands.ask("runs", "report", "--format", "json")
        if body.is_deleted:
            return
        waiting.delete()
        with body:
            if done.failed:
                tell(done, "")
            else:
                _show(done.answer)


def _show(report: Report) -> None:
    heading(2, "History")
    if report["runs"]:
        paged(report["runs"], _PAGE, _history, "runs")
    else:
        words("There was no run yet.")
    heading(2, "Failed, or waiting for a person")
    if report["troubles"]:
        for trouble in report["troubles"]:
            _trouble(trouble)
    else:
        words("None.")
    heading(2, "Expiring soon")
    if report["expiring"]:
        rows = [[_linked(e["invitation"]), _minute(e["expires_at"]), e["days"]] for e in report["expiring"]]
        table("Expiring soon", ("Invitation", "Expires (UTC)", "Days left"), rows)
    else:
        words("None.")
    for chart in charts(report):
        _chart(chart)


def _history(runs: Sequence[Any]) -> None:
    columns = ("Run", "Command", "Started (UTC)", "Seconds", "State", "Outcomes", "Note")
    table("Runs", columns, map(_run, runs))


def _run(run: Any) -> list[object]:
    outcomes = ", ".join(f"{count:,} {kind}" for kind, count in run["counts"].items() if count)
    seconds = None if run["seconds"] is None else f"{run['seconds']:,.1f}"
    return [
        run["run"],
        run["command"],
        _minute(run["started_at"]),
        seconds,
        run["state"],
        outcomes,
        run["note"],
    ]


def _trouble(trouble: Any) -> None:
    """Why, what to do about it, and which invitations."""
    ids = trouble["invitations"]
    with ui.element("div").classes("card"):
        many = f"{len(ids):,} invitation{'s' * (len(ids) != 1)}"
        words(f"{trouble['outcome']}: {trouble['reason']}", "h3", "bad")
        words(f"{many}. Next: {trouble['step']}")
        if trouble["outcome"] == "review":
            ui.link("Settle them on the page Review", "/review")
        with ui.expansion(f"Which: {many}").classes("full-width"), ui.row():
            for identifier in ids[:_MOST]:
                ui.link(visible(identifier), invitation_address(identifier))
            if len(ids) > _MOST:
                words("... The page Invitations finds them all by this reason.", "span")


def _linked(identifier: str) -> Cell:
    return Cell(identifier, "whole", link=invitation_address(identifier))


def _minute(moment: str) -> str:
    return moment[:16].replace("T", " ")


def _chart(chart: Chart) -> None:
    """A bar chart, and the same as a table for who does not see it."""
    heading(2, chart.title)
    if chart.names:
        label = f"{chart.title}: the table below has the numbers"
        shown = ui.echart(_options(chart), renderer="svg").classes(
            "chart"
        )  # the style sheet colours its text
        shown.style("height: 20rem").props(f'role="img" aria-label="{label}"')
    elif not chart.note:
        words("Nothing yet.")
    if chart.note:
        words(chart.note)
    if chart.rows:
        with ui.expansion(f"{chart.title}: the numbers").classes("full-width"):
            table(chart.title, chart.columns, chart.rows)


def _options(chart: Chart) -> dict[str, Any]:
    """The chart in the words of ECharts, https://echarts.apache.org/en/option.html"""
    bars = [
        {"name": name, "type": "bar", "stack": "all", "data": values} for name, values in chart.series.items()
    ]
    return {
        "animation": False,
        "aria": {"enabled": True, "label": {"enabled": False}, "decal": {"show": True}},
        "color": _COLOURS,
        "legend": {"show": len(bars) > 1, "top": 0, "type": "scroll"},
        "grid": {"left": 10, "right": 10, "bottom": 10, "top": 40, "containLabel": True},
        "xAxis": {
            "type": "category",
            "data": [_short(name) for name in chart.names],
            "axisLabel": {"rotate": 40},
        },
        "yAxis": {"type": "value", "minInterval": 1, "splitLine": {"lineStyle": {"color": _LINE}}},
        "series": bars,
    }


def _short(name: str) -> str:
    return visible(name if len(name) <= 24 else f"{name[:23]}…")
