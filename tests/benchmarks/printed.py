"""Rows and aims as tables, a row at a time: a whole run takes long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TextIO

from tests.benchmarks.aims import GET, Aim
from tests.benchmarks.measure import Row

_LISTS = "ListEngagementInvitations"
_ALONE = f"  {'':<44}{'seconds':>9}{'CPU s':>8}{'us each':>9}{'peak MB':>9}"
_BESIDE = (
    f"  {'client':<22}{'invitations':>12}{'changed':>8}{'seconds':>9}{'x floor':>8}{'CPU s':>7}{'MB':>6}"
    f"{'list':>6}{'get':>6}{'CRM':>7}{'records':>8}"
)


class Printer:
    """Prints each row, under a heading where another scenario begins."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._scenario = ""

    def about(self, versions: Mapping[str, str], cores: int | None) -> None:
        self._print(", ".join(f"{name} {version}" for name, version in versions.items()), f"{cores} cores")

    def row(self, row: Row) -> None:
        beside = "crm" in row
        if row["scenario"] != self._scenario:
            self._scenario = row["scenario"]
            self._print(f"\n{self._scenario}", _BESIDE if beside else _ALONE)
        self._print(_beside(row) if beside else _alone(row))

    def aims(self, aims: Sequence[Aim]) -> None:
        if aims:
            self._print(f"\naims{'':<65}{'measured':>9}{'at most':>9}")
        for aim in aims:
            met = "met" if aim.met else "missed"
            self._print(f"  {aim.name:<67}{aim.measured:9.3f}{aim.most:9.3f}  {met}")

    def _print(self, *lines: str) -> None:
        print(*lines, sep="\n", file=self._file, flush=True)


def _alone(row: Row) -> str:
    if "slope" in row:
        return f"  {row['what']:<44}{row['slope']:9.3f}"
    figures = _figure(row, "cpu_seconds", 8, 2) + _figure(row, "microseconds", 9, 1)
    return f"  {row['what']:<44}{row['seconds']:9.3f}{figures}{_figure(row, 'peak_mb', 9, 0)}"


def _beside(row: Row) -> str:
    who = f"{row['client']:<22}{row['invitations']:12,}{_figure(row, 'changed', 8, 0)}"
    floor = f"{row['seconds'] / row['floor']:8.2f}" if row["floor"] else " " * 8
    figures = f"{row['seconds']:9.1f}{floor}{row['cpu_seconds']:7.1f}{row['peak_mb']:6.0f}"
    calls = f"{row['aws'].get(_LISTS, 0):6}{row['aws'].get(GET, 0):6}{sum(row['crm'].values()):7}"
    by_operation = ", ".join(f"{operation} {count}" for operation, count in sorted(row["crm"].items()))
    return f"  {who}{figures}{calls}{sum(row['records'].values()) or '':8}   {by_operation}"


def _figure(row: Row, name: str, width: int, digits: int) -> str:
    return f"{row[name]:{width},.{digits}f}" if name in row else " " * width
