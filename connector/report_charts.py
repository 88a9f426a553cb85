"""Charts as SVG elements that stand in an HTML page: bars, each with a title that says its value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import floor, log10
from xml.etree.ElementTree import Element, SubElement

from connector.cli.text import visible

_WIDTH, _HEIGHT = 720, 240
_LEFT, _BOTTOM, _TOP = 70, 24, 10
_ROW, _NAME = 26, 220  # of horizontal bars: height, and the names' width
SERIES = 5  # colours there are; further series share the last one


def columns(
    title: str,
    labels: Sequence[str],
    series: Mapping[str, Sequence[float]],
    show: Callable[[float], str] = "{:,.0f}".format,
) -> Element:
    """Stacked columns: ``series`` has a number for each of ``labels``, by name. ``title`` is the chart's own
    on its page."""
    svg = _svg(title, _summary(labels, series, show), _HEIGHT)
    height = _HEIGHT - _TOP - _BOTTOM
    highest = _top(max((sum(values) for values in zip(*series.values(), strict=True)), default=0.0))
    for share in (0.0, 0.5, 1.0):
        y = _TOP + height * (1 - share)
        SubElement(svg, "line", {"class": "grid", **_points(_LEFT, y, _WIDTH, y)})
        _text(svg, _LEFT - 6, y + 4, show(highest * share), "end")
    step = (_WIDTH - _LEFT) / max(1, len(labels))
    for place, label in enumerate(labels):
        x, bottom = _LEFT + place * step, _TOP + float(height)
        for number, (name, values) in enumerate(series.items()):
            tall = height * values[place] / highest
            bottom -= tall
            if values[place] > 0:
                told = (
                    f"{label}, {name}: {show(values[place])}" if name else f"{label}: {show(values[place])}"
                )
                _bar(svg, number, told, (x + step * 0.1, bottom, step * 0.8, tall))
        if place % max(1, -(-len(labels) // 7)) == 0:
            _text(svg, x + step / 2, _HEIGHT - 6, label, "middle")
    return svg


def _top(highest: float) -> float:
    """A round number from there on, whose half is round, too."""
    if highest <= 0:
        return 2.0
    unit = 10.0 ** floor(log10(highest))
    return next(unit * part for part in (2, 4, 6, 8, 10, 20) if unit * part >= highest)


def rows(title: str, values: Mapping[str, float], show: Callable[[float], str] = "{:,.0f}".format) -> Element:
    """Horizontal bars, by name."""
    svg = _svg(title, _summary(list(values), {"": list(values.values())}, show), _ROW * max(1, len(values)))
    highest = max(values.values(), default=0.0) or 1.0
    room = _WIDTH - _NAME - 80
    for place, (name, value) in enumerate(values.items()):
        y, wide = place * _ROW, room * value / highest
        _text(svg, _NAME - 8, y + 17, name if len(name) <= 30 else f"{name[:29]}…", "end")
        _bar(svg, 0, f"{name}: {show(value)}", (_NAME, y + 4, wide, _ROW - 8))
        _text(svg, _NAME + wide + 6, y + 17, show(value), "start")
    return svg


def _svg(title: str, description: str, height: int) -> Element:
    name = title.lower().replace(" ", "-")
    named = {"role": "img", "aria-labelledby": f"{name}-title {name}-desc"}
    svg = Element("svg", {"viewBox": f"0 0 {_WIDTH} {height}", **named})
    SubElement(svg, "title", {"id": f"{name}-title"}).text = title
    SubElement(svg, "desc", {"id": f"{name}-desc"}).text = visible(description)
    return svg


def _summary(
    labels: Sequence[str], series: Mapping[str, Sequence[float]], show: Callable[[float], str]
) -> str:
    """What somebody who does not see the chart should know at least; the table beside it has it all."""
    sums = [sum(values) for values in zip(*series.values(), strict=True)]
    if not any(sums):
        return "There is nothing to show."
    highest = max(range(len(sums)), key=sums.__getitem__)
    most = f"The most is {show(sums[highest])}, {labels[highest]}."
    return f"{len(labels)} bars from {labels[0]} to {labels[-1]}. {most} The table after it has every number."


def _bar(svg: Element, number: int, told: str, box: tuple[float, float, float, float]) -> None:
    names = ("x", "y", "width", "height")
    place = {name: f"{value:.1f}" for name, value in zip(names, box, strict=True)}
    bar = SubElement(svg, "rect", {"class": f"s{min(number, SERIES - 1)}", **place})
    SubElement(bar, "title").text = visible(told)


def _text(svg: Element, x: float, y: float, text: str, anchor: str) -> None:
    SubElement(svg, "text", {"x": f"{x:.1f}", "y": f"{y:.1f}", "text-anchor": anchor}).text = visible(text)


def _points(x1: float, y1: float, x2: float, y2: float) -> dict[str, str]:
    return {"x1": f"{x1:.1f}", "y1": f"{y1:.1f}", "x2": f"{x2:.1f}", "y2": f"{y2:.1f}"}
