"""``help``: pages to read, as ``man`` shows them."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import asdict

import click

from connector.cli.command import Group
from connector.cli.options import Options
from connector.cli.output import Output
from connector.cli.stdout import write
from connector.mapping.manual import Entry, Section, manual

_WIDEST = 100  # characters of a line that can be read with ease


@click.group("help", cls=Group)
def help_command() -> None:
    """Read the manual."""


@help_command.command("mapping")
@click.pass_obj
def mapping_command(options: Options, /) -> None:
    """Teach the mapping language: rules, fields, expressions, functions.

    Everything that can stand in a mapping, with examples and what they give. On a terminal it opens in your
    pager ($PAGER).

    \b
    crm-connector help mapping
    """
    sections = manual()
    Output(options).answer([asdict(section) for section in sections], lambda: _show(sections))


def _show(sections: list[Section]) -> None:
    width = min(shutil.get_terminal_size().columns, _WIDEST)
    text = "\n".join(line for section in sections for line in _section(section, width))
    if sys.stdin.isatty() and sys.stdout.isatty():
        click.echo_via_pager(f"{text}\n")
    else:
        write(f"{text}\n")


def _section(section: Section, width: int) -> Iterator[str]:
    yield section.title.upper()
    if section.text:
        yield from _wrapped(section.text, 4, width)
        yield ""
    for entry in section.entries:
        yield from _entry(entry, width)


def _entry(entry: Entry, width: int) -> Iterator[str]:
    yield f"    {entry.name}"
    yield from _wrapped(entry.meaning, 8, width)
    if entry.gives:
        is_new = entry.example != entry.name
        yield from [f"        {entry.example}"] if is_new else []
        yield f"        = {entry.gives}"
    elif entry.example:
        yield f"        {entry.example}"
    yield ""


def _wrapped(text: str, indent: int, width: int) -> list[str]:
    start = " " * indent
    return textwrap.wrap(text, max(width, 40), initial_indent=start, subsequent_indent=start)
