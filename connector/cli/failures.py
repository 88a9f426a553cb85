"""Exceptions carry data; here they become prose on standard error that says what to do next."""

from __future__ import annotations

import json
import sys
import traceback
from pathlib import Path

import click

from connector import __version__
from connector.cli.options import Options
from connector.cli.text import visible
from connector.errors import ConnectorError, ExitCode
from connector.secrets import redact

_PACKAGE = Path(__file__).parent.parent


def report(error: BaseException, options: Options) -> ExitCode:
    """Print what went wrong; the exit code for it."""
    if options.debug:
        _traceback(error)
    match error:
        case click.ClickException():
            error.show(sys.stderr)
            return ExitCode.USAGE
        case ConnectorError():
            findings = [str(finding) for finding in getattr(error, "findings", ())]
            _say(options, error.message, findings, error.hint)
            return error.exit_code
        case KeyboardInterrupt() | click.Abort():
            _say(options, "interrupted", [], "what was done is recorded: run again to go on")
            return ExitCode.INTERRUPTED
    hint = f"run it again with --debug for the traceback, and report that with the version ({__version__})"
    _say(options, f"this is a bug in crm-connector: {_whereabouts(error)}", [], hint)
    return ExitCode.BUG


def _say(options: Options, message: str, findings: list[str], hint: str | None) -> None:
    message, findings = redact(message), [redact(finding) for finding in findings]
    if options.log_format == "json":
        said = {"level": "error", "message": message, "findings": findings, "hint": hint}
        print(json.dumps({name: value for name, value in said.items() if value}), file=sys.stderr)  # noqa: T201
        return
    lines = [f"error: {message}", *(f"  {finding}" for finding in findings)]
    for line in [*lines, f"hint: {hint}"] if hint else lines:
        print(visible(line), file=sys.stderr)  # noqa: T201


def _whereabouts(error: BaseException) -> str:
    """The kind of exception and where it arose. Not its message, which may hold anybody's data."""
    name = type(error).__name__
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        if path.is_relative_to(_PACKAGE):
            return f"{name} at connector/{path.relative_to(_PACKAGE)}:{frame.lineno}"
    return name


def _traceback(error: BaseException) -> None:
    print("(a traceback can hold customers' data: read it before you pass it on)", file=sys.stderr)  # noqa: T201
    for line in redact("".join(traceback.format_exception(error))).splitlines():
        print(visible(line), file=sys.stderr)  # noqa: T201
