"""``doctor``: whether everything is as it has to be, and what to do where it is not."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from connector.cli.checks import Checkup
from connector.cli.command import Command
from connector.cli.options import Options
from connector.cli.output import Output
from connector.doctor import Line, State, examine, exit_code
from connector.errors import ExitCode

_STYLES = {State.OK: "green", State.WARN: "yellow", State.FAIL: "red", State.SKIPPED: "dim"}


@click.command("doctor", cls=Command)
@click.pass_obj
def doctor_command(options: Options, /) -> ExitCode:
    """Look at everything that a sync needs, and say what is wrong.

    Config, secrets, mapping, AWS and its permissions, the clock, the CRM and its fields, ledger and disk.
    Nothing is written. Exit code 0 when nothing failed, warnings or not; 2 for what somebody has to fix; 4
    for what may pass by itself.

    \b
    crm-connector doctor --output json
    """
    out = Output(options)
    lines: list[Line] = []
    for line in examine(Checkup(options).checks()):
        lines.append(line)
        if not out.as_json:
            _show(out, line)
    counts = {state: sum(line.state is state for line in lines) for state in State}
    answer = {
        **{state.value: count for state, count in counts.items()},
        "checks": [_to_json(line) for line in lines],
    }
    out.answer(
        answer, lambda: out.line(", ".join(f"{count} {state}" for state, count in counts.items() if count))
    )
    return exit_code(lines)


def _show(out: Output, line: Line) -> None:
    out.line(f"{line.state.ljust(7)}  {line.check.ljust(11)}  {line.text}", _STYLES[line.state])
    if line.remedy:
        out.line(f"{'':22}{line.remedy}")


def _to_json(line: Line) -> dict[str, Any]:
    values = asdict(line)
    del values["code"]
    return {**values, "state": line.state.value}
