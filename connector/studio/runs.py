"""The Runs page: what runs did, what failed and what to do next, and charts of all invitations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nicegui import ui

from connector.studio.frame import Studio, heading, page, table, tell, words

_BARS = 12  # of a chart by name; the others are in its table
_COLOURS = ["#3d7fd6", "#2a9040", "#c2571a", "#7a808a", "#9a5fc7"]  # are seen on white and on black
_LINE = "rgba(128, 128, 128, .4)"


def register(studio: Studio) -> None:
    @ui.page("/runs")
    async def runs_page() -> None:
        with page(studio, "/runs", "Runs"):
            body = ui.element("div")
        await ui.context.client.connected()
        done = await studio.commands.ask("runs", "report", "--format", "json")
        with body:
            if done.failed:
                tell(done, "")
            else:
                _show(done.answer)


def _show(report: Any) -> None:
    heading(2, "History")
    table(
        "Runs",
        ["Run", "Command", "Started (UTC)", "Seconds", "State", "Outcomes", "Note"],
        [_run(run) for run in report["runs"]],
    )
    heading(2, "Failed, or waiting for a person")
    if report["troubles"]:
        table(
            "Troubles",
            ["Invitations", "Outcome", "Why", "Next"],
            [_trouble(each) for each in report["troubles"]],
        )
    else:
        words("None.")
    heading(2, "Expiring soon")
    if report["expiring"]:
        columns = list(report["expiring"][0])
        table("Expiring", columns, [[each[name] for name in columns] for each in report["expiring"]])
    else:
        words("None.")
    currency = report["currency"]
    weeks = report["by_week"]
    statuses = list(report["invitations"]["by_status"])
    series = {status: [week["counts"].get(status, 0) for week in weeks] for status in statuses}
    _chart("Invitations by week and status", [week["week"] for week in weeks], series)
    months = report["spend_by_month"]
    spend = {f"{currency} a month": [float(month["monthly"]) for month in months]}
    _chart("Expected monthly spend by month of completion", [month["month"] for month in months], spend)
    for name, title in (("by_industry", "Invitations by industry"), ("by_country", "Invitations by country")):
        groups = report[name]
        _chart(
            title,
            [group["name"] for group in groups],
            {"invitations": [group["invitations"] for group in groups]},
        )
    heading(2, "Time to acceptance")
    median = report["days_to_acceptance"]["median"]
    words("Not known yet." if median is None else f"{median} days, in the median.")


def _run(run: Any) -> list[object]:
    outcomes = ", ".join(f"{count} {kind}" for kind, count in run["counts"].items() if count)
    seconds = None if run["seconds"] is None else f"{run['seconds']:.1f}"
    started = run["started_at"].replace("T", " ").replace("Z", "")
    return [run["run"], run["command"], started, seconds, run["state"], outcomes, run["note"]]


def _trouble(trouble: Any) -> list[object]:
    return [", ".join(trouble["invitations"]), trouble["outcome"], trouble["reason"], trouble["step"]]


def _chart(title: str, names: Sequence[str], series: dict[str, list[Any]]) -> None:
    """A bar chart, and the same as a table for who does not see it."""
    heading(2, title)
    if not names:
        words("Nothing yet.")
        return
    part = slice(-26, None) if len(series) > 1 else slice(0, _BARS)
    bars = [
        {"name": name, "type": "bar", "stack": "all", "data": values[part]} for name, values in series.items()
    ]
    options = {
        "animation": False,
        "aria": {"enabled": True, "label": {"enabled": False}, "decal": {"show": True}},
        "color": _COLOURS,
        "legend": {"show": len(series) > 1, "top": 0},
        "grid": {"left": 60, "right": 10, "bottom": 70, "top": 30},
        "xAxis": {"type": "category", "data": list(names)[part], "axisLabel": {"rotate": 40}},
        "yAxis": {"type": "value", "splitLine": {"lineStyle": {"color": _LINE}}},
        "series": bars,
    }
    label = f"{title}: the table below has the numbers"
    shown = ui.echart(options, renderer="svg").classes("chart")  # whose text the style sheet colours
    shown.style("height: 20rem").props(f'role="img" aria-label="{label}"')
    with ui.expansion(f"{title}: the numbers").classes("full-width"):
        table(
            title,
            ["", *series],
            [[name, *(values[at] for values in series.values())] for at, name in enumerate(names)],
        )
