"""The one place that prints answers: tables (drawn on a terminal, plain aligned lines elsewhere), JSON, and
lines. Whatever others wrote comes out as text, whatever is in it."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import orjson
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from connector.cli.options import Options
from connector.cli.stdout import write
from connector.cli.text import UNSAFE, visible

_CONTROL = re.compile(UNSAFE.pattern + r"(?<!\n)")  # JSON's own line ends are no part of its texts


class Output:
    """Prints a command's answer in the form that was asked for."""

    def __init__(self, options: Options) -> None:
        self.as_json = options.output == "json"
        self.command = options.command
        self._console = Console(file=sys.stdout, markup=False, highlight=False, emoji=False, soft_wrap=True)

    def answer(self, value: Any, show: Callable[[], None]) -> None:
        """``value`` as JSON, or what ``show`` prints for people."""
        if self.as_json:
            write(to_json(value))
        else:
            show()

    def line(self, text: object = "", style: str = "") -> None:
        self._print(Text(visible(text), style))

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """A table with a heading for each column; no rows, no table."""
        cells = [[visible("" if cell is None else cell) for cell in row] for row in rows]
        if not cells:
            return
        if self._console.is_terminal:
            self._draw(columns, cells)
        else:
            write("".join(_aligned([[name.upper() for name in columns], *cells])))

    def beside(self, left: Sequence[tuple[str, str]], right: Sequence[tuple[str, str]]) -> None:
        """Lines (each with its style) beside others on a terminal that is wide enough, and below them on one
        that is not. Elsewhere ``right`` alone, which has to be enough."""
        if self._console.is_terminal and self._console.width >= _WIDE:
            grid = Table.grid(padding=(0, 3, 0, 0), expand=True)
            grid.add_column(ratio=2, overflow="fold")
            grid.add_column(ratio=3, overflow="fold")
            grid.add_row(_column(left), _column(right))
            self._print(grid)
            return
        for text, style in [*left, ("", ""), *right] if self._console.is_terminal else right:
            self.line(text, style)

    def _draw(self, columns: Sequence[str], cells: Sequence[Sequence[str]]) -> None:
        widths = _fitted([columns, *cells], self._console.width)
        if widths is None:
            self._draw_one_below_the_other(columns, cells)
            return
        table = Table(header_style="bold", box=None, pad_edge=False, padding=(0, _GAP, 0, 0))
        for name, width in zip(columns, widths, strict=True):
            table.add_column(Text(name), overflow="fold", width=width)
        for row in cells:
            table.add_row(*(Text(cell) for cell in row))
        self._print(table)

    def _draw_one_below_the_other(self, columns: Sequence[str], cells: Sequence[Sequence[str]]) -> None:
        """A line for each cell, on a terminal so narrow that a table would tear ids apart."""
        names = max(map(len, columns)) + _GAP
        for row in cells:
            for name, cell in zip(columns, row, strict=True):
                if cell:
                    self._print(Text.assemble((name.ljust(names), "bold"), cell))
            self.line()

    def _print(self, content: Any) -> None:
        with self._console.capture() as captured:
            self._console.print(content)
        write(captured.get())


_GAP = 2  # spaces between columns
_WHOLE = 24  # characters of a word with digits that no column tears apart: ids and times, which are copied
_PART = 12  # characters of any other word that stay on one line
_WIDE = 100  # characters of a terminal on which two columns can be read


def _column(lines: Sequence[tuple[str, str]]) -> Text:
    return Text("\n").join([Text(visible(text), style) for text, style in lines])


def to_json(value: Any) -> str:
    """``value`` as indented JSON with a line end, always valid UTF-8 and harmless to print."""
    try:
        text = orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS, default=str).decode()
    except (orjson.JSONEncodeError, UnicodeError):  # lone surrogates, or numbers beyond 64 bits
        text = json.dumps(value, indent=2, default=str)
    return _CONTROL.sub(lambda match: json.dumps(match[0])[1:-1], text) + "\n"


def brief(value: Any) -> str:
    """``value`` on one short line: text in quotes, of a structure in a structure its name alone."""
    if isinstance(value, dict):
        members = (
            name if isinstance(member, (dict, list)) else f"{name}: {brief(member)}"
            for name, member in value.items()
        )
        return _cut(f"{{{', '.join(members)}}}")
    if isinstance(value, list):
        inner = ", ".join(map(brief, value[:_ITEMS]))
        return _cut(f"[{inner}]" if len(value) <= _ITEMS else f"[{inner}, and {len(value) - _ITEMS} more]")
    if isinstance(value, str):
        return f'"{_cut(value)}"'
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


_ITEMS = 3  # of a list, shown on one line
_LONGEST = 160  # characters of what is shown on one line


def _cut(text: str) -> str:
    return visible(text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…")


def _aligned(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    widths = [max(cell_len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        padded = [cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)]
        yield "  ".join(padded).rstrip() + "\n"


def _fitted(rows: Sequence[Sequence[str]], width: int) -> list[int] | None:
    """How wide each column is to be. None when words would have to be torn apart."""
    columns = list(zip(*rows, strict=True))
    wanted = [max(map(cell_len, column)) for column in columns]
    widths = [max(_least(word) for cell in column for word in cell.split() or [""]) for column in columns]
    spare = width - sum(widths) - _GAP * (len(columns) - 1)
    if spare < 0:
        return None
    # What is left goes round evenly, and those that need little come first.
    by_need = sorted(range(len(columns)), key=lambda at: wanted[at] - widths[at])
    for place, at in enumerate(by_need):
        given = min(wanted[at] - widths[at], spare // (len(columns) - place))
        widths[at] += given
        spare -= given
    return widths


def _least(word: str) -> int:
    """How many characters of a word have to stay together."""
    return min(cell_len(word), _WHOLE if any(map(str.isdigit, word)) else _PART)
