"""``--output table`` of the AWS CLI: an answer as sections of rows, nested ones indented, of one width."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

_PADDING = 4  # columns that a cell takes besides its text, its border included


@dataclass
class _Section:
    """A title, and rows under headers. ``widths``: the widest text of each column."""

    title: str | None = None
    indent: int = 0
    headers: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    widths: list[int] = field(default_factory=list)
    columns: int | None = None

    def add_headers(self, headers: list[str]) -> None:
        self._widen(headers)
        self.columns = len(headers) if self.columns is None else self.columns
        self.headers = headers

    def add_row(self, row: Any) -> None:
        """Raises ValueError for a row that is longer or shorter than those before."""
        cells = [str(cell) for cell in row]
        self.columns = len(cells) if self.columns is None else self.columns
        if len(cells) != self.columns:
            raise ValueError(f"a row of {len(cells)} cells among rows of {self.columns}")
        self.rows.append(cells)
        self._widen(cells)

    def _widen(self, cells: list[str]) -> None:
        known = self.widths or [0] * len(cells)
        self.widths = [max(known[index], _columns(cell)) for index, cell in enumerate(cells)] + known[
            len(cells) :
        ]

    def total(self) -> int:
        """The columns that the section needs, borders and indentation included."""
        cells = sum(width + _PADDING for width in self.widths)
        # (A section without a title takes the four columns of None: so the AWS CLI reckons.)
        return max(_columns(str(self.title)), cells) + 2 + 2 * self.indent

    def upright(self) -> _Section:
        """A single row as rows of header and cell; any other section as it is."""
        if len(self.rows) != 1 or not self.headers:
            return self
        turned = _Section(self.title, self.indent)
        for pair in zip(self.headers, self.rows[0], strict=False):
            turned.add_row(pair)
        return turned

    def fitted(self, width: int) -> list[int]:
        """The widths of the cells, borders included, spread over ``width``."""
        natural = [cell + _PADDING for cell in self.widths]
        spread = [round(width / float(sum(natural)) * cell) for cell in natural]
        # Rounding leaves some columns over or under: narrow from the left, widen from the right.
        while off := sum(spread) - width:
            order = range(len(spread)) if off > 0 else range(len(spread) - 1, -1, -1)
            for index in order[: abs(off)]:
                spread[index] -= 1 if off > 0 else -1
        return spread


def table(answer: Any, title: str, width: int = 80) -> str:
    """The answer as a table, or nothing when it is empty.

    When it is wider than ``width``, sections of one row are turned upright. Raises ValueError, TypeError,
    AttributeError or IndexError for lists of unlike things.
    """
    if not answer:
        return ""
    sections: list[_Section] = []
    _build(sections, title, answer, 0)
    widest = max(section.total() for section in sections)
    if widest > width:
        sections = [section.upright() for section in sections]
        widest = max(section.total() for section in sections)
    lines = ["-" * widest]
    for section in sections:
        edge = "|" * section.indent
        lines += [f"{edge}{line}{edge}" for line in _drawn(section, widest - 2 * section.indent)]
    return "\n".join(lines) + "\n"


def _build(sections: list[_Section], title: str | None, value: Any, indent: int) -> None:
    if not value:
        return
    if title is not None:
        sections.append(_Section(title, indent))
    if isinstance(value, dict):
        _build_structure(sections, value, indent)
    elif isinstance(value, list) and isinstance(value[0], dict):
        _build_structures(sections, title, value, indent)
    elif isinstance(value, list):
        _build_rows(sections, value)


def _build_rows(sections: list[_Section], value: list[Any]) -> None:
    for item in value:
        if not _nested(item):
            sections[-1].add_row([item])
        elif not any(_nested(cell) for cell in item):
            sections[-1].add_row(item)
        else:
            _build(sections, None, item, 0)


def _build_structure(sections: list[_Section], value: dict[str, Any], indent: int) -> None:
    scalars, nested = _names([value])
    if len(scalars) == 1:
        sections[-1].add_row([scalars[0], value[scalars[0]]])
    elif scalars:
        sections[-1].add_headers(scalars)
        sections[-1].add_row([value[name] for name in scalars])
    for name in nested:
        _build(sections, name, value[name], indent + 1)


def _build_structures(sections: list[_Section], title: str | None, value: list[Any], indent: int) -> None:
    scalars, nested = _names(value)
    for index, item in enumerate(value):
        if index and nested:
            sections.append(_Section(title, indent))
        if not index or nested:
            sections[-1].add_headers(scalars)
        sections[-1].add_row([item.get(name, "") for name in scalars])
        for name in nested:
            if name in item:
                _build(sections, name, item[name], indent + 1)


def _names(structures: list[dict[str, Any]]) -> tuple[list[str], list[str]]:
    """The names that hold scalars, and those that hold structures or lists; one may be in both."""
    scalars = {name for item in structures for name in item if not _nested(item[name])}
    nested = {name for item in structures for name in item if _nested(item[name])}
    return sorted(scalars), sorted(nested)


def _nested(value: Any) -> bool:
    return isinstance(value, (dict, list))


def _drawn(section: _Section, width: int) -> list[str]:
    lines = []
    if section.title:
        lines.append(_centred(section.title, width, "|"))
        if not section.headers and not section.rows:
            lines.append(f"+{'-' * (width - 2)}+")
    if not section.widths:
        return lines
    widths = section.fitted(width)
    rule = f"+{'-' * (widths[0] - 2)}+" + "".join("-" * (cell - 1) + "+" for cell in widths[1:])
    if section.headers:
        lines += [rule, _cells(section.headers, widths, _centred)]
    if section.rows:
        lines += [rule, *(_cells(row, widths, _left) for row in section.rows), rule]
    return lines


def _cells(texts: list[str], widths: list[int], align: Callable[[str, int, str], str]) -> str:
    cells = zip(texts, widths, strict=False)
    return "".join(align(text, width, "" if index else "|") for index, (text, width) in enumerate(cells))


def _left(text: str, width: int, edge: str) -> str:
    """Text behind two spaces and before a border; the spaces give way to a text that needs the room."""
    room = width - len(edge) - _columns(text) - 1
    padding = 2 if room >= 2 else 0
    return edge + " " * padding + text + " " * (room - padding) + "|"


def _centred(text: str, width: int, edge: str) -> str:
    size = _columns(text)
    before = width // 2 - size // 2 - 1
    after = width - len(edge) - before - size - 1
    return edge + " " * before + text + " " * after + "|"


def _columns(text: str) -> int:
    """The columns that a text takes. Wide, full-width and, as the AWS CLI counts, ambiguous ones take two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WFA" else 1 for character in text)
